"""The pages of this app."""

from django.urls import path

from conversations.exports import page
from conversations.pages.branches import show_branch
from conversations.shared_page import shared_page
from conversations.views import chat

urlpatterns = [
    path("", chat, name="chat"),
    path("c/<uuid:conversation_id>/", chat, name="conversation"),
    path("c/<uuid:conversation_id>/show/<uuid:message_id>/", show_branch, name="show_branch"),
    path("accounts/exports/", page.exports, name="account_exports"),
    path("accounts/exports/begin/", page.begin_export, name="account_begin_export"),
    path("accounts/exports/<uuid:export_id>/delete/", page.remove_export, name="account_remove_export"),
    path("s/<str:token>/", shared_page, name="shared-page"),
]
