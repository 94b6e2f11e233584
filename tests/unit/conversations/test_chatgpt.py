"""Conversations of ChatGPT's export become trees of messages."""

import json
from typing import Any

import msgspec
import pytest

from conversations.imports.chatgpt import LOOP, UNREADABLE, ChatGPT
from conversations.imports.drafts import Draft, Refused

START = 1_700_000_000


def node(
    key: str,
    parent: str | None,
    role: str = "user",
    content: Any = None,
    *,
    time: float | None = None,
    recipient: str = "all",
    name: str | None = None,
    status: str = "finished_successfully",
    **metadata: Any,
) -> dict[str, Any]:
    """A node as ChatGPT writes it; a text where `content` is one."""
    said = {"content_type": "text", "parts": [content]} if isinstance(content, str) else content
    message: dict[str, Any] = {
        "id": key,
        "author": {"role": role, "name": name, "metadata": {}},
        "create_time": time,
        "update_time": None,
        "content": said,
        "status": status,
        "end_turn": None,
        "weight": 1.0,
        "metadata": metadata,
        "recipient": recipient,
        "channel": None,
    }
    return {"id": key, "message": message if said is not None else None, "parent": parent, "children": []}


def conversation(*nodes: dict[str, Any], **fields: Any) -> ChatGPT:
    """A conversation with these nodes, whose children are filled in; the last one is shown."""
    mapping = {one["id"]: one for one in nodes}
    for one in nodes:
        if one["parent"] in mapping:
            mapping[one["parent"]]["children"].append(one["id"])
    document = {
        "title": "Tea",
        "create_time": START,
        "update_time": START + 100.5,
        "mapping": mapping,
        "moderation_results": [],
        "current_node": nodes[-1]["id"] if nodes else None,
        "conversation_id": "c-1",
        "id": "c-1",
        "is_archived": False,
        **fields,
    }
    return msgspec.json.decode(json.dumps(document).encode(), type=ChatGPT)


def told(draft: Draft) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in draft.messages]


ROOT = node("root", None)
HIDDEN = node("hidden", "root", "system", "", is_visually_hidden_from_conversation=True)
QUESTION = node("q", "hidden", "user", "Tea or coffee?", time=START + 1)
ANSWER = node("a", "q", "assistant", "Tea.", time=START + 2, model_slug="gpt-4o")


def test_a_question_and_its_answer() -> None:
    draft = conversation(ROOT, HIDDEN, QUESTION, ANSWER, is_archived=True).draft()
    assert draft.source == "chatgpt:c-1"
    assert (draft.title, draft.archived, draft.pinned) == ("Tea", True, False)
    assert told(draft) == [("user", "Tea or coffee?"), ("assistant", "Tea.")]
    question, answer = draft.messages
    assert (question.parent, answer.parent) == (None, question.key)
    assert question.current
    assert answer.current
    assert answer.metadata == {"model": "gpt-4o"}
    assert answer.created_at is not None
    assert answer.created_at.timestamp() == START + 2
    assert draft.last_message_at == answer.created_at
    assert draft.created_at is not None
    assert draft.created_at.timestamp() == START
    assert draft.notes == set()


def test_every_branch_is_kept_and_the_current_one_is_shown() -> None:
    draft = conversation(
        ROOT,
        QUESTION | {"parent": "root"},
        node("a1", "q", "assistant", "Coffee.", time=START + 2),
        node("q2", "a1", "user", "Why?", time=START + 3),
        node("a2", "q", "assistant", "Tea.", time=START + 4),
        node("edited", "root", "user", "Tea?", time=START + 5),
        current_node="a1",
    ).draft()
    assert [(one.key, one.parent, one.current) for one in draft.messages] == [
        ("q", None, True),
        ("a1", "q", True),
        ("q2", "a1", True),
        ("a2", "q", False),
        ("edited", None, False),
    ]


def test_without_a_current_node_the_last_branch_is_shown() -> None:
    for current in (None, "nowhere"):
        draft = conversation(
            QUESTION | {"parent": None},
            node("a1", "q", "assistant", "Coffee.", time=START + 2),
            node("a2", "q", "assistant", "Tea.", time=START + 4),
            current_node=current,
        ).draft()
        assert [one.key for one in draft.messages if one.current] == ["q", "a2"]


