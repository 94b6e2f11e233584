"""The users of a bench, made in the product's database with limits that no bench reaches, and what proves them.

A proof is what a client shows with its handshake: header lines, or a query with a ticket.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

from chatbot.dev.child import StartFailed
from chatbot.dev.model import ROOT

# Whole-number limits that every tier has are raised to the largest one that the column takes.
_MAKE_KEYS = """
from django.db.models import IntegerField
from chatbot.accounts.models import Tier, User
from chatbot.accounts.services import create_access_key
limits = [field.name for field in Tier._meta.concrete_fields
          if isinstance(field, IntegerField) and not (field.primary_key or field.is_relation or field.null)]
tier = Tier.objects.create(slug="bench", name="Bench", **dict.fromkeys(limits, 2_000_000_000))
users = User.objects.bulk_create(User(username=f"bench{number}", tier=tier) for number in range(COUNT))
show(f"Authorization: Bearer {create_access_key(user=user, name='bench')[1]}" for user in users)
"""
_MAKE_TICKETS = """
from chatbot.accounts import tickets
from chatbot.accounts.credentials import Credential
from chatbot.accounts.models import AccessKey
tickets.LIFETIME_SECONDS = 600
credentials = cycle(Credential("key", key.key_hash, key.user_id) for key in AccessKey.objects.filter(name="bench"))
show(f"?ticket={tickets.issue_ticket(credential)}" for credential in islice(credentials, COUNT))
"""
_MAKE_TOKENS = """
from chatbot.accounts.models import User
from chatbot.accounts.token_services import issue_tokens
show(f"Authorization: Bearer {issue_tokens(user=user).access}" for user in User.objects.filter(tier__slug="bench"))
"""
_MAKE_SESSIONS = """
import os
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from chatbot.accounts.models import User
def key_of(user):
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.update({SESSION_KEY: str(user.pk), HASH_SESSION_KEY: user.get_session_auth_hash(),
                    BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0]})
    session.create()
    return session.session_key
own = f"http://127.0.0.1:{os.environ['PORT']}"
show(f"Cookie: {settings.SESSION_COOKIE_NAME}={key_of(user)}\\r\\nOrigin: {own}"
     for user in User.objects.filter(tier__slug="bench"))
"""
_SCRIPTS = {"key": _MAKE_KEYS, "ticket": _MAKE_TICKETS, "token": _MAKE_TOKENS, "session": _MAKE_SESSIONS}
_HEAD = """
import json, sys
from itertools import cycle, islice
def show(proofs):
    json.dump(list(proofs), sys.stdout)
"""


def prepare(environment: Mapping[str, str]) -> None:
    """Migrates the database and makes its first rows."""
    _manage(["prepare"], environment)


def make_proofs(kind: str, count: int, environment: Mapping[str, str]) -> list[str]:
    """Proofs of this kind: the `key`s of so many new users, so many `ticket`s of theirs, or a `token` or a `session` of
    each. A ticket is good once; here it waits until a bench comes to it.
    """
    script = _HEAD + _SCRIPTS[kind].replace("COUNT", str(count))
    made: list[str] = json.loads(_manage(["shell", "-v", "0", "-c", script], environment))
    return made


def _manage(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    line = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(line, env=dict(environment), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StartFailed(f"manage.py {arguments[0]} failed:\n{done.stderr}")
    return done.stdout
