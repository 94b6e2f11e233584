"""All kinds, in the order of the table."""

from tests.chaos.faults import network, processes, provider, servers
from tests.chaos.kind import KINDS

__all__ = ["KINDS", "network", "processes", "provider", "servers"]
