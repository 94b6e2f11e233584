"""Routes of the door for OpenAI's clients."""

from django.urls import path, re_path

from streaming.openai_api.views import chat_completions, model, models, nothing

urlpatterns = [
    path("chat/completions", chat_completions, name="openai-chat-completions"),
    path("models", models, name="openai-models"),
    path("models/<path:slug>", model, name="openai-model"),
    re_path("", nothing),
]
