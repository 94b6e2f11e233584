"""Routes of the REST doors of accounts."""

from django.urls import path

from chatbot.accounts.api.keys import KeyDetail, KeyList
from chatbot.accounts.api.me import ProfileDoor
from chatbot.accounts.api.tickets import TicketDoor
from chatbot.accounts.api.tokens import RefreshDoor, RevokeDoor, TokenDoor

urlpatterns = [
    path("auth/token/", TokenDoor.as_view(), name="api-token"),
    path("auth/token/refresh/", RefreshDoor.as_view(), name="api-token-refresh"),
    path("auth/token/revoke/", RevokeDoor.as_view(), name="api-token-revoke"),
    path("auth/ws-ticket/", TicketDoor.as_view(), name="api-ws-ticket"),
    path("auth/access-keys/", KeyList.as_view(), name="api-access-keys"),
    path("auth/access-keys/<uuid:key_id>/", KeyDetail.as_view(), name="api-access-key"),
    path("me/", ProfileDoor.as_view(), name="api-me"),
]
