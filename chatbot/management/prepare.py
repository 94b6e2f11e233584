"""Makes a database ready for use: migrations, first rows, first admin. Running it again changes nothing."""

from dataclasses import dataclass

from django.core.management import call_command
from django.db import transaction

from chatbot.accounts.models import User, default_tier_id
from moderation.services import ensure_default_policy
from streaming.provider_services import ensure_environment_provider

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class PrepareResult:
    """What was done that somebody must hear of."""

    admin_created: bool


def prepare(admin_password: str | None) -> PrepareResult:
    """Migrates, seeds tier, policy and the environment's provider; makes `admin` when there is no superuser yet and a
    password is given.
    """
    call_command("migrate", interactive=False, verbosity=0)
    default_tier_id()
    ensure_default_policy()
    ensure_environment_provider()
    return PrepareResult(admin_created=_ensure_admin(admin_password))


@transaction.atomic
def _ensure_admin(password: str | None) -> bool:
    if not password or User.objects.filter(is_superuser=True).exists():
        return False
    User.objects.create_superuser(ADMIN, password=password)
    return True