def test_what_a_tool_did_for_an_answer_belongs_to_the_answer() -> None:
    draft = conversation(
        node("q", None, "user", "How many?", time=START),
        node("t", "q", "assistant", {"content_type": "thoughts", "thoughts": [{"summary": "s", "content": "secret"}]}),
        node("c", "t", "assistant", {"content_type": "code", "text": "1 + 1"}, recipient="python", time=START + 1),
        node("o", "c", "tool", {"content_type": "execution_output", "text": "2"}, name="python"),
        node("w1", "o", "tool", {"content_type": "tether_browsing_display", "result": "long"}, name="web.run"),
        node("w2", "w1", "tool", "very long", name="web.run"),
        node("r", "w2", "assistant", {"content_type": "reasoning_recap", "content": "Thought for 8s"}),
        node("a", "r", "assistant", "Two.\ue200cite\ue202turn0search0\ue201", model_slug="o3"),
        current_node="o",
    ).draft()
    assert told(draft) == [
        ("user", "How many?"),
        ("assistant", "```python\n1 + 1\n```\n\n```\n2\n```\n\n[Result of web.run]\n\nTwo."),
    ]
    assert all(one.current for one in draft.messages)
    assert draft.messages[1].metadata == {"model": "o3"}


def test_answers_beside_each_other_are_not_run_together() -> None:
    draft = conversation(
        node("c", None, "assistant", {"content_type": "code", "text": "x"}, recipient="python", time=START),
        node("a1", "c", "assistant", "One.", time=START + 1),
        node("a2", "c", "assistant", "Two.", time=START + 2),
    ).draft()
    assert [(one.content, one.parent) for one in draft.messages] == [
        ("```python\nx\n```", None),
        ("One.", "c"),
        ("Two.", "c"),
    ]


@pytest.mark.parametrize(
    ("content", "metadata", "text"),
    [
        ({"content_type": "text", "parts": ["a", "", None, "b"]}, {}, "a\n\nb"),
        (
            {
                "content_type": "multimodal_text",
                "parts": [{"content_type": "image_asset_pointer"}, "Look."],
            },
            {"attachments": [{"name": "cat.png", "mime_type": "image/png"}, {"name": "a.pdf"}]},
            "[Image]\n\nLook.\n\n[File: a.pdf]",
        ),
        (
            {
                "content_type": "multimodal_text",
                "parts": [
                    {"content_type": "audio_transcription", "text": "Hello there.", "direction": "in"},
                    {"content_type": "real_time_user_audio_video_asset_pointer", "audio_asset_pointer": {}},
                ],
            },
            {},
            "Hello there.",
        ),
        ({"content_type": "multimodal_text", "parts": [{"content_type": "audio_asset_pointer"}]}, {}, "[Audio]"),
        ({"content_type": "text", "parts": ["Read."]}, {"attachments": [{"name": "b.csv"}]}, "Read.\n\n[File: b.csv]"),
        ({"content_type": "code", "language": "sql", "text": "SELECT 1"}, {}, "```sql\nSELECT 1\n```"),
        ({"content_type": "code", "language": "unknown", "text": "a ``` b"}, {}, "````\na ``` b\n````"),
        (
            {"content_type": "tether_quote", "title": "T", "url": "https://e.org", "text": "one\ntwo"},
            {},
            "> T https://e.org\n> one\n> two",
        ),
        ({"content_type": "system_error", "name": "E", "text": "No."}, {}, "[Error: No.]"),
        ({"content_type": "hologram", "text": "shiny"}, {}, "shiny"),
        ({"content_type": "hologram"}, {}, "[hologram]"),
        ({"content_type": "text", "parts": [{"content_type": "hologram"}]}, {}, "[hologram]"),
    ],
)
def test_every_kind_of_content_becomes_text_that_can_be_read(
    content: dict[str, Any], metadata: dict[str, Any], text: str
) -> None:
    draft = conversation(node("a", None, "assistant", content, **metadata)).draft()
    assert told(draft) == [("assistant", text)]


