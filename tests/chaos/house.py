"""A whole product of real processes, each of which reaches what it needs over links of its own."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from time import monotonic, time
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import psycopg
import redis.asyncio
from redis.exceptions import RedisError

from chatbot.dev import secret
from chatbot.dev.child import Child, StartFailed
from chatbot.dev.postgres import Postgres
from chatbot.dev.valkey import Valkey
from tests.chaos import programs
from tests.chaos.places import Block
from tests.chaos.programs import ENGINES, LINKS, PROCESSES, ROOT, SERVERS, VALUES, WEBS, Person
from tests.chaos.proxy import Link

START_SECONDS = 60.0
LOOK_SECONDS = 0.03
RESTART_SECONDS = 0.5


class House:
    """One product in `folder`. `modules` names, for a process, a module to run instead of manage.py."""

    def __init__(self, folder: Path, modules: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.people: list[Person] = []
        self.links: dict[str, Link] = {}
        self.children: dict[str, Child] = {}
        self._modules = dict(modules or {})
        self._began: dict[str, float] = {}
        self._away: set[str] = set()
        self.crashes: list[str] = []
        self._supervisor: asyncio.Task[None] | None = None
        folder.chmod(0o711)
        for name in ("log", "static"):
            (folder / name).mkdir(exist_ok=True)
        kept = secret.keep(folder / "secrets")
        self._block = Block()
        self.ports = self._block.ports([*SERVERS, *WEBS, *LINKS])
        self.postgres = Postgres.within(folder, port=self.ports["postgres"], password=kept["postgres_password"])
        self.valkey = Valkey.within(folder, port=self.ports["valkey"], password=kept["valkey_password"])
        self._secrets = {"SECRET_KEY": kept["secret_key"], "ENCRYPTION_KEYS": kept["encryption_keys"]}

    async def start(self) -> None:
        """Starts everything and makes the people."""
        for name in LINKS:
            target = name.partition("-")[2]
            self.links[name] = Link(name, self.ports[name], self.ports[target], narrow=name.startswith("client-"))
            await self.links[name].open()
        for name in SERVERS:
            self.begin(name)
        await asyncio.gather(*(self.ready(name) for name in SERVERS))
        environment = programs.inherited() | self._environment(self.postgres.url(), self.valkey.url)
        self.people = await asyncio.to_thread(programs.prepare, environment)
        for name in PROCESSES:
            self.begin(name)
        self._supervisor = asyncio.create_task(self._supervise())
        await self.healthy()

    async def stop(self) -> None:
        """Ends everything. The folder is the caller's."""
        if self._supervisor is not None:
            self._supervisor.cancel()
        for child in reversed(self.children.values()):
            child.kill()
        for link in self.links.values():
            await link.close()
        self._block.release()

    # -- processes --------------------------------------------------------------

    def begin(self, name: str, *, module: str | None = None, environment: Mapping[str, str] | None = None) -> None:
        """Starts a process, the first time or again; `module` runs this once instead of what it usually runs."""
        child = self._child(name, self._modules | ({name: module} if module else {}))
        child.environment = {**child.environment, **(environment or {})}
        self.children[name] = child
        self._away.discard(name)
        self._began[name] = time()
        self.children[name].start()

    def send(self, name: str, number: signal.Signals) -> None:
        """Sends a signal to a process."""
        os.kill(self.pid(name), number)

    async def kill(self, name: str) -> None:
        """kill -9."""
        self._away.add(name)
        self.send(name, signal.SIGKILL)
        await self.ended(name)

    async def end(self, name: str) -> None:
        """SIGTERM, and all the time the process takes."""
        self._away.add(name)
        self.send(name, signal.SIGTERM)
        await self.ended(name)

    async def discard(self, name: str) -> None:
        """Ends a process for good."""
        await self.kill(name)
        del self.children[name]

    def forget_valkey(self) -> None:
        """Removes what Valkey kept."""
        for path in self.valkey.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    async def _supervise(self) -> None:
        """Starts again what ended by itself, as every supervisor does."""
        while True:
            await asyncio.sleep(RESTART_SECONDS)
            for name in PROCESSES:
                if name in self.children and name not in self._away and not self.children[name].running:
                    self.crashes.append(f"{name} ended with {self.children[name].exit_code}")
                    self.begin(name)

    async def ended(self, name: str) -> None:
        """Returns when a process has ended."""
        deadline = monotonic() + START_SECONDS
        while self.children[name].running:
            if monotonic() > deadline:
                raise StartFailed(f"{name} does not end")
            await asyncio.sleep(LOOK_SECONDS)

    def pid(self, name: str) -> int:
        """The number of a process."""
        process = self.children[name].process
        assert process is not None
        return process.pid

    def _child(self, name: str, modules: Mapping[str, str]) -> Child:
        log = self.folder / "log" / f"{name}.log"
        if name == "postgres":
            return self.postgres.child(log)
        if name == "valkey":
            return self.valkey.child(log)
        if name == "provider":
            line = [sys.executable, "-m", "chatbot.dev.fakellm", "--port", str(self.ports["provider"])]
            return Child(name, line, log, cwd=ROOT)
        environment = self._environment(
            self._by_way_of(f"{name}-postgres", self.postgres.url()), self._by_way_of(f"{name}-valkey", self.valkey.url)
        )
        if name in WEBS:
            place = {"HOST": "127.0.0.1", "PORT": str(self.ports[name])}
            environment |= {"ASGI_SERVER": programs.ASGI_SERVERS[name], **place}
        return Child(name, programs.command(name, self.folder, modules), log, cwd=ROOT, environment=environment)

    def _environment(self, database: str, cache: str) -> dict[str, str]:
        provider = f"http://127.0.0.1:{self.ports['engines-provider']}/v1"
        places = {"DATABASE_URL": database, "REDIS_URL": cache, "OPENAI_BASE_URL": provider}
        return {**VALUES, **self._secrets, **places, "VAR_DIR": str(self.folder)}

    def _by_way_of(self, link: str, url: str) -> str:
        parts = urlsplit(url)
        credentials = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{credentials}@127.0.0.1:{self.ports[link]}"))

    # -- readiness --------------------------------------------------------------

    async def healthy(self) -> None:
        """Heals every link and returns when all processes work, but those that were ended and not begun again."""
        for link in self.links.values():
            await link.heal()
        await asyncio.gather(*(self.ready(name) for name in self.children if name not in self._away))

    async def ready(self, name: str) -> None:
        """Returns when a process does its work; raises StartFailed when it does not within a minute."""
        deadline = monotonic() + START_SECONDS
        while not await self._answers(name):
            child = self.children[name]
            if not child.running and name == "postgres":
                # The memory that its predecessor shared may be held a moment longer.
                child.start()
            elif not child.running and name in SERVERS:
                raise StartFailed(f"{name} ended with {child.exit_code}:\n{child.last_lines()}")
            if monotonic() > deadline:
                raise StartFailed(f"{name} did not get ready:\n{child.last_lines()}")
            await asyncio.sleep(LOOK_SECONDS)

    async def _answers(self, name: str) -> bool:
        checks: dict[str, Callable[[], Awaitable[bool]]] = {
            "postgres": self._postgres_answers,
            "valkey": self._valkey_answers,
            "provider": lambda: self._logged(name, "http://"),
            "worker": self._worker_listens,
            **{web: lambda: self._web_answers(name) for web in WEBS},
            **{engine: lambda: self._engine_lives(name) for engine in ENGINES},
        }
        try:
            return await checks.get(name, lambda: self._beat_keeps_time(name))()
        except (OSError, psycopg.OperationalError, RedisError, aiohttp.ClientError, TimeoutError):
            return False

    async def _postgres_answers(self) -> bool:
        await asyncio.to_thread(self.postgres.wait_ready, Child("PostgreSQL", [], self.folder / "none"))
        return True

    async def _valkey_answers(self) -> bool:
        async with redis.asyncio.Redis.from_url(self.valkey.url, socket_timeout=2) as client:
            return bool(await client.ping())

    async def _web_answers(self, name: str) -> bool:
        url = f"http://127.0.0.1:{self.ports[name]}/health/ready"
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            return answer.status == 200

    async def _engine_lives(self, name: str) -> bool:
        pattern = f"engine:alive:*:{self.pid(name)}:*"
        async with redis.asyncio.Redis.from_url(self.valkey.url, socket_timeout=2) as client:
            return bool([key async for key in client.scan_iter(match=pattern, count=1_000)])

    async def _worker_listens(self) -> bool:
        async with redis.asyncio.Redis.from_url(self.valkey.url, socket_timeout=2) as client:
            # Of all processes only the worker subscribes to a pattern.
            return bool(await client.pubsub_numpat())

    async def _beat_keeps_time(self, name: str) -> bool:
        """Beat writes its schedule when it begins."""
        schedules = self.folder.glob(f"{name}-schedule*")
        return any(schedule.stat().st_mtime > self._began[name] for schedule in schedules)

    async def _logged(self, name: str, pattern: str) -> bool:
        child = self.children[name]
        logged = child.log.read_bytes()[child.log_began :] if child.log.exists() else b""
        return re.search(pattern.encode(), logged) is not None
