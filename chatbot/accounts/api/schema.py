"""What documents the doors of accounts."""

from chatbot.accounts.api.keys import KeyDetail, KeyInput, KeyList, KeyOutput, NewKeyOutput
from chatbot.accounts.api.me import ProfileDoor, ProfileInput, ProfileOutput
from chatbot.accounts.api.tickets import TicketDoor, TicketOutput
from chatbot.accounts.api.tokens import LoginInput, RefreshDoor, RefreshInput, RevokeDoor, TokenDoor, TokensOutput
from chatbot.lib.errors import InvalidInput, NotFound, Unauthorized
from chatbot.lib.openapi import Operation, Reply, describe, rename

SIGN_IN, ACCOUNT = "Sign-in", "Account"
ID = "0b5f7a5e-3c1d-4e0a-9a55-0c4f6d1f0a11"
TOKENS = {
    "access": "eyJhbGciOiJIUzI1NiJ9.eyJ0eXAiOiJhY2Nlc3MifQ.c2ln",
    "refresh": "eyJhbGciOiJIUzI1NiJ9.eyJ0eXAiOiJyZWZyZXNoIn0.c2ln",
}
KEY = {
    "id": ID,
    "name": "nightly report",
    "start": "ck-3f9Qx",
    "scope": "chat",
    "active": True,
    "created_at": "2026-11-22T18:30:00Z",
    "expires_at": None,
    "last_used_at": "2026-11-22T19:02:00Z",
}
PROFILE = {
    "id": ID,
    "username": "ann",
    "email": "ann@example.org",
    "first_name": "Ann",
    "last_name": "Example",
    "is_staff": False,
    "date_joined": "2026-01-05T09:00:00Z",
    "tier": {"slug": "standard", "name": "Standard"},
    "limits": {
        "messages_per_minute": 20,
        "requests_per_minute": 600,
        "concurrent_generations": 3,
        "max_message_length": 32_000,
        "max_attachment_bytes": 20_000_000,
        "storage_bytes": 1_000_000_000,
        "retention_days": None,
    },
}

rename("Tokens", TokensOutput)
rename("AccessKey", KeyOutput)
rename("NewAccessKey", NewKeyOutput)
rename("Profile", ProfileOutput)
rename("Ticket", TicketOutput)

describe(
    TokenDoor,
    post=Operation(
        id="log_in",
        tag=SIGN_IN,
        summary="Log a program in",
        description="Tokens for name and password, and for the code of the second factor where the account has one.",
        takes=LoginInput,
        sends={"username": "ann", "password": "correct horse battery staple"},
        replies=[Reply(kind=TokensOutput, example=TOKENS)],
        errors=[InvalidInput, Unauthorized],
        public=True,
    ),
)
describe(
    RefreshDoor,
    post=Operation(
        id="refresh_tokens",
        tag=SIGN_IN,
        summary="Prolong a log-in",
        description=(
            "New tokens for a refresh token, which is spent by that. A spent one that comes again ends the log-in: "
            "somebody has a copy of it."
        ),
        takes=RefreshInput,
        sends={"refresh": TOKENS["refresh"]},
        replies=[Reply(kind=TokensOutput, example=TOKENS)],
        errors=[InvalidInput, Unauthorized],
        public=True,
    ),
)
describe(
    RevokeDoor,
    post=Operation(
        id="log_out",
        tag=SIGN_IN,
        summary="Log a program out",
        description="Ends the log-in that the refresh token belongs to, with its access tokens and sockets.",
        takes=RefreshInput,
        sends={"refresh": TOKENS["refresh"]},
        replies=[Reply(status=204)],
        errors=[InvalidInput, Unauthorized],
        public=True,
    ),
)
describe(
    TicketDoor,
    post=Operation(
        id="create_ticket",
        tag=SIGN_IN,
        summary="Get a ticket for a WebSocket",
        description="For clients that cannot send headers: `/ws/chat/?ticket=…` opens one socket.",
        replies=[Reply(kind=TicketOutput, example={"ticket": "Zm9vYmFy", "expires_in": 30})],
    ),
)
describe(
    KeyList,
    get=Operation(
        id="list_access_keys",
        tag=SIGN_IN,
        summary="List access keys",
        description="Those that are not revoked, newest first. An access key itself may not ask.",
        replies=[Reply(kind=KeyOutput(many=True), example=KEY)],
        errors=[InvalidInput],
    ),
    post=Operation(
        id="create_access_key",
        tag=SIGN_IN,
        summary="Create an access key",
        description="The answer holds the key itself, which nobody can read again.",
        takes=KeyInput,
        sends={"name": "nightly report", "scope": "chat"},
        replies=[Reply(status=201, kind=NewKeyOutput, example={**KEY, "key": "ck-3f9Qx0aYb7…"})],
        errors=[InvalidInput],
    ),
)
describe(
    KeyDetail,
    delete=Operation(
        id="revoke_access_key",
        tag=SIGN_IN,
        summary="Revoke an access key",
        description="Ends the key for good, and the sockets that it opened.",
        replies=[Reply(status=204)],
        errors=[NotFound],
    ),
)
describe(
    ProfileDoor,
    get=Operation(
        id="read_profile",
        tag=ACCOUNT,
        summary="Read the own profile",
        description="Who the caller is, and what their tier allows.",
        replies=[Reply(kind=ProfileOutput, example=PROFILE)],
    ),
    patch=Operation(
        id="change_profile",
        tag=ACCOUNT,
        summary="Change the own profile",
        description="Fields that are not given stay as they are. An access key may not do it.",
        takes=ProfileInput,
        sends={"first_name": "Ann"},
        replies=[Reply(kind=ProfileOutput, example=PROFILE)],
        errors=[InvalidInput],
    ),
)
