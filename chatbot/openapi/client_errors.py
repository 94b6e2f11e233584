"""Documents the door of client errors."""

from chatbot.lib.errors import InvalidInput
from chatbot.lib.openapi import Operation, Reply, describe, rename
from chatbot.reports.client_errors import ClientErrorDoor, ClientErrorInput

rename("ClientError", ClientErrorInput)

describe(
    ClientErrorDoor,
    post=Operation(
        id="report_client_error",
        tag="Account",
        summary="Report an error of a page",
        description=(
            "For the scripts of our pages, ten a minute, 8 KiB at most. Query strings and ids are taken out, longer "
            "texts are cut, and nothing of it is ever sent back. A page that is being left sends it with "
            "`fetch(…, {keepalive: true})`, which unlike `sendBeacon` can name its CSRF token."
        ),
        takes=ClientErrorInput,
        sends={
            "kind": "error",
            "message": "TypeError: row is null",
            "stack": "draw@https://chat.example.org/static/chat.3f2a9c1b4d5e.js:12:4031",
            "url": "https://chat.example.org/",
            "line": 12,
            "column": 4031,
            "release": "3f2a9c1b4d5e",
        },
        replies=[Reply(status=204, description="Taken")],
        errors=[InvalidInput],
    ),
)
