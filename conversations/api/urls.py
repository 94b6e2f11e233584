"""Routes of the REST doors that only need this layer."""

from django.urls import path

from conversations.api.feedback import FeedbackDoor
from conversations.api.views import ConversationDetail, ConversationList, MessageDetail, SelectDoor

urlpatterns = [
    path("conversations/", ConversationList.as_view(), name="api-conversations"),
    path("conversations/<uuid:conversation_id>/", ConversationDetail.as_view(), name="api-conversation"),
    path("messages/<uuid:message_id>/", MessageDetail.as_view(), name="api-message"),
    path("messages/<uuid:message_id>/select/", SelectDoor.as_view(), name="api-select"),
    path("messages/<uuid:message_id>/feedback/", FeedbackDoor.as_view(), name="api-feedback"),
]
