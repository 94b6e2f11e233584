"""The pages of this app."""

from django.urls import path

from conversations.exports import page
from conversations.pages.branches import show_branch
from conversations.pages.diagram import diagram
from conversations.pages.lists import conversation_list, search
from conversations.pages.presets import edit_preset, preset_list, remove_preset, set_up_chat
from conversations.pages.settings import (
    conversation_settings,
    export_conversation,
    mark_conversation,
    remove_conversation,
)
from conversations.pages.sharing import rate, share, unshare
from conversations.shared_page import shared_page
from conversations.views import chat

urlpatterns = [
    path("", chat, name="chat"),
    path("c/<uuid:conversation_id>/", chat, name="conversation"),
    path("c/<uuid:conversation_id>/show/<uuid:message_id>/", show_branch, name="show_branch"),
    path("c/<uuid:conversation_id>/settings/", conversation_settings, name="conversation_settings"),
    path("c/<uuid:conversation_id>/mark/", mark_conversation, name="mark_conversation"),
    path("c/<uuid:conversation_id>/export/", export_conversation, name="export_conversation"),
    path("c/<uuid:conversation_id>/delete/", remove_conversation, name="remove_conversation"),
    path("c/<uuid:conversation_id>/share/", share, name="share_conversation"),
    path("c/<uuid:conversation_id>/share/<uuid:share_id>/revoke/", unshare, name="unshare_conversation"),
    path("c/<uuid:conversation_id>/rate/<uuid:message_id>/", rate, name="rate_answer"),
    path("conversations/", conversation_list, name="conversations"),
    path("new/", set_up_chat, name="set_up_chat"),
    path("presets/", preset_list, name="presets"),
    path("presets/<uuid:preset_id>/", edit_preset, name="edit_preset"),
    path("presets/<uuid:preset_id>/delete/", remove_preset, name="remove_preset"),
    path("search/", search, name="search"),
    path("accounts/exports/", page.exports, name="account_exports"),
    path("accounts/exports/begin/", page.begin_export, name="account_begin_export"),
    path("accounts/exports/<uuid:export_id>/delete/", page.remove_export, name="account_remove_export"),
    path("diagram/", diagram, name="diagram"),
    path("s/<str:token>/", shared_page, name="shared-page"),
]
