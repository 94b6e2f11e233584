"""Writes: what users do to messages and their answers."""

from streaming.services.control import retry_generation, stop_generation
from streaming.services.requests import Edit, NewMessage, Regeneration
from streaming.services.submission import edit_message, regenerate_answer, submit_message

__all__ = [
    "Edit",
    "NewMessage",
    "Regeneration",
    "edit_message",
    "regenerate_answer",
    "retry_generation",
    "stop_generation",
    "submit_message",
]
