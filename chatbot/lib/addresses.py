"""Where a request comes from: the one rule about whose word on client addresses is taken."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings

# A peer without an address, such as one on a Unix socket.
UNKNOWN = "0.0.0.0"  # noqa: S104 - nobody listens here

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@lru_cache(maxsize=8)
def _networks(cidrs: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(cidr, strict=False) for cidr in cidrs)


def _parse(text: str) -> Address | None:
    """The address in `text`, which may carry a port; None when there is none. IPv4 inside of IPv6 is IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def is_trusted_proxy(peer: str) -> bool:
    """Whether the peer of a connection is one of TRUSTED_PROXY_CIDRS and may speak for clients."""
    address = _parse(peer)
    return address is not None and _is_trusted(address, _networks(tuple(settings.TRUSTED_PROXY_CIDRS)))


def client_address(peer: str, forwarded_for: str) -> str:
    """The address of the client behind a connection from `peer` that came with this `X-Forwarded-For`.

    The header is read from the right, where the nearest proxy wrote, for as long as trusted proxies speak: the first
    address that is not one of theirs is the client. Whatever stands further left is the client's own invention, and
    so is the whole header when the peer itself is not trusted.
    """
    networks = _networks(tuple(settings.TRUSTED_PROXY_CIDRS))
    client = _parse(peer)
    if client is None:
        return UNKNOWN
    for hop in reversed(forwarded_for.split(",") if forwarded_for else []):
        address = _parse(hop) if _is_trusted(client, networks) else None
        if address is None:
            break
        client = address
    return str(client)
