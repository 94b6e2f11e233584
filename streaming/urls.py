"""The pages of this app."""

from django.urls import path

from streaming.views.answers import edit, regenerate, retry, stop
from streaming.views.sending import send
from streaming.views.usage import usage

_MESSAGE = "c/<uuid:conversation_id>/{}/<uuid:message_id>/"

urlpatterns = [
    path("send/", send, name="send"),
    path("usage/", usage, name="usage"),
    path(_MESSAGE.format("edit"), edit, name="edit_message"),
    path(_MESSAGE.format("regenerate"), regenerate, name="regenerate_answer"),
    path(_MESSAGE.format("retry"), retry, name="retry_answer"),
    path(_MESSAGE.format("stop"), stop, name="stop_answer"),
]
