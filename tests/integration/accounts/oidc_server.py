"""An OpenID Connect provider on the network: discovery, keys, the code flow with PKCE, signed id tokens, user info.

It asks nobody: who comes is whoever `person` says. What it says can be bent, a part at a time.
"""

import asyncio
import base64
import hashlib
import secrets
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, Self
from urllib.parse import urlencode

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "chatbot-of-the-tests"
CLIENT_SECRET = "a secret between the two"
ALGORITHM = "RS256"
KEY_ID = "one"
CALL_SECONDS = 10.0


@dataclass
class Grant:
    """What was asked for when a code was given out."""

    challenge: str
    redirect_uri: str
    claims: dict[str, Any]


@dataclass
class OidcServer:
    """`with OidcServer() as server`: listens on 127.0.0.1 in a thread of its own."""

    person: dict[str, Any] = field(default_factory=dict)
    # What the user info says besides, and what the id token does.
    info: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    # An answer of this status takes the place of what a path gives.
    broken: dict[str, int] = field(default_factory=dict)
    denies: bool = False
    issuer: str = ""
    grants: dict[str, Grant] = field(default_factory=dict)
    spent: int = 0

    def __post_init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="oidc", daemon=True)
        self._runner: web.AppRunner | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        if self._runner:
            self._call(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_SECONDS)
        self._loop.close()

    def is_(self, subject: str, **claims: Any) -> None:
        """Whoever comes next is this person."""
        self.person = {"sub": subject, **claims}
        self.info, self.token, self.broken, self.denies = {}, {}, {}, False

    def _call(self, work: Any) -> None:
        done: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        done.result(CALL_SECONDS)

    async def _start(self) -> None:
        @web.middleware
        async def break_some(request: web.Request, handler: Any) -> Any:
            status = self.broken.get(request.path)
            return web.Response(status=status, text="no") if status else await handler(request)

        app = web.Application(middlewares=[break_some])
        app.router.add_get("/.well-known/openid-configuration", self._discover)
        app.router.add_get("/keys", self._keys)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/token", self._token)
        app.router.add_get("/userinfo", self._userinfo)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.issuer = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _discover(self, _: web.Request) -> web.Response:
        paths = {
            "authorization_endpoint": "/authorize",
            "token_endpoint": "/token",
            "userinfo_endpoint": "/userinfo",
            "jwks_uri": "/keys",
        }
        return web.json_response(
            {"issuer": self.issuer, **{name: self.issuer + path for name, path in paths.items()}}
            | {"token_endpoint_auth_methods_supported": ["client_secret_basic"]}
        )

    async def _keys(self, _: web.Request) -> web.Response:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return web.json_response({"keys": [{**public, "kid": KEY_ID, "alg": ALGORITHM, "use": "sig"}]})

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = request.query
        if asked["client_id"] != CLIENT_ID or asked["response_type"] != "code" or "openid" not in asked["scope"]:
            raise web.HTTPBadRequest
        answer = {"state": asked["state"]}
        if self.denies:
            answer["error"] = "access_denied"
        else:
            answer["code"] = secrets.token_urlsafe()
            self.grants[answer["code"]] = Grant(asked["code_challenge"], asked["redirect_uri"], dict(self.person))
        raise web.HTTPFound(f"{asked['redirect_uri']}?{urlencode(answer)}")

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        grant = self.grants.get(str(form.get("code")))
        verifier = str(form.get("code_verifier", "")).encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
        proper = request.headers.get("Authorization") == f"Basic {expected}"
        if not proper or grant is None or challenge != grant.challenge or form["redirect_uri"] != grant.redirect_uri:
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.spent += 1
        now = int(time.time())
        said = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, **grant.claims, **self.token}
        signed = jwt.encode(said, self._key, algorithm=ALGORITHM, headers={"kid": KEY_ID})
        return web.json_response({"access_token": form["code"], "token_type": "Bearer", "id_token": signed})

    async def _userinfo(self, request: web.Request) -> web.Response:
        grant = self.grants.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if grant is None:
            raise web.HTTPUnauthorized
        return web.json_response({**grant.claims, **self.info})
