"""The pages of this app."""

from django.urls import path

from streaming.views import send

urlpatterns = [path("send/", send, name="send")]
