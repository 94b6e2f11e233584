"""The scripted fake provider: a real HTTP server that speaks the OpenAI API and fails on request."""

from chatbot.dev.fakellm.deadend import DeadEnd
from chatbot.dev.fakellm.moderation import ModerationScript
from chatbot.dev.fakellm.received import Received
from chatbot.dev.fakellm.script import Script, ScriptError
from chatbot.dev.fakellm.server import FakeLLM
from chatbot.dev.fakellm.thread import FakeLLMThread

__all__ = ["DeadEnd", "FakeLLM", "FakeLLMThread", "ModerationScript", "Received", "Script", "ScriptError"]
