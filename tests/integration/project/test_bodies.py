"""No server reads a body to its end that is too large: the client is told, and the connection ends."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from chatbot.bodies import BoundedBodies, largest_body
from chatbot.dev import ports
from chatbot.dev.child import wait_until

ROOT = Path(__file__).resolve().parents[3]
MEGABYTE = bytes(1 << 20)
PLAIN, UPLOAD = "/health/live", "/api/v1/attachments/"
# What kernels and servers may hold on the way.
ON_THE_WAY = 16


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The whole product's web process."""
    chosen = ports.keep(tmp_path_factory.mktemp("ports") / "ports.json", ["web"])["web"]
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env={**os.environ, "HOST": "127.0.0.1", "PORT": str(chosen), "ASGI_SERVER": request.param},
    )

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", chosen)) == 0

    with process:
        wait_until(listens, children=(), seconds=60)
        yield chosen
        process.kill()


def ask(port: int, path: str, *headers: str) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=30)
    client.sendall("\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode())
    return client


def answer(client: socket.socket) -> tuple[int, Any]:
    """Status and JSON."""
    data = b""
    try:
        while chunk := client.recv(65_536):
            data += chunk
            head, found, body = data.partition(b"\r\n\r\n")
            if found and body.endswith(b"}"):
                break
    except ConnectionResetError:
        pass
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize("path", [PLAIN, UPLOAD])
def test_what_is_announced_as_too_large_is_refused_before_it_comes(port: int, path: str) -> None:
    with ask(port, path, f"Content-Length: {largest_body(path) + 1}") as client:
        status, body = answer(client)
        assert status == 413
        assert body["error"]["code"] == "invalid_input"
        assert body["error"]["details"] == {"max_bytes": largest_body(path)}
        assert client.recv(1) == b""


def test_a_broken_form_comes_to_its_door(port: int) -> None:
    headers = ("Content-Type: multipart/form-data; boundary=x", "Content-Length: 7")
    with ask(port, UPLOAD, *headers) as client:
        client.sendall(b"--x--\r\n")
        status, body = answer(client)
        assert (status, body["error"]["code"]) == (401, "unauthorized")


def test_openais_clients_are_told_in_their_own_shape(port: int) -> None:
    with ask(port, "/v1/chat/completions", f"Content-Length: {largest_body('/v1/') + 1}") as client:
        status, body = answer(client)
        assert (status, body["error"]["type"]) == (413, "invalid_request_error")


@pytest.mark.parametrize("path", [PLAIN, f"{UPLOAD}?name=x"])
def test_what_comes_without_end_is_cut_off(port: int, path: str) -> None:
    most = largest_body(path) >> 20
    with ask(port, path, "Transfer-Encoding: chunked") as client:
        sent = 0
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(10 * most):
                client.sendall(b"100000\r\n" + MEGABYTE + b"\r\n")
                sent += 1
    assert most - 1 <= sent <= most + ON_THE_WAY


def test_what_may_be_read_reaches_the_door(port: int) -> None:
    length = settings.BODY_LIMIT
    with ask(port, UPLOAD, f"Content-Length: {length}", "Connection: close") as client:
        for _ in range(length >> 20):
            client.sendall(MEGABYTE)
        status, body = answer(client)
        assert (status, body["error"]["code"]) == (401, "unauthorized")


def test_a_wrong_length_is_no_way_round(port: int) -> None:
    with ask(port, PLAIN, "Content-Length: -5") as client:
        assert client.recv(100).startswith(b"HTTP/1.1 400")


async def test_a_response_under_way_is_left_alone() -> None:
    """An application that answers before it has read everything."""
    sent: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        assert (await receive())["type"] == "http.disconnect"

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": bytes(settings.BODY_LIMIT + 1), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/", "headers": [(b"content-length", b"1" * 40)]}
    await BoundedBodies(application)(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start"]
