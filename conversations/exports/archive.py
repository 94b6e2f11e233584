"""A whole account as a zip, written to a file piece by piece.

manifest.json        what is in here; "format": "chatbot-export", "version": 1
README.txt           the same in words
profile.json         the account
conversations/       one file each: <id>.json, or <title>-<id>.md
attachments.json     the list of the files; attachments/<id>/<name> are the files
feedback.json        what was said of answers
"""

import shutil
from collections.abc import Callable, Iterable
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.text import slugify

from chatbot.accounts.models import User
from conversations.exports import VERSION
from conversations.exports.document import attachment_entry, write_json
from conversations.exports.markdown import write_markdown
from conversations.exports.rows import attachments_in, conversations_in, feedback_in
from conversations.models import Attachment, Conversation, Export

FORMAT = "chatbot-export"
README = """This is an export of your account.

profile.json      your account
conversations/    your conversations, one file each
attachments/      your files; attachments.json lists them
feedback.json     what you said of answers
manifest.json     what this export holds

JSON files of conversations hold every branch of each conversation; they can be imported again, here or elsewhere.
Markdown files hold the branch that was shown last, to be read.
"""

_encode = msgspec.json.Encoder().encode


class Archive:
    """The zip while it is being written. `beat` hears after each piece how many conversations are done."""

    def __init__(self, out: IO[bytes], *, user: User, form: Export.Format, beat: Callable[[int], None]) -> None:
        self._zip = ZipFile(out, "w", ZIP_DEFLATED)
        self._user = user
        self._markdown = form == Export.Format.MARKDOWN
        self._beat = beat
        self._missing: list[str] = []
        self._counts = dict.fromkeys(("conversations", "messages", "attachments", "feedback"), 0)

    def write(self) -> dict[str, int]:
        """Writes all of it; gives how much that was."""
        with self._zip:
            self._zip.writestr("README.txt", README)
            self._zip.writestr("profile.json", _encode(_profile(self._user)))
            for conversation in conversations_in(self._user.id):
                self._write_conversation(conversation)
                self._counts["conversations"] += 1
                self._beat(self._counts["conversations"])
            for attachment in attachments_in(self._user.id):
                self._write_file(attachment)
                self._beat(self._counts["conversations"])
            entries = (attachment_entry(one, path_of(one)) for one in attachments_in(self._user.id))
            self._write_list("attachments.json", entries)
            self._counts["feedback"] = self._write_list("feedback.json", feedback_in(self._user.id))
            self._zip.writestr("manifest.json", _encode(self._manifest()))
        return self._counts

    def _write_conversation(self, conversation: Conversation) -> None:
        name = f"{_slug(conversation)}{conversation.pk}.md" if self._markdown else f"{conversation.pk}.json"
        with self._zip.open(f"conversations/{name}", "w", force_zip64=True) as out:
            if self._markdown:
                self._counts["messages"] += write_markdown(out, conversation)
            else:
                files = conversation.attachments.defer("text").order_by("pk")
                entries = [attachment_entry(one, path_of(one)) for one in files]
                self._counts["messages"] += write_json(out, conversation, entries)

    def _write_file(self, attachment: Attachment) -> None:
        try:
            stored = default_storage.open(str(attachment.file))
        except FileNotFoundError:
            self._missing.append(path_of(attachment))
            return
        with stored, self._zip.open(path_of(attachment), "w", force_zip64=True) as out:
            shutil.copyfileobj(stored, out)
        self._counts["attachments"] += 1

    def _write_list(self, name: str, rows: Iterable[dict[str, Any]]) -> int:
        count = 0
        with self._zip.open(name, "w", force_zip64=True) as out:
            out.write(b"[")
            for count, row in enumerate(rows, start=1):
                out.write((b",\n" if count > 1 else b"\n") + _encode(row))
            out.write(b"\n]\n")
        return count

    def _manifest(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "conversation_format": "markdown" if self._markdown else "json",
            "exported_at": timezone.now(),
            "username": self._user.get_username(),
            **self._counts,
            "missing_files": self._missing,
        }


def path_of(attachment: Attachment) -> str:
    """Where a file lies in the archive."""
    return f"attachments/{attachment.pk}/{attachment.name}"


def _slug(conversation: Conversation) -> str:
    slug = slugify(conversation.title, allow_unicode=True)[:60].strip("-")
    return f"{slug}-" if slug else ""


def _profile(user: User) -> dict[str, Any]:
    return {
        "id": user.pk,
        "username": user.get_username(),
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "tier": user.tier.name,
        "date_joined": user.date_joined,
        "last_login": user.last_login,
    }
