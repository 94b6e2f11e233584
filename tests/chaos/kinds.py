"""All kinds, in the order of the table."""

from tests.chaos.faults import network, processes, provider, servers
from tests.chaos.kind import KINDS as _REGISTERED

_FILES = [module.__name__ for module in (processes, servers, network, provider)]

KINDS = dict(sorted(_REGISTERED.items(), key=lambda item: _FILES.index(item[1].strike.__module__)))
