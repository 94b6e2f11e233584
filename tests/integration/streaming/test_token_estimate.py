"""The estimate against a real tokenizer: that of the local model, whose small vocabulary needs the most tokens."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.dev import ports
from chatbot.dev.model import ROOT, LocalModel
from streaming.prompts.tokens import estimate_message
from tests.shared import rows

Count = Callable[[str], int]

SENTENCES = {
    "en": "Please explain to me how the tides work, and why there are two of them every day rather than only one.",
    "de": "Die Donaudampfschifffahrtsgesellschaft hat heute ihre überraschend guten Geschäftszahlen veröffentlicht.",
    "fr": "L'été dernier, nous avons traversé la forêt à pied jusqu'au château où habitait autrefois sa grand-mère.",
    "es": "El niño pequeño corrió rápidamente hacia su abuela porque había traído caramelos de la panadería.",
    "pl": "Proszę wyjaśnić, dlaczego przypływy zdarzają się dwa razy dziennie i jaki wpływ ma na nie Księżyc.",
    "fi": "Hääyöaikeet jäivät toteutumatta, koska lentokoneen suihkuturbiinimoottori hajosi lähtöaamuna.",
    "hu": "A megszentségteleníthetetlenségeskedéseitekért felelősséget kell vállalnotok a gyűlésen.",
    "tr": "Çekoslovakyalılaştıramadıklarımızdan mısınız, yoksa şehirde yalnızca gezmeye mi geldiniz?",
    "sw": "Tafadhali nieleze jinsi ya kupika wali na maharagwe kwa ajili ya wageni wangu watakaofika kesho jioni.",
    "id": "Pertanggungjawaban keuangan perusahaan tersebut dibicarakan dalam pertemuan para pemegang saham kemarin.",
    "vi": "Xin hãy giải thích cho tôi biết vì sao thủy triều lên xuống hai lần mỗi ngày ở vùng biển này.",
    "ru": "Пожалуйста, объясните мне, почему приливы бывают дважды в день и как на них влияет Луна.",
    "el": "Παρακαλώ εξηγήστε μου γιατί η παλίρροια έρχεται δύο φορές την ημέρα και όχι μόνο μία.",
    "he": "אנא הסבר לי מדוע הגאות מגיעה פעמיים ביום ולא רק פעם אחת, וכיצד הירח משפיע עליה.",
    "ar": "من فضلك اشرح لي لماذا يحدث المد مرتين في اليوم وليس مرة واحدة فقط وكيف يؤثر القمر عليه.",
    "hi": "कृपया मुझे समझाइए कि ज्वार दिन में दो बार क्यों आता है और चंद्रमा उस पर कैसे असर डालता है।",
    "th": "ช่วยอธิบายหน่อยว่าทำไมน้ำขึ้นน้ำลงจึงเกิดวันละสองครั้ง และดวงจันทร์มีผลอย่างไร",
    "zh": "请向我解释为什么潮汐每天发生两次，而不是只有一次，以及月亮对它有什么影响。",
    "ja": "潮の満ち引きがなぜ一日に二回起こるのか、月がどのように影響するのかを説明してください。",
    "ko": "밀물과 썰물이 왜 하루에 두 번 일어나는지, 그리고 달이 어떤 영향을 주는지 설명해 주세요.",
    "numbers": "3.14159265358979 2026-11-22T15:08:25Z +49 30 1234567 192.168.0.1 0xDEADBEEF 1,234,567.89",
    "base64": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4ifQ",
    "ids": "550e8400-e29b-41d4-a716-446655440000 da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "emoji": "👩‍👩‍👧‍👦 🇪🇺 🤷🏽‍♀️ 😀😃😄😁 ❤️‍🔥 ✅ ➡️",
    "code": "for(let i=0;i<n;++i){a[i]??=b?.c||{...d,[`k${i}`]:!0}}\n\n\tif (x == NULL) { return -EINVAL; }",
    "table": "| a | b |\n|---|---|\n| 1 | 2 |\n| 3.5 | -4e10 |\n",
}


@pytest.fixture(scope="module")
def count(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Count]:
    """Tokens of a user's message in the model's own chat format."""
    folder = tmp_path_factory.mktemp("model")
    model = LocalModel(ports.keep(folder / "ports.json", ["model"])["model"])
    child = model.child(folder / "model.log")
    child.start()
    address = model.url.removesuffix("/v1") + "/tokenize"

    def tokenize(text: str) -> int:
        content = f"<|im_start|>user\n{text}<|im_end|>\n"
        body = json.dumps({"content": content, "parse_special": True}).encode()
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            return len(json.load(response)["tokens"])

    try:
        model.wait_ready(child)
        yield tokenize
    finally:
        child.stop()


@pytest.mark.parametrize("kind", SENTENCES)
def test_no_kind_of_text_has_more_tokens_than_estimated(count: Count, kind: str) -> None:
    for text in (SENTENCES[kind], "\n".join([SENTENCES[kind]] * 10)):
        assert count(text) <= estimate_message(text) <= 2.5 * count(text)


def test_source_code_has_no_more_tokens_than_estimated(count: Count) -> None:
    patterns = ("streaming/*.py", "static/src/*.js", "static/src/css/*.css", "templates/*.html", "*.md")
    paths = [path for pattern in patterns for path in sorted(Path(ROOT).glob(pattern))]
    assert len(paths) > 20
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert count(text) <= estimate_message(text), path


@pytest.mark.parametrize("name", ["false_refusals", "moderation", "prompt_injection", "naughty_strings", "xss"])
def test_collected_texts_have_no_more_tokens_than_estimated(count: Count, name: str) -> None:
    texts = [value for row in rows(f"{name}.jsonl") for value in row.values() if isinstance(value, str)]
    assert texts
    step = max(1, len(texts) // 300)
    for text in texts[::step]:
        assert count(text) <= estimate_message(text), text


pieces = st.one_of(
    st.sampled_from([word for sentence in SENTENCES.values() for word in sentence.split()]),
    st.integers().map(str),
    st.text("0123456789abcdef", min_size=8),
    st.text("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", min_size=1),
    st.characters(min_codepoint=0x1F300, max_codepoint=0x1FAFF),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(pieces, st.sampled_from([" ", " ", "\n", "", "\t", "  \n"])), max_size=60))
def test_mixed_text_has_no_more_tokens_than_estimated(count: Count, parts: list[tuple[str, str]]) -> None:
    text = "".join(piece + gap for piece, gap in parts)
    assert count(text) <= estimate_message(text)


@given(st.text())
def test_no_estimate_passes_one_token_a_byte(text: str) -> None:
    assert estimate_message(text) <= len(text.encode(errors="replace")) + estimate_message("")
