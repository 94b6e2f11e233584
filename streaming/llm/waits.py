"""How long a provider asks us to wait."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds_until_retry(header: str | None, *, now: datetime | None = None) -> float | None:
    """The seconds that a Retry-After header names, as a number or a date (RFC 9110, 10.2.3); None when it is neither.

    Never negative; capping it is up to the caller.
    """
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            date = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - (now or datetime.now(UTC))).total_seconds()
    return None if math.isnan(seconds) else max(0.0, seconds)
