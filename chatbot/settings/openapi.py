"""The OpenAPI schema (drf-spectacular)."""

from chatbot.settings.base import SITE_NAME

_TAGS = {
    "Sign-in": "Programs prove who they are by an access key or a token; browsers by their session.",
    "Account": "Who the caller is, and what is used and left.",
    "Conversations": "Threads of messages.",
    "Messages": "A tree in each conversation: edits and further answers are siblings.",
    "Chat": "Sending messages, and the models that answer.",
    "Presets": "Prompts that conversations begin with: one's own, and those that staff share.",
    "Attachments": "Files that messages bring.",
    "Search": "Over the caller's own messages.",
    "Shares": "Links to frozen conversations.",
    "Exports and imports": "What leaves and what comes.",
    "Moderation": "What users say about verdicts and answers.",
    "OpenAI": "The same models for any client of OpenAI's API.",
}

SPECTACULAR_SETTINGS = {
    "TITLE": SITE_NAME,
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": (
        'Errors are always `{"error": {"code", "message", "details"?, "retry_after"?}}`; lists are pages by '
        "cursor; ids are UUIDs; what belongs to somebody else is not found."
    ),
    "TAGS": [{"name": name, "description": description} for name, description in _TAGS.items()],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["chatbot.openapi.hooks.complete"],
    "SORT_OPERATION_PARAMETERS": False,
}
