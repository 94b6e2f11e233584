"""What documents the doors of moderation."""

from chatbot.lib.errors import InvalidInput, NotFound
from chatbot.lib.openapi import Operation, Reply, describe, rename
from moderation.api.appeals import AppealInput, AppealList, AppealOutput
from moderation.api.reports import ReportDoor, ReportInput, ReportOutput

TAG = "Moderation"
VERDICT = "5b0f2f4c-6f5e-4a8e-8a3e-3f2f7a1c9d10"
MESSAGE = "a701a204-ce2d-8f30-8fc4-7f3a1c9d1055"
APPEAL = {
    "id": "0d9f2c1e-8a4b-4f8e-9d0a-7b6c5d4e3f21",
    "verdict_id": VERDICT,
    "message_id": MESSAGE,
    "stage": "prompt",
    "action": "block",
    "text": "I asked about kitchen knives.",
    "status": "open",
    "answer": "",
    "created_at": "2026-11-22T18:30:00Z",
    "decided_at": None,
}
REPORT = {
    "id": "4f1e2d3c-5b6a-4978-8a9b-0c1d2e3f4a5b",
    "message_id": MESSAGE,
    "reason": "harmful",
    "comment": "It tells how to hurt somebody.",
    "created_at": "2026-11-22T18:30:00Z",
}

rename("Appeal", AppealOutput)
rename("Report", ReportOutput)

describe(
    AppealList,
    get=Operation(
        id="list_appeals",
        tag=TAG,
        summary="List the own appeals",
        description="The newest first, with what became of them.",
        replies=[Reply(kind=AppealOutput(many=True), example=APPEAL)],
        errors=[InvalidInput],
    ),
    post=Operation(
        id="appeal",
        tag=TAG,
        summary="Appeal a verdict",
        description="The verdict on a message of one's own, named by its own id or by that of the message.",
        takes=AppealInput,
        sends={"verdict_id": VERDICT, "text": "I asked about kitchen knives."},
        replies=[
            Reply(status=201, kind=AppealOutput, example=APPEAL),
            Reply(status=200, kind=AppealOutput, example=APPEAL, description="It was appealed before"),
        ],
        errors=[InvalidInput, NotFound],
    ),
)
describe(
    ReportDoor,
    post=Operation(
        id="report_answer",
        tag=TAG,
        summary="Report an answer",
        description="Tells staff of an answer that should not be as it is.",
        takes=ReportInput,
        sends={"reason": "harmful", "comment": "It tells how to hurt somebody."},
        replies=[
            Reply(status=201, kind=ReportOutput, example=REPORT),
            Reply(status=200, kind=ReportOutput, example=REPORT, description="It was reported before"),
        ],
        errors=[InvalidInput, NotFound],
    ),
)
