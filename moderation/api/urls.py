"""Routes of what users say about verdicts and answers."""

from django.urls import path

from moderation.api.appeals import AppealList
from moderation.api.reports import ReportDoor

urlpatterns = [
    path("messages/<uuid:message_id>/report/", ReportDoor.as_view(), name="api-report"),
    path("moderation/appeals/", AppealList.as_view(), name="api-appeals"),
]
