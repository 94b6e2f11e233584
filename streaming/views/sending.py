"""The form behind the composer. What was written comes back with the reason when it cannot be sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from chatbot.accounts.models import User
from chatbot.lib.api import error_headers
from chatbot.lib.errors import AppError, IdempotencyConflict, InvalidInput, NotFound
from chatbot.lib.trusted_types import with_trusted_types
from conversations.attachments.selectors import attachments_of
from conversations.attachments.services import store_attachment
from conversations.models import Attachment
from conversations.pages.access import ChatRequest, chat_page
from conversations.pages.chat import Draft, show_chat
from conversations.pages.outcomes import to_conversation
from streaming.selectors import sent_before
from streaming.services import NewMessage, submit_message
from streaming.views.reading import read_client_message_id, read_files, read_id, read_text

SENT_BEFORE = "This page has sent a message already. Send once more, and this one goes out too."
CONVERSATION_GONE = "That conversation is not there any more. Send once more, and a new one begins."


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest) -> HttpResponse:
    """Takes a message and shows its conversation."""
    if request.method != "POST":
        return redirect("chat")
    # Files go to the disk. That has to be said before the form is read, which the CSRF check does.
    request.upload_handlers = [TemporaryFileUploadHandler(request)]
    return csrf_protect(_send)(request)


@dataclass(slots=True, kw_only=True)
class _Attempt:
    """What the form holds, and what has been stored of its files so far."""

    content: str
    model: str
    temporary: bool
    client_message_id: UUID = field(default_factory=uuid4)
    conversation_id: UUID | None = None
    attachments: list[Attachment] = field(default_factory=list)

    def as_message(self) -> NewMessage:
        """The message for the service."""
        return NewMessage(
            client_message_id=self.client_message_id,
            content=self.content,
            conversation_id=self.conversation_id,
            model=self.model or None,
            attachments=tuple(attachment.pk for attachment in self.attachments),
            temporary=self.temporary and self.conversation_id is None,
        )

    def as_draft(self, error: str) -> Draft:
        """The same in the composer."""
        return Draft(
            client_message_id=self.client_message_id,
            content=self.content,
            model=self.model,
            temporary=self.temporary,
            attachments=self.attachments,
            error=error,
        )


@with_trusted_types
@chat_page
def _send(request: ChatRequest) -> HttpResponse:
    attempt = _Attempt(
        content=read_text(request), model=request.POST.get("model", ""), temporary="temporary" in request.POST
    )
    try:
        attempt.client_message_id = read_client_message_id(request)
        attempt.conversation_id = read_id(request, "conversation_id")
        attempt.attachments = _kept(request.user, request.POST.getlist("attachments"))
        _store(request.user, attempt, read_files(request))
        accepted = submit_message(user=request.user, new=attempt.as_message())
    except IdempotencyConflict as error:
        names = [attachment.name for attachment in attempt.attachments]
        earlier = sent_before(user=request.user, client_message_id=attempt.client_message_id)
        if earlier and (earlier.content, earlier.files) == (attempt.content, names):
            return to_conversation(earlier.conversation_id)
        attempt.client_message_id = uuid4()
        return _refuse(request, attempt, error, SENT_BEFORE)
    except AppError as error:
        return _refuse(request, attempt, error, error.message)
    return to_conversation(accepted.conversation_id)


def _kept(user: User, ids: Sequence[str]) -> list[Attachment]:
    """The files that came with an earlier attempt and are not taken out; raises InvalidInput."""
    try:
        wanted = [UUID(value) for value in ids[:100]]
    except ValueError as error:
        raise InvalidInput("`attachments` are not ids.") from error
    return list(attachments_of(user).filter(pk__in=wanted).order_by("id")) if wanted else []


def _store(user: User, attempt: _Attempt, uploads: Sequence[TemporaryUploadedFile]) -> None:
    """Takes the files in. Those before one that cannot be taken stay with the attempt."""
    for upload in uploads:
        try:
            attempt.attachments.append(store_attachment(user=user, upload=upload))
        except AppError as error:
            error.message = f"{upload.name}: {error.message}"
            raise


def _refuse(request: ChatRequest, attempt: _Attempt, error: AppError, words: str) -> HttpResponse:
    """The page with what was written, and why it was not sent."""
    try:
        response = show_chat(
            request, conversation_id=attempt.conversation_id, draft=attempt.as_draft(words), status=error.status
        )
    except NotFound:
        attempt.conversation_id = None
        response = show_chat(request, draft=attempt.as_draft(CONVERSATION_GONE), status=error.status)
    for name, value in error_headers(error).items():
        response[name] = value
    return response
