"""Sign-in by OpenID Connect is configured by the environment, and refuses what is not safe."""

from pathlib import Path

import pytest

from tests.integration.project.test_settings import start, values

SOUND = {"OIDC_ISSUER": "https://id.example.org/", "OIDC_CLIENT_ID": "chat", "OIDC_CLIENT_SECRET": "s3cret"}


def test_without_an_issuer_there_is_none() -> None:
    assert values("SOCIALACCOUNT_PROVIDERS") == [{"openid_connect": {"APPS": []}}]


def test_an_issuer_makes_a_provider_with_a_proof_of_possession() -> None:
    providers, trusts, signup = values(
        "SOCIALACCOUNT_PROVIDERS", "SOCIALACCOUNT_EMAIL_AUTHENTICATION", "OIDC_SIGNUP", **SOUND, SIGNUP_OPEN="0"
    )
    (app,) = providers["openid_connect"]["APPS"]
    assert (app["client_id"], app["secret"]) == ("chat", "s3cret")
    assert app["settings"] == {"server_url": "https://id.example.org", "oauth_pkce_enabled": True}
    assert (trusts, signup) == (False, False)


def test_the_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    environment = {**SOUND, "OIDC_CLIENT_SECRET": None, "OIDC_CLIENT_SECRET_FILE": str(secret)}
    (providers,) = values("SOCIALACCOUNT_PROVIDERS", **environment)
    assert providers["openid_connect"]["APPS"][0]["secret"] == "from a file"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"OIDC_ISSUER": "http://id.example.org"}, "OIDC_ISSUER must begin with https://"),
        ({"OIDC_CLIENT_ID": None}, "OIDC_CLIENT_ID is not set"),
        ({"OIDC_CLIENT_SECRET": None}, "OIDC_CLIENT_SECRET is not set"),
        ({"OIDC_TRUST_EMAIL": "maybe"}, "OIDC_TRUST_EMAIL must be 1 or 0"),
    ],
)
def test_what_is_not_safe_or_not_whole_stops_the_start(change: dict[str, str | None], reason: str) -> None:
    process = start("OIDC_ISSUER", **{**SOUND, **change})
    assert process.returncode != 0
    assert reason in process.stderr
