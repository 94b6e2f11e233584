"""What doors are asked that no honest client asks. Each probe is a name for it and the arguments of `Door.ask`."""

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode
from zlib import crc32

from tests.integration.project import hostile_json, hostile_texts
from tests.integration.project.doors import Door, Path, a_file, texts_of
from tests.integration.project.hostile_json import as_json
from tests.integration.project.hostile_texts import SHARP
from tests.integration.project.rooms import Rooms

Item = TypeVar("Item")
Probe = tuple[str, dict[str, Any]]

CONTENT_TYPES = [
    *("", "text/plain", "application/xml", "application/json; charset=utf-16", "application/json; charset=rot13"),
    *("application/json; charset=zlib", "application/json;charset=idna", "a" * 500),
    *("application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-7", "json", "/", ";;=;"),
    *("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=b; charset=rot13"),
]
BODY = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nHello\r\n--b--\r\n'
HEADERS = [
    *("", "x", "0", "-1", "1e9", "9" * 400, "9" * 17, "٣".encode().decode("latin-1"), "\xff\xfe", "a, b, c", '"', "*"),
    *('W/"x"', "bytes=0-", "bytes=9-1,,-", "Mon, 99 Foo 2026 99:99:99 GMT", "a" * 5_000, "{{7*7}}%s", "<script>"),
]
AUTHORIZATIONS = [
    *("", "Bearer", "Bearer ", "Bearer x", "Bearer ck-", "Bearer ck-" + "x" * 5_000, "Basic YTpi", "Bearer a.b.c"),
    *("Bearer \xff", "Bearer ck-\xe9", "Bearer " + "e30." * 3, "Bearer null", "bearer  two words", "Token \x7f"),
    "Bearer " + ".".join(base64.urlsafe_b64encode(part).decode() for part in (b'{"alg":"none"}', b'{"sub":null}', b"")),
    "Bearer " + ".".join(base64.urlsafe_b64encode(part).decode() for part in (b'{"alg":["HS256"]}', b"[]", b"x")),
]
# Parameters that some door reads, or some framework.
PARAMETERS = (
    *("cursor", "limit", "archived", "pinned", "folder", "after_seq", "before", "after", "q", "in", "role", "model"),
    *("conversation", "next", "process", "format", "page", "ordering", "offset", "code", "state", "error", "email"),
)
RAW_FORMS = [
    *(b"", b"\x00", b"%ff=%fe&\xff", b"a=1&" * 1_001, b"--b\r\n" * 50, BODY[:-20], BODY.replace(b"a.txt", b"\xff\x00")),
    *(
        BODY.replace(b'filename="a.txt"', b"filename*=%b" % name)
        for name in (b"utf-8''%00", b"rot13''a", b"utf-8''%ff", b"'")
    ),
    BODY.replace(b"form-data;", b"form-data" + b";a=b" * 500 + b";"),
]
RAW_QUERIES = [
    "%00",
    "%ff=%fe",
    "q=%ff",
    "a=%ZZ&=&&;",
    "cursor=%F0%9F",
    "limit[]=1",
    "&".join(["a=1"] * 1_001),
    "+" * 2_000,
]
VALUES = [
    "0",
    "-1",
    "1",
    "1000000000000000000000",
    "true",
    "TRUE ",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31T23:59:59-23:59",
]


def cursors() -> list[str]:
    """Cursors as DRF reads them, and others."""
    inside = ["p=", "p=x", "p=\x00", "p=1&o=9", "o=-1", "o=99999999999999999999", "r=1", "p=2026-01-01", "p=9999999999"]
    inside += ["p=2026-01-01 00:00:00+00:00", "p=0001-01-01T00:00:00+14:00", "p=9999-12-31T23:59:59-14:00", "p=%ff"]
    inside += ["p=00000000-0000-0000-0000-000000000000", "p=[1]", "p=nan", "p=" + "9" * 400, "[1]", "{}", "null"]
    inside += [json.dumps([value, value]) for value in (None, "x", 1e308, -1, "\ud800", "\x00", True, 2**70)]
    raw = [b'{"edges":["\xff"]}', b"p=\xff", b"\xff"]
    encoded = [base64.b64encode(one).decode() for one in (*(text.encode() for text in inside), *raw)]
    return [*encoded, "=", "YQ", "\x80", "....", "YQ==" * 500]


