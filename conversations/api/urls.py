"""Routes of the REST doors that only need this layer."""

from django.urls import path

from conversations.api.attachments import AttachmentDetail, AttachmentFile, AttachmentList, AttachmentThumbnail
from conversations.api.exports import ExportDetail, ExportFile, ExportList
from conversations.api.feedback import FeedbackDoor
from conversations.api.imports import ImportDetail, ImportList
from conversations.api.presets import PresetDetail, PresetList
from conversations.api.search import SearchDoor
from conversations.api.shares import ShareDetail, ShareList
from conversations.api.views import ConversationDetail, ConversationList, MessageDetail, SelectDoor

urlpatterns = [
    path("attachments/", AttachmentList.as_view(), name="api-attachments"),
    path("attachments/<uuid:attachment_id>/", AttachmentDetail.as_view(), name="api-attachment"),
    path("attachments/<uuid:attachment_id>/file/", AttachmentFile.as_view(), name="api-attachment-file"),
    path("attachments/<uuid:attachment_id>/thumbnail/", AttachmentThumbnail.as_view(), name="api-attachment-thumbnail"),
    path("conversations/", ConversationList.as_view(), name="api-conversations"),
    path("conversations/<uuid:conversation_id>/", ConversationDetail.as_view(), name="api-conversation"),
    path("exports/", ExportList.as_view(), name="api-exports"),
    path("exports/<uuid:export_id>/", ExportDetail.as_view(), name="api-export"),
    path("exports/<uuid:export_id>/file/", ExportFile.as_view(), name="api-export-file"),
    path("imports/", ImportList.as_view(), name="api-imports"),
    path("imports/<uuid:import_id>/", ImportDetail.as_view(), name="api-import"),
    path("messages/<uuid:message_id>/", MessageDetail.as_view(), name="api-message"),
    path("messages/<uuid:message_id>/feedback/", FeedbackDoor.as_view(), name="api-feedback"),
    path("messages/<uuid:message_id>/select/", SelectDoor.as_view(), name="api-select"),
    path("presets/", PresetList.as_view(), name="api-presets"),
    path("presets/<uuid:preset_id>/", PresetDetail.as_view(), name="api-preset"),
    path("search/", SearchDoor.as_view(), name="api-search"),
    path("shares/", ShareList.as_view(), name="api-shares"),
    path("shares/<uuid:share_id>/", ShareDetail.as_view(), name="api-share"),
]
