"""What a node of ChatGPT says, as Markdown. What is no text becomes a note in brackets: it is seen to be missing."""

import re
from typing import Any

# Marks of citations, which only ChatGPT's own page can resolve.
_CITATION = re.compile("\ue200[^\ue201]*\ue201|[\ue200-\ue206]")
_FENCE = re.compile(r"`{3,}")

# What ChatGPT keeps to itself, or makes for itself.
SILENT = {"thoughts", "reasoning_recap", "user_editable_context", "model_editable_context"}
_NOTES = {
    "image_asset_pointer": "Image",
    "audio_asset_pointer": "Audio",
    "video_container_asset_pointer": "Video",
    "real_time_user_audio_video_asset_pointer": "Audio",
}


def text_of(role: str, recipient: str, tool: str, content: dict[str, Any], metadata: dict[str, Any]) -> str:
    """The text of a message; empty when it says nothing to anybody. `recipient` is a tool where the model calls one,
    `tool` is the one that answers.
    """
    kind = content.get("content_type")
    if kind in SILENT:
        return ""
    if role == "assistant" and recipient not in {"", "all"}:
        return _call(recipient, content)
    if role == "tool":
        return _result(tool, kind, content)
    text = _CITATION.sub("", _said(kind, content)).strip("\n")
    return "\n\n".join(filter(None, [text, *_attached(kind, metadata)]))


def _said(kind: Any, content: dict[str, Any]) -> str:
    match kind:
        case "text" | "multimodal_text":
            return _parts(content)
        case "code":
            return fenced(_text(content.get("text")), _text(content.get("language")))
        case "execution_output":
            return fenced(_text(content.get("text")))
        case "tether_quote":
            source = " ".join(filter(None, [_text(content.get("title")), _text(content.get("url"))]))
            return "\n".join(f"> {line}" for line in [source, *_text(content.get("text")).splitlines()] if line)
        case "system_error":
            return f"[Error: {_text(content.get('text')) or _text(content.get('name'))}]"
    # Types to come: the text where there is one, else their name.
    return _text(content.get("text")) or _parts(content) or (f"[{_text(kind)}]" if kind else "")


def _parts(content: dict[str, Any]) -> str:
    """All parts; of speech that was written down the words only."""
    parts = [_part(part) for part in _list(content.get("parts"))]
    if any(_dict(part).get("content_type") == "audio_transcription" for part in _list(content.get("parts"))):
        parts = [part for part in parts if part != "[Audio]"]
    return "\n\n".join(filter(None, parts))


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return ""
    kind = _text(part.get("content_type"))
    if kind == "image_asset_pointer":
        prompt = _text(_dict(_dict(part.get("metadata")).get("dalle")).get("prompt"))
        return f"[Image: {prompt}]" if prompt else "[Image]"
    return _text(part.get("text")) or (f"[{_NOTES.get(kind, kind)}]" if kind else "")


def _call(recipient: str, content: dict[str, Any]) -> str:
    """What the model told a tool to do."""
    words = [part for part in _list(content.get("parts")) if isinstance(part, str)]
    text = _text(content.get("text")) or "\n".join(words)
    if not text.strip():
        return ""
    language = "python" if recipient == "python" else _text(content.get("language"))
    return fenced(text, language)


def _result(tool: str, kind: Any, content: dict[str, Any]) -> str:
    """What a tool answered: what its user has seen, and a note of the rest, which may be long and is not for people."""
    parts = [_part(part) for part in _list(content.get("parts")) if isinstance(part, dict)]
    if kind in {"execution_output", "tether_quote", "system_error"}:
        return _said(kind, content)
    if kind == "multimodal_text" and any(parts):
        return "\n\n".join(filter(None, parts))
    return f"[Result of {tool or 'a tool'}]"


def _attached(kind: Any, metadata: dict[str, Any]) -> list[str]:
    """Notes of uploaded files; images are among the parts already."""
    notes = []
    for one in _list(metadata.get("attachments")):
        name, media_type = _text(_dict(one).get("name")), _text(_dict(one).get("mime_type"))
        if name and not (kind == "multimodal_text" and media_type.startswith("image/")):
            notes.append(f"[File: {name}]")
    return notes


def fenced(text: str, language: str = "") -> str:
    """A code block around `text`, whatever fences are in it."""
    if not text.strip():
        return ""
    longest = max(map(len, _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    named = language.isalnum() and language != "unknown"
    return f"{fence}{language if named else ''}\n{text.rstrip()}\n{fence}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
