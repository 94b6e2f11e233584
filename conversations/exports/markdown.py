"""A conversation as Markdown: the branch that is shown, to be read by people."""

from datetime import datetime
from typing import IO, Any

from django.utils import timezone

from conversations.exports.rows import messages_shown
from conversations.models import Conversation, Feedback, Message


def write_markdown(out: IO[bytes], conversation: Conversation) -> int:
    """Writes the conversation; gives how many messages that are."""
    count = 0
    out.write(f"# {_line(str(conversation))}\n\n*Exported on {_time(timezone.now())}.*\n".encode())
    for row in messages_shown(conversation):
        out.write(_message(row).encode())
        count += 1
    return count


def _message(row: dict[str, Any]) -> str:
    model = row["metadata"].get("model")
    who = "You" if row["role"] == Message.Role.USER else _line(str(model or "Assistant"))
    parts = [f"\n---\n\n## {who} · {_time(row['created_at'])}\n"]
    if attached := row["metadata"].get("attachments"):
        parts.append("Attached: " + ", ".join(_line(str(one.get("name", ""))) for one in attached) + "\n")
    if row["status"] != Message.Status.COMPLETED:
        parts.append(f"*({Message.Status(row['status']).label})*\n")
    if row["content"]:
        parts.append(row["content"].rstrip() + "\n")
    if row["feedback__rating"] is not None:
        words = ": ".join(filter(None, [row["feedback__reason"], _line(row["feedback__comment"])]))
        rating = Feedback.Rating(row["feedback__rating"]).label
        parts.append(f"*You rated this answer: {rating}{f' ({words})' if words else ''}*\n")
    return "\n".join(parts)


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _line(text: str) -> str:
    return " ".join(text.split())