def test_a_picture_that_was_made_says_what_it_should_show() -> None:
    made = {"content_type": "image_asset_pointer", "metadata": {"dalle": {"prompt": "a teapot"}}}
    draft = conversation(
        node("q", None, "user", "Draw."),
        node("c", "q", "assistant", {"content_type": "code", "text": '{"n": 1}'}, recipient="t2uay3k.sj1i4kz"),
        node("t", "c", "tool", {"content_type": "multimodal_text", "parts": [made]}, name="t2uay3k.sj1i4kz"),
    ).draft()
    assert draft.messages[1].content == '```\n{"n": 1}\n```\n\n[Image: a teapot]'


def test_what_nobody_sees_is_left_out() -> None:
    draft = conversation(
        node("ctx", None, "user", {"content_type": "user_editable_context", "user_profile": "I am Ann."}),
        node("sys", "ctx", "system", "Be kind."),
        node("q", "sys", "user", "Hi"),
        node("h", "q", "assistant", "hidden", is_visually_hidden_from_conversation=True),
        node("e", "h", "assistant", ""),
        node("a", "e", "assistant", "Hello"),
    ).draft()
    assert told(draft) == [("user", "Hi"), ("assistant", "Hello")]
    assert draft.messages[1].parent == "q"


def test_an_answer_that_was_cut_says_so() -> None:
    draft = conversation(node("a", None, "assistant", "Onc", status="in_progress")).draft()
    assert draft.messages[0].status == "stopped"


@pytest.mark.parametrize(
    "broken",
    [
        {"message": 5, "parent": "q"},
        {"message": {"author": {"role": 7}}, "parent": "q"},
        {"message": {"author": {"role": "user"}, "create_time": "noon", "content": {}}, "parent": "q"},
        {"message": {"author": {"role": "user"}, "content": ["text"]}, "parent": "q"},
        {"parent": 5},
        "node",
        None,
    ],
)
def test_a_node_that_cannot_be_read_harms_no_other(broken: Any) -> None:
    found = conversation(QUESTION | {"parent": None}, ANSWER)
    found.mapping["broken"] = msgspec.Raw(json.dumps(broken).encode())
    draft = found.draft()
    assert told(draft) == [("user", "Tea or coffee?"), ("assistant", "Tea.")]
    assert draft.notes == {UNREADABLE}


def test_messages_that_go_round_in_a_circle_are_left_out() -> None:
    draft = conversation(
        QUESTION | {"parent": None}, node("x", "y", "user", "x"), node("y", "x", "assistant", "y"), ANSWER
    ).draft()
    assert told(draft) == [("user", "Tea or coffee?"), ("assistant", "Tea.")]
    assert draft.notes == {LOOP}


def test_a_conversation_without_words_is_refused() -> None:
    for found in (conversation(), conversation(ROOT, HIDDEN), conversation(node("x", "x", "user", "x"))):
        with pytest.raises(Refused):
            found.draft()


@pytest.mark.parametrize("time", [-1, 1e300, 10**18, None])
def test_a_time_that_cannot_be_is_no_time(time: float | None) -> None:
    draft = conversation(node("q", None, "user", "Hi", time=time), create_time=time, update_time=time).draft()
    assert draft.messages[0].created_at is draft.created_at is draft.last_message_at is None


def test_a_very_long_chain_is_read() -> None:
    count = 20_000
    roles = ("user", "assistant")
    nodes = [node(str(n), str(n - 1) if n else None, roles[n % 2], f"m{n}", time=START + n) for n in range(count)]
    draft = conversation(*nodes).draft()
    assert [one.content for one in draft.messages] == [f"m{n}" for n in range(count)]
    assert all(one.current for one in draft.messages)


def test_without_an_id_the_content_is_one() -> None:
    def source(text: str, **fields: Any) -> str:
        return conversation(node("q", None, "user", text), conversation_id=None, id=None, **fields).source

    assert source("a") == source("a", title="Another title") != source("b")
    long = conversation(QUESTION, conversation_id="x" * 500)
    assert len(long.source) < 120


def test_what_cannot_be_stored_is_replaced_and_noted() -> None:
    draft = conversation(node("q", None, "user", "a\x00b"), title="T\x00\nwo").draft()
    assert draft.messages[0].content == "a\ufffdb"
    assert draft.title == "T\ufffd wo"
    assert draft.notes
