"""The database backend (settings.DATABASES names its package)."""

import select
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes connections from the pool that the server has not closed.

    Django's own check asks the server each time, half a millisecond for every piece of work. A server that went away
    has closed its connections, and that can be seen without asking; one that is silent fails the query itself.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that is open, from the pool where there is one."""
        connection = super().get_new_connection(conn_params)
        while self.pool and _is_closed(connection):
            connection.close()
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


def _is_closed(connection: Any) -> bool:
    """Whether there is something to read on an idle connection: the end of it, or the reason for its end."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))
