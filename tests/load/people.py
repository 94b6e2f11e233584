"""The users of a bench: made in the product's database, with limits that no bench reaches, each with an access key."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

from chatbot.dev.child import StartFailed
from chatbot.dev.model import ROOT

# Whole-number limits are raised to the largest one that the column takes.
_MAKE = """
import json, sys
from django.db.models import IntegerField
from chatbot.accounts.models import Tier, User
from chatbot.accounts.services import create_access_key
limits = [field.name for field in Tier._meta.concrete_fields
          if isinstance(field, IntegerField) and not field.primary_key and not field.is_relation]
tier = Tier.objects.create(slug="bench", name="Bench", **dict.fromkeys(limits, 2_000_000_000))
users = User.objects.bulk_create(User(username=f"bench{number}", tier=tier) for number in range(COUNT))
json.dump([create_access_key(user=user, name="bench")[1] for user in users], sys.stdout)
"""


def prepare(environment: Mapping[str, str]) -> None:
    """Migrates the database and makes its first rows."""
    _manage(["prepare"], environment)


def make_keys(count: int, environment: Mapping[str, str]) -> list[str]:
    """The access keys of so many new users."""
    made: list[str] = json.loads(
        _manage(["shell", "-v", "0", "-c", _MAKE.replace("COUNT", str(count))], environment),
    )
    return made


def _manage(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    line = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(line, env=dict(environment), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StartFailed(f"manage.py {arguments[0]} failed:\n{done.stderr}")
    return done.stdout
