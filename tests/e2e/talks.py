"""Long conversations, written straight into the database of a running product."""

import json
import subprocess
import sys
from collections.abc import Sequence
from uuid import UUID

from chatbot.dev.model import ROOT
from tests.e2e.product import Product

_MAKE = """
import json, sys
from chatbot.accounts.models import User
from chatbot.lib.ids import new_id
from conversations.models import Conversation, Message
from conversations.services import create_conversation
from tests.e2e.talks import said
user = User.objects.get(username={username!r})
talk = create_conversation(user=user, title={title!r})
contents = json.load(sys.stdin)
rows, parent = [], None
for number in range({count}):
    role = Message.Role.ASSISTANT if number % 2 else Message.Role.USER
    rows.append(Message(
        id=new_id(user.pk), user=user, conversation=talk, parent_id=parent, role=role, status="completed",
        content=contents[number] if contents else said(number), sequence_number=number + 1,
        metadata={{"model": "fake-1"}} if number % 2 else {{}},
    ))
    parent = rows[-1].id
Message.objects.bulk_create(rows, batch_size=1_000)
Conversation.objects.filter(pk=talk.pk).update(message_count={count}, last_sequence_number={count})
print(talk.pk)
"""
_CODE = "```python\ndef add(a: int, b: int) -> int:\n    return a + b\n```"
_TABLE = "| name | price |\n|---|--:|\n| Apple | 2 |\n| Pear | 3 |"
_KINDS = ("Just so.", "First one.\n\nThen **another**, with `code` in it.", f"Here:\n\n{_CODE}\n\nThat is all.", _TABLE)


def said(number: int) -> str:
    """What the message says; each tells its number, and answers differ in their height."""
    if number % 2 == 0:
        return f"Question {number}"
    return (
        f"Answer {number}\n\n{_KINDS[number // 2 % len(_KINDS)]}\n\n"
        + f"Words that fill a line or two, {number}. " * (number % 23)
    )


def make_talk(
    product: Product, username: str, count: int, *, contents: Sequence[str] = (), title: str = "A long talk"
) -> UUID:
    """A conversation of that user with so many messages, which say `contents` where it is given."""
    code = _MAKE.format(username=username, count=count, title=title)
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "-v", "0", "-c", code]
    environment = {**product.environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, env=environment, input=json.dumps(contents), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return UUID(done.stdout.strip().splitlines()[-1])
