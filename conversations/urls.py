"""The pages of this app."""

from django.urls import path

from conversations.shared_page import shared_page
from conversations.views import chat

urlpatterns = [
    path("", chat, name="chat"),
    path("c/<uuid:conversation_id>/", chat, name="conversation"),
    path("s/<str:token>/", shared_page, name="shared-page"),
]
