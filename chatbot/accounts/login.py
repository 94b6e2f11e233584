"""The log-in of a program: password and, where there is one, second factor, as strictly as on the log-in page."""

from typing import NoReturn

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from chatbot.accounts.models import User
from chatbot.accounts.second_factor import WAIT_SECONDS, check_code, has_second_factor
from chatbot.lib.errors import Forbidden, RateLimited, Unauthorized


def log_in(request: HttpRequest, *, username: str, password: str, code: str = "") -> User:
    """The user with this name (or address) and password. Failures count with those of the log-in page.

    Raises Unauthorized, also when the account has a second factor and `code` is missing or wrong; Forbidden for a user
    who may not chat; RateLimited after too many failures; redis's RedisError when they cannot be counted.
    """
    try:
        user = get_adapter(request).authenticate(request, username=username, password=password)
    except ValidationError as error:
        raise RateLimited("Too many failed log-ins. Please wait.", retry_after=WAIT_SECONDS) from error
    # allauth also gives inactive users, for whom its pages have words.
    if not isinstance(user, User) or not user.is_active:
        raise Unauthorized("Name or password is wrong.")
    if has_second_factor(user) and not (code and check_code(user, code)):
        _ask_for_code(code)
    if settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory" and not _has_verified_address(user):
        raise Forbidden("Verify your e-mail address first: log in with a browser.")
    if not user.may_use_chat:
        raise Forbidden("This account may not use the chat.")
    return user


def _ask_for_code(code: str) -> NoReturn:
    if code:
        raise Unauthorized("The code is wrong.", details={"second_factor": "wrong"})
    raise Unauthorized(
        "This account has a second factor: send its `code` as well, or use an access key.",
        details={"second_factor": "missing"},
    )


def _has_verified_address(user: User) -> bool:
    return bool(EmailAddress.objects.filter(user=user, verified=True).exists())
