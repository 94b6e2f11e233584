"""Both servers hold back for slow peers, end dead ones, and drain."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from chatbot.dev import ports
from chatbot.dev.child import wait_until
from tests.integration.project.talker import PART, PARTS

ROOT = Path(__file__).resolve().parents[3]
UPGRADE = (
    *("Connection: Upgrade", "Upgrade: websocket"),
    *("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
)
# What kernels may hold between the two processes; without backpressure all 65 MB would be sent.
MOST_PARTS = 1_000


class Server(NamedTuple):
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    port: int

    def says(self) -> tuple[str, int]:
        """What its application printed next."""
        assert self.process.stdout
        ended, _, sent = self.process.stdout.readline().partition(" ")
        return ended, int(sent)

    def listens(self) -> bool:
        """Whether it takes connections."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def address(self, path: str) -> str:
        """Of a WebSocket."""
        return f"ws://127.0.0.1:{self.port}{path}"

    def open_socket(self, path: str, *headers: str) -> socket.socket:
        """A bare connection that has asked for `path` and takes little at a time."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.settimeout(20)
        client.connect(("127.0.0.1", self.port))
        client.sendall("\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode())
        return client


@pytest.fixture(params=["daphne", "uvicorn"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """Listening."""
    port = ports.keep(tmp_path / "ports.json", ["web"])["web"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.project.talker", request.param],
        cwd=ROOT,
        env={**os.environ, "HOST": "127.0.0.1", "PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )

    with process:
        server = Server(process, port)
        wait_until(server.listens, children=(), seconds=30)
        yield server
        process.kill()


@pytest.mark.parametrize("headers", [UPGRADE, ()], ids=["socket", "response"])
def test_what_is_not_read_is_ended_and_never_filled(server: Server, headers: tuple[str, ...]) -> None:
    with server.open_socket("/flood", *headers) as client:
        client.recv(1)
        ended, sent = server.says()
        assert ended.startswith("disconnected")
        assert sent < MOST_PARTS


def test_a_slow_reader_gets_all_of_it(server: Server) -> None:
    with connect(server.address("/flood"), compression=None, max_queue=1) as client:
        assert all(client.recv() == PART for _ in range(PARTS))


def test_a_signal_closes_sockets_with_a_restart_and_ends_the_process(server: Server) -> None:
    with connect(server.address("/wait"), compression=None) as client:
        assert client.recv() == PART
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=20)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
    assert server.says()[0].startswith("disconnected")
    assert server.process.wait(20) is not None


def test_a_signal_lets_an_open_response_end_in_time(server: Server) -> None:
    with server.open_socket("/wait") as client:
        client.recv(1)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not server.listens(), children=(), seconds=5)
        assert server.process.wait(20) is not None
