"""All routes."""

from django.contrib import admin
from django.urls import include, path

from chatbot.health import live, ready
from chatbot.metrics import metrics

urlpatterns = [
    path("", include("conversations.urls")),
    path("", include("streaming.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("streaming.api.urls")),
    path("api/v1/", include("conversations.api.urls")),
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
]
