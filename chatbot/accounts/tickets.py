"""Tickets for sockets: a browser cannot send a header with a handshake, and a ticket in the address is soon worthless.

They live in Redis only, under their hash, for half a minute, and can be taken once.
"""

import hashlib
import logging
import secrets

import msgspec
from redis.exceptions import RedisError, ResponseError

from chatbot.accounts.credentials import Credential
from chatbot.lib.errors import Overloaded, Unauthorized
from chatbot.lib.redis import sync_redis
from chatbot.lib.redis_link import shared_link

logger = logging.getLogger(__name__)

LIFETIME_SECONDS = 30
TICKET_BYTES = 32

_decode = msgspec.json.Decoder(Credential).decode


def _place(ticket: str) -> str:
    return f"ticket:{hashlib.sha256(ticket.encode()).hexdigest()}"


def issue_ticket(credential: Credential) -> str:
    """A ticket that opens one socket for whoever has this credential; raises Overloaded."""
    ticket = secrets.token_urlsafe(TICKET_BYTES)
    try:
        sync_redis().set(_place(ticket), msgspec.json.encode(credential), ex=LIFETIME_SECONDS)
    except RedisError as error:
        logger.exception("ticket not kept")
        raise Overloaded(retry_after=5) from error
    return ticket


async def spend_ticket(ticket: str) -> Credential:
    """The credential behind a ticket, in one round trip.

    Raises Unauthorized for one that is unknown, spent or too old, and Overloaded when nobody could tell.
    """
    try:
        (kept,) = await (await shared_link()).execute([("GETDEL", _place(ticket))])
    except (RedisError, OSError) as error:
        logger.exception("ticket not read")
        raise Overloaded(retry_after=5) from error
    if isinstance(kept, ResponseError):
        logger.error("ticket not read", extra={"error": str(kept)})
        raise Overloaded(retry_after=5)
    if kept is None:
        raise Unauthorized("This ticket is not valid.")
    return _decode(kept)
