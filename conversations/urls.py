"""The pages of this app."""

from django.urls import path

from conversations.views import chat

urlpatterns = [
    path("", chat, name="chat"),
    path("c/<uuid:conversation_id>/", chat, name="conversation"),
]
