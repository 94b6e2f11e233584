"""OpenAI's own clients against `/v1/`, as both servers serve it: only the address and the key are ours. And clients
that leave.
"""

import json
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chatbot.accounts.models import Tier, User
from chatbot.accounts.services import create_access_key
from chatbot.dev.child import wait_until
from chatbot.dev.fakellm import FakeLLMThread
from chatbot.dev.model import ROOT
from conversations.models import Conversation
from moderation.models import Policy, Rule
from streaming.models import Completion
from tests.factories import make_model, make_provider, make_user
from tests.integration.streaming.web import run_script, serving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]

SCRIPTS = Path(__file__).parent
OPERATIONS = 20


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def web(
    request: pytest.FixtureRequest, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a running web process."""
    with serving(request.param, tmp_path_factory.mktemp(request.param)) as address:
        yield address


@dataclass(frozen=True)
class Programs:
    """What a script is told."""

    environment: dict[str, str]
    user: User

    def ask(self, content: str, **options: object) -> socket.socket:
        """A bare connection that has sent a request, and takes little at a time."""
        host, port = self.environment["OPENAI_BASE_URL"].removeprefix("http://").removesuffix("/v1").split(":")
        asked = {"model": "fake-1", "messages": [{"role": "user", "content": content}], **options}
        body = json.dumps(asked).encode()
        head = (
            "POST /v1/chat/completions HTTP/1.1",
            f"Host: {host}:{port}",
            f"Authorization: Bearer {self.environment['OPENAI_API_KEY']}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        )
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.settimeout(30)
        client.connect((host, int(port)))
        client.sendall("\r\n".join([*head, "", ""]).encode() + body)
        return client


@pytest.fixture
def programs(web: str, provider: FakeLLMThread, transactional_db: None) -> Programs:
    """What the scripts count on."""
    return make_programs(web, provider)


def make_programs(web: str, provider: FakeLLMThread) -> Programs:
    """Two users with keys, one of them with hardly any limit left, two models, and a word that is not allowed."""
    ours = make_provider(provider.base_url)
    make_model(ours, slug="fake-1")
    make_model(ours, slug="fake-sees", can_see=True)
    Rule.objects.create(policy=Policy.objects.create(name="Test"), value="badword", action="block")
    wide = Tier.objects.create(slug="wide", name="Wide", messages_per_minute=1_000, concurrent_generations=20)
    narrow = Tier.objects.create(slug="narrow", name="Narrow", messages_per_minute=1)
    user = make_user("ann", tier=wide)
    _, key = create_access_key(user=user, name="script")
    _, limited = create_access_key(user=make_user("bob", tier=narrow), name="script")
    return Programs({"OPENAI_BASE_URL": f"{web}/v1", "OPENAI_API_KEY": key, "LIMITED_API_KEY": limited}, user)


def check_what_is_left(programs: Programs, provider: FakeLLMThread, said: str) -> None:
    """Every operation was done, and every call was settled: the one that was left, too, and at the provider."""
    assert len(said.splitlines()) >= OPERATIONS, said
    provider.until(lambda: provider.server.cancelled == 1)
    assert Conversation.objects.get(user=programs.user).message_count == 2
    rows = settled(programs.user)
    assert {row.status for row in rows} == {"completed", "cancelled", "failed"}
    assert all(row.completion_tokens > 0 for row in rows if row.status != "failed")


def settled(user: User) -> list[Completion]:
    """The user's calls, once none is under way."""
    wait_until(lambda: not user.completions.filter(status=Completion.Status.RUNNING).exists(), children=(), seconds=20)
    return list(user.completions.all())


def test_the_python_sdk_runs_its_operations(programs: Programs, provider: FakeLLMThread) -> None:
    command = [sys.executable, str(SCRIPTS / "sdk_operations.py")]
    check_what_is_left(programs, provider, run_script(command, **programs.environment))


def test_the_node_sdk_runs_its_operations(programs: Programs, provider: FakeLLMThread) -> None:
    node = shutil.which("node", path=f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin")
    assert node, "node is needed: `make build` gets it"
    command = [node, str(SCRIPTS / "sdk_operations.mjs")]
    modules = str(ROOT / "static" / "package.json")
    check_what_is_left(programs, provider, run_script(command, **programs.environment, MODULES=modules))


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("fault", ["hang", "stall", "stall_after=3"])
def test_the_provider_hears_at_once_of_a_client_that_left(
    programs: Programs, provider: FakeLLMThread, fault: str, stream: bool
) -> None:
    with programs.ask(f"[[fake: tokens=9 {fault}]]", stream=stream) as client:
        provider.until(lambda: provider.server.stalled == 1)
        if stream and fault == "stall_after=3":
            assert client.recv(1)
    provider.until(lambda: provider.server.cancelled == 1, within=5)
    (row,) = settled(programs.user)
    assert (row.status, row.estimated) == ("cancelled", True)
    assert row.prompt_tokens > 0
    assert (row.completion_tokens > 0) is (fault == "stall_after=3")


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_a_server_that_ends_settles_what_it_cuts(
    provider: FakeLLMThread, transactional_db: None, tmp_path: Path, server: str
) -> None:
    with serving(server, tmp_path) as address:
        programs = make_programs(address, provider)
        client = programs.ask("[[fake: tokens=9 stall_after=3]]", stream=True)
        assert client.recv(1)
    with client:
        provider.until(lambda: provider.server.cancelled == 1)
    (row,) = programs.user.completions.all()
    assert (row.status, row.error_code, row.estimated) == ("failed", "overloaded", True)
    assert row.completion_tokens > 0
