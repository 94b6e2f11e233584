"""Routes of the doors that stream or write answers."""

from django.urls import path

from streaming.api.sse import answer_events, chat_stream
from streaming.api.usage import UsageDoor
from streaming.api.views import BatchDoor, EditDoor, MessagesDoor, ModelList, RegenerateDoor, RetryDoor, StopDoor

urlpatterns = [
    path("chat/batch/", BatchDoor.as_view(), name="api-chat-batch"),
    path("chat/stream/", chat_stream, name="api-chat-stream"),
    path("conversations/<uuid:conversation_id>/messages/", MessagesDoor.as_view(), name="api-messages"),
    path("messages/<uuid:message_id>/events/", answer_events, name="api-answer-events"),
    path("messages/<uuid:message_id>/edit/", EditDoor.as_view(), name="api-edit"),
    path("messages/<uuid:message_id>/regenerate/", RegenerateDoor.as_view(), name="api-regenerate"),
    path("messages/<uuid:message_id>/stop/", StopDoor.as_view(), name="api-stop"),
    path("messages/<uuid:message_id>/retry/", RetryDoor.as_view(), name="api-retry"),
    path("models/", ModelList.as_view(), name="api-models"),
    path("usage/", UsageDoor.as_view(), name="api-usage"),
]
