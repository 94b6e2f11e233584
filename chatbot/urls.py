"""All routes."""

from django.contrib import admin
from django.urls import include, path

from chatbot.app_shell import manifest, offline, service_worker
from chatbot.health import live, ready
from chatbot.metrics import metrics
from chatbot.openapi.views import docs, schema
from chatbot.reports.client_errors import ClientErrorDoor
from chatbot.reports.violations import csp_report

handler400 = "chatbot.error_pages.bad_request"
handler403 = "chatbot.error_pages.permission_denied"
handler404 = "chatbot.error_pages.page_not_found"
handler500 = "chatbot.error_pages.server_error"

urlpatterns = [
    path("", include("conversations.urls")),
    path("", include("streaming.urls")),
    path("accounts/", include("chatbot.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/client-errors/", ClientErrorDoor.as_view(), name="api-client-errors"),
    path("api/v1/", include("streaming.api.urls")),
    path("api/v1/", include("moderation.api.urls")),
    path("api/v1/", include("conversations.api.urls")),
    path("api/v1/", include("chatbot.accounts.api.urls")),
    path("api/schema/", schema, name="api-schema"),
    path("api/docs/", docs, name="api-docs"),
    path("v1/", include("streaming.openai_api.urls")),
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("service-worker.js", service_worker, name="service-worker"),
    path("offline/", offline, name="offline"),
    path("csp-report/", csp_report, name="csp-report"),
]
