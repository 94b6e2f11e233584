"""The WebSocket door (contract 3.4): parse a frame, cross into one service, translate the outcome."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import InterfaceError, OperationalError

from chatbot.accounts.credentials import Caller
from chatbot.accounts.handshake import admit, claim_of
from chatbot.accounts.limits import limits_of
from chatbot.lib import metrics
from chatbot.lib.api import as_app_error
from chatbot.lib.db import in_db
from chatbot.lib.errors import AppError, InvalidFrame, Overloaded, Unauthorized
from streaming import events, services
from streaming.follow import follow_answer
from streaming.log import Entry
from streaming.nudges import group_of
from streaming.rights import rights_watch
from streaming.selectors import NEW, AnswerState

logger = logging.getLogger(__name__)

POLICY_VIOLATION = 1008
TOO_BIG = 1009
TRY_AGAIN_LATER = 1013
# Answers that one socket may follow at the same time.
MAX_FOLLOWS = 50


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One socket of one client, for all its conversations."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caller: Caller | None = None
        self._follows: dict[UUID, asyncio.Task[None]] = {}
        self._group = ""

    async def __call__(self, *args: Any) -> None:
        """Cleans up however the socket ends: Channels calls `disconnect` only when nothing broke before."""
        try:
            await super().__call__(*args)
        finally:
            self._clean_up()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Calls the handler directly: Channels would hop to a thread at every event to close old connections, and this
        consumer touches the database only through `in_db`, which does that.
        """
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        """Accepts, then authenticates: a close code reaches the client only on an accepted socket."""
        await self.accept()
        try:
            # First the group, then the right: whatever takes it away from now on is heard.
            claim = await claim_of(self.scope)
            if claim.user_id is not None:
                self._group = group_of(claim.user_id)
                await self.channel_layer.group_add(self._group, self.channel_name)
            caller = await in_db(admit, claim)
        except AppError as error:
            await self._refuse(error)
            return
        self.caller = caller
        metrics.WEBSOCKETS.inc()
        rights_watch().begin(self._check_rights)
        await self._send(events.Ready(user_id=str(caller.user.id), limits=limits_of(caller.user.tier)))

    async def disconnect(self, code: int) -> None:
        """Leaves the user's group; the answers go on."""
        if self._group:
            await self.channel_layer.group_discard(self._group, self.channel_name)

    def _clean_up(self) -> None:
        if self.caller is not None:
            metrics.WEBSOCKETS.dec()
            self.caller = None
            rights_watch().end(self._check_rights)
        for task in list(self._follows.values()):
            task.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One frame; whatever is wrong with it is told in an `error` frame."""
        if self.caller is None:
            return
        if len(bytes_data or (text_data or "").encode(errors="replace")) > settings.MAX_FRAME_BYTES:
            await self.close(code=TOO_BIG, reason="Frame too large")
            return
        frame: events.ClientFrame | None = None
        try:
            if text_data is None:
                raise InvalidFrame("Send text frames.")
            frame = self._parse(text_data)
            await self._handle(frame, self.caller)
        except AppError as error:
            await self._send_error(error, frame)
        except Exception as error:
            logger.exception("frame failed", extra={"frame": type(frame).__name__})
            await self._send_error(as_app_error(error), frame)

    def _parse(self, text: str) -> events.ClientFrame:
        try:
            frame: events.ClientFrame = events.decode_frame(text)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            raise InvalidFrame(f"The frame is not valid: {error}") from error
        return frame

    async def _handle(self, frame: events.ClientFrame, caller: Caller) -> None:
        match frame:
            case events.MessageSend():
                new = services.NewMessage(
                    client_message_id=frame.client_message_id,
                    content=frame.content,
                    conversation_id=frame.conversation_id,
                    parent_id=frame.parent_id,
                    model=frame.model,
                    attachments=tuple(frame.attachments),
                )
                await self._accept(caller, await in_db(services.submit_message, user=caller.user, new=new))
            case events.MessageEdit():
                edit = services.Edit(
                    client_message_id=frame.client_message_id, message_id=frame.message_id, content=frame.content
                )
                await self._accept(caller, await in_db(services.edit_message, user=caller.user, edit=edit))
            case events.MessageRegenerate():
                request = services.Regeneration(
                    client_message_id=frame.client_message_id, message_id=frame.message_id, model=frame.model
                )
                await self._accept(caller, await in_db(services.regenerate_answer, user=caller.user, request=request))
            case events.GenerationFollow():
                self._follow(caller, frame.message_id, frame.after_seq)
            case events.GenerationUnfollow():
                if task := self._follows.pop(frame.message_id, None):
                    task.cancel()
            case events.GenerationStop():
                await in_db(services.stop_generation, user=caller.user, message_id=frame.message_id)
            case events.Ping():
                await self._send(events.Pong())

    async def _accept(self, caller: Caller, accepted: events.Accepted) -> None:
        """Acknowledges and follows the answer: what goes wrong with that no longer concerns the message."""
        await self._send(accepted)
        message_id = UUID(accepted.assistant_message["id"])
        try:
            self._follow(caller, message_id, 0, None if accepted.duplicate else NEW)
        except AppError as error:
            await self._send_error(error, message_id=message_id)

    def _follow(self, caller: Caller, message_id: UUID, after_seq: int, state: AnswerState | None = None) -> None:
        if earlier := self._follows.pop(message_id, None):
            earlier.cancel()
        if len(self._follows) >= MAX_FOLLOWS:
            raise InvalidFrame(f"One socket may follow {MAX_FOLLOWS} answers at the same time.")
        source = follow_answer(user=caller.user, message_id=message_id, after_seq=after_seq, state=state)
        task = asyncio.create_task(self._forward(message_id, source))
        self._follows[message_id] = task
        task.add_done_callback(lambda done: self._unfollowed(message_id, done))

    def _unfollowed(self, message_id: UUID, task: asyncio.Task[None]) -> None:
        if self._follows.get(message_id) is task:
            del self._follows[message_id]

    async def _forward(self, message_id: UUID, source: AsyncIterator[Entry | None]) -> None:
        try:
            async for entry in source:
                if entry is not None:
                    await self._send_text(entry.payload.decode())
        except AppError as error:
            await self._send_error(error, message_id=message_id)
        except Exception as error:
            logger.exception("follow failed", extra={"answer": str(message_id)})
            await self._send_error(as_app_error(error), message_id=message_id)

    # -- from the channel layer -------------------------------------------------

    async def news_changed(self, news: dict[str, Any]) -> None:
        """A conversation of the user changed."""
        if self.caller is not None:
            await self._send(events.ConversationChanged(conversation=news["conversation"]))

    async def news_deleted(self, news: dict[str, Any]) -> None:
        """A conversation of the user is gone."""
        if self.caller is not None:
            await self._send(events.ConversationDeleted(conversation_id=news["conversation_id"]))

    async def rights_check(self, news: dict[str, Any]) -> None:
        """Rights may have changed."""
        rights_watch().hurry(self._check_rights)

    async def _check_rights(self) -> bool:
        """Asks again who is calling, and closes the socket when the right is gone; False when nobody could tell."""
        if self.caller is None:
            return True
        try:
            caller = await in_db(admit, self.caller.credential)
        except AppError as error:
            await self._refuse(error)
        except (OperationalError, InterfaceError):
            logger.warning("rights not checked", exc_info=True)
            return False
        else:
            if self.caller is not None:
                self.caller = caller
        return True

    # -- out ----------------------------------------------------------------------

    async def _refuse(self, error: AppError) -> None:
        if isinstance(error, Overloaded):
            await self.close(code=TRY_AGAIN_LATER, reason="Try again later")
            return
        reason = "Unauthorized" if isinstance(error, Unauthorized) else "Forbidden"
        await self.close(code=POLICY_VIOLATION, reason=reason)

    async def _send(self, event: msgspec.Struct) -> None:
        await self._send_text(events.encode(event).decode())

    async def _send_text(self, text: str) -> None:
        """Sends a frame. One that meets a lost peer is dropped: the news of the loss is on its way."""
        try:
            await self.base_send({"type": "websocket.send", "text": text})
        except OSError:
            logger.debug("frame dropped")

    async def _send_error(
        self, error: AppError, frame: events.ClientFrame | None = None, message_id: UUID | None = None
    ) -> None:
        metrics.ERRORS.labels(error.code).inc()
        client_message_id = getattr(frame, "client_message_id", None)
        about = message_id or getattr(frame, "message_id", None)
        await self._send(
            events.Error(
                code=error.code,
                message=error.message,
                retry_after=error.retry_after,
                client_message_id=str(client_message_id) if client_message_id else None,
                message_id=str(about) if about else None,
                details=error.details,
                fallback_suggestions=error.fallback_suggestions or None,
            )
        )