def few(items: Iterable[Item], whose: object, most: int = 24) -> Sequence[Item]:
    """At most so many of the items, from all over them and others for each door or field; with TEXTS_DIR all."""
    known = list(items)
    if len(known) <= most or hostile_texts.folder_files():
        return known
    start = crc32(str(whose).encode())
    return [known[(start + place * len(known) // most) % len(known)] for place in range(most)]


def body_probes(door: Door, rooms: Rooms) -> Iterator[Probe]:
    """Bodies of JSON: documents instead of one, wrong types and texts in every field."""
    for document in hostile_json.documents():
        yield f"body {document}", {"body": document.data}
    for path in door.all_fields():
        for what, raw in _values(door, path):
            yield f"{path} {what}", {"body": door.with_value(rooms, path, raw)}
    example = json.dumps(door.example(rooms)).encode()
    yield "twice", {"body": example[:-1] + b"," + example[1:] if len(example) > 2 else b'{"a":1,"a":2}'}
    for raw in (b"\x00", b"\xef\xbb\xbf", b" " * 100_000, b"{"):
        yield f"after {raw[:5]!r}", {"body": raw + example}
    for kind in CONTENT_TYPES:
        yield f"as {kind!r}", {"body": BODY if kind.startswith("multipart") else example, "content_type": kind}


def _values(door: Door, path: Path) -> Iterator[tuple[str, bytes]]:
    for raw in hostile_json.WRONG:
        yield repr(raw[:60]), raw
    if path[-1] in texts_of(door.takes) or len(path) > 1:
        for text in hostile_texts.everything():
            yield repr(text[:60]), as_json(text, ascii_only=len(text) % 2 == 0)
    for text in SHARP:
        yield repr(text[:60]), as_json(text)


def form_probes(door: Door, rooms: Rooms) -> Iterator[Probe]:
    """Fields of a form with texts, files where there should be none, and bodies that are no form."""
    files = {name for name, value in door.example(rooms).items() if hasattr(value, "read")}
    for (name,) in door.all_fields():
        for text in dict.fromkeys((*SHARP, *hostile_texts.everything())):
            value = _file_called(text) if name in files else _encodable(text)
            yield f"{name} {text[:60]!r}", {"body": {**door.example(rooms), name: value}}
        for document in hostile_json.compact() if name == "credential" else ():
            yield f"{name} {document}", {"body": {name: document.data}}
        yield f"{name} is a file", {"body": {**door.example(rooms), name: a_file()}}
        yield f"{name} twice", {"body": {**door.example(rooms), name: ["x", "y"]}}
    for kind in CONTENT_TYPES:
        yield f"as {kind!r}", {"body": BODY, "content_type": kind}
    for raw in RAW_FORMS:
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=b"):
            yield f"raw {raw[:40]!r} as {kind}", {"body": raw, "content_type": kind}


def _file_called(name: str) -> Any:
    """A file with any name: Django's own class refuses some when it is made, not when it comes."""
    file: Any = a_file()
    file._name = _encodable(name)[:2_000].replace("\r", "").replace("\n", "")  # the client quotes nothing
    return file


def _encodable(value: Any) -> Any:
    return value.encode(errors="ignore").decode() if isinstance(value, str) else value


def query_probes(door: Door) -> Iterator[Probe]:
    """The same text in all parameters, and every parameter that the door reads by itself."""
    for text in hostile_texts.everything():
        if len(text) <= 5_000:
            yield f"all {text[:60]!r}", {"query_string": _query((name, text) for name in PARAMETERS)}
    for name in door.query:
        for text in (*SHARP, *VALUES, *(cursors() if name == "cursor" else ())):
            yield f"{name} {text[:60]!r}", {"query_string": _query([(name, text)])}
    for raw in RAW_QUERIES:
        yield f"query {raw[:40]}", {"query_string": raw}


def _query(pairs: Iterable[tuple[str, str]]) -> str:
    return urlencode([(name, text[:5_000]) for name, text in pairs], quote_via=quote, errors="surrogatepass")


def header_probes(door: Door) -> Iterator[Probe]:
    """Headers that the door reads, and those that every door reads."""
    for name in (*door.headers, "Accept", "X-Request-ID", "X-Forwarded-For", "Referer", "Accept-Language", "Cookie"):
        for value in HEADERS:
            yield f"{name}: {value[:60]}", {"headers": {name: value}}
    for value in AUTHORIZATIONS:
        yield f"Authorization: {value[:60]}", {"headers": {"Authorization": value}}
