"""The container files keep their promises: few rights, pinned images, health checks, commands and names that exist."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
APPS = ("chatbot", "conversations", "moderation", "streaming")
HEALTHCHECK = DOCKER / "healthcheck.py"

DOCKERFILE = (DOCKER / "Dockerfile").read_text()
COMPOSE = (DOCKER / "compose.yaml").read_text()
NGINX = (DOCKER / "nginx.conf").read_text()


def blocks(text: str, indent: int) -> dict[str, str]:
    """The keys of a YAML mapping that stand `indent` spaces in, each with the text up to the next."""
    parts = re.split(rf"^ {{{indent}}}([\w-]+):", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


SECTIONS = blocks(COMPOSE, 0)
SERVICES = blocks(SECTIONS["services"], 2)
STAGES = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)
LAST_STAGE = STAGES[-1]


def command_exists(name: str) -> bool:
    return any(list((ROOT / app).glob(f"**/management/commands/{name}.py")) for app in APPS)


def test_every_part_of_the_deployment_is_there() -> None:
    assert set(SERVICES) == {"prepare", "web", "engine", "worker", "beat", "postgres", "valkey", "nginx"}


def test_the_last_stage_is_not_root() -> None:
    (user,) = re.findall(r"^USER (\d+):\d+$", LAST_STAGE, re.MULTILINE)
    assert int(user) >= 1000


def test_the_last_stage_installs_nothing() -> None:
    assert not re.search(r"\b(apt-get|apk|pip|npm|gcc|build-essential)\b", LAST_STAGE)
    assert "--only-binary=:all:" in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE


def test_no_secret_is_baked_into_an_image() -> None:
    secret = r"\w*(?:SECRET|PASSWORD|ENCRYPTION|API_KEY)"
    assert not re.search(rf"^(?:ENV|ARG)?\s+{secret}", LAST_STAGE, re.MULTILINE)
    assert not re.search(rf"^(?:ENV|ARG) .*{secret}", DOCKERFILE, re.MULTILINE)
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"


def test_every_base_image_is_an_argument_pinned_to_a_version() -> None:
    defaults = dict(re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", DOCKERFILE, re.MULTILINE))
    stages: set[str] = set()
    for base, stage in re.findall(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, re.MULTILINE):
        assert base in stages or base.strip("${}") in defaults, base
        stages.add(stage)
    foreign = re.findall(r"image: \$\{\w+_IMAGE:-(\S+)\}", COMPOSE)
    assert len(foreign) == 2
    for image in [*defaults.values(), *foreign]:
        assert re.search(r":\d", image), image


@pytest.mark.parametrize("service", sorted(set(SERVICES) - {"prepare"}))
def test_a_long_running_service_is_watched_restarted_and_bounded(service: str) -> None:
    text = SERVICES[service]
    for key in ("healthcheck:", "stop_grace_period:", "limits:"):
        assert key in text, key
    assert "<<: *app" in text or "restart: unless-stopped" in text


def test_only_nginx_is_published() -> None:
    assert [name for name, text in SERVICES.items() if "ports:" in text] == ["nginx"]
    assert "data" not in re.findall(r"networks: \[(.*)\]", SERVICES["nginx"])[0]


def test_the_engine_is_given_longer_than_its_drain() -> None:
    (drain,) = re.findall(r'ENGINE_DRAIN_SECONDS: "(\d+)"', SERVICES["engine"])
    (grace,) = re.findall(r"stop_grace_period: (\d+)s", SERVICES["engine"])
    assert int(grace) > int(drain)


@pytest.mark.parametrize("service", [name for name, text in SERVICES.items() if "<<: *app" in text])
def test_the_command_of_a_service_exists(service: str) -> None:
    text = SERVICES[service]
    if "entrypoint: [celery, -A, chatbot.celery]" in text:
        assert (ROOT / "chatbot" / "celery.py").is_file()
        return
    (command,) = re.findall(r"command: \[(\w+)\]", text)
    assert command_exists(command)


def test_the_default_command_of_the_image_exists() -> None:
    assert 'ENTRYPOINT ["python", "manage.py"]' in LAST_STAGE
    (command,) = re.findall(r'^CMD \["(\w+)"\]$', LAST_STAGE, re.MULTILINE)
    assert command_exists(command)
    assert (ROOT / "manage.py").is_file()


def test_the_app_reads_every_variable_that_compose_sets() -> None:
    app = "\n".join(text for text in (SECTIONS["x-app"], *SERVICES.values()) if "POSTGRES_DB" not in text)
    names = {name.removesuffix("_FILE") for name in re.findall(r"^ {4,6}([A-Z][A-Z_]+): ", app, re.MULTILINE)}
    code = "\n".join(path.read_text() for folder in APPS for path in (ROOT / folder).glob("**/*.py"))
    assert len(names) > 10
    assert {name for name in names if f'"{name}"' not in code} == set()


def test_every_secret_is_a_file_that_the_readme_shows_how_to_make() -> None:
    readme = (DOCKER / "README.md").read_text()
    declared = set(re.findall(r"^  (\w+): \{file: \./secrets/\1\}$", SECTIONS["secrets"], re.MULTILINE))
    mounted = set(re.findall(r"\w+", " ".join(re.findall(r"secrets:(?: &\w+)? \[(.*)\]", COMPOSE))))
    assert declared == mounted
    assert {name for name in declared if not re.search(rf"(?:> |-out |-keyout ){name}\b", readme)} == set()
    assert {"secrets/", ".env"} <= set((DOCKER / ".gitignore").read_text().split())


def test_nginx_sets_the_forwarded_headers_itself() -> None:
    assert "$proxy_add_x_forwarded_for" not in NGINX
    headers = dict(re.findall(r"proxy_set_header (\S+) (\S+);", NGINX))
    assert headers["X-Forwarded-For"] == "$remote_addr"
    assert headers["X-Forwarded-Proto"] == "$scheme"
    # A location with a proxy_set_header of its own would lose all of these.
    assert not re.search(r"location [^}]*proxy_set_header", NGINX)


def test_nginx_lets_the_page_of_no_origin_load_its_scripts() -> None:
    static = NGINX[NGINX.index("location ^~ /static/") : NGINX.index("location ^~ /ws/")]
    # Headers of an outer block do not count in an inner one that adds some of its own.
    assert static.count("add_header Access-Control-Allow-Origin * always;") == static.count("location ") == 2


def test_nginx_keeps_metrics_inside() -> None:
    assert re.search(r"location \^~ /metrics \{\s+return 403;", NGINX)


@pytest.mark.parametrize("path", ["/api/v1/chat/stream/", "/api/v1/messages/0198/events/", "/v1/chat/completions"])
def test_nginx_does_not_hold_back_streams(path: str) -> None:
    pattern, body = next(iter(re.findall(r"location ~ (\^\S+) \{([^}]*proxy_buffering off;[^}]*)\}", NGINX)))
    assert re.search(pattern, path)
    assert "proxy_pass http://web;" in body


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = self.path == "/health/ready" and self.headers["Host"] == "chat.example.org"
        self.send_response(200 if known else 400)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: pytest's output is for failures."""


@pytest.fixture
def health_port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), _Health) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def checked(*arguments: str) -> int:
    command = [sys.executable, str(HEALTHCHECK), *arguments]
    environment = {"ALLOWED_HOSTS": "chat.example.org,other"}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def test_the_health_check_asks_as_an_allowed_host_and_needs_200(health_port: int) -> None:
    assert checked("http", str(health_port), "/health/ready") == 0
    assert checked("http", str(health_port), "/elsewhere") == 1


def test_the_health_check_fails_when_nothing_listens_and_when_misused() -> None:
    with HTTPServer(("127.0.0.1", 0), _Health) as server:
        free_port = server.server_port
    assert checked("http", str(free_port), "/health/ready") == 1
    assert checked("nonsense") == 2


def test_the_health_check_knows_a_fresh_file(tmp_path: Path) -> None:
    assert checked("fresh", str(tmp_path / "schedule"), "60") == 1
    (tmp_path / "schedule.db").touch()
    assert checked("fresh", str(tmp_path / "schedule"), "60") == 0
