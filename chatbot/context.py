"""What every template knows."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, str]:
    """The name that the pages show."""
    return {"site_name": settings.SITE_NAME}
