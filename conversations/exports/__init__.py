"""What users take away: one conversation, or the whole account.

Format, version 1. A conversation as JSON is one object, its messages last, by their numbers, parents first:

    {"format": "chatbot-conversation", "version": 1, "id", "source", "title", "model_config", "metadata", "archived",
     "pinned", "folder", "created_at", "last_message_at", "expires_at", "attachments": [...], "messages": [
        {"id", "parent_id", "role", "status", "content", "tokens", "sequence_number", "current", "metadata",
         "created_at", "feedback": {"rating", "reason", "comment", "created_at", "updated_at"} or null}, ...]}

All branches are there; `current` marks the one that the conversation shows. What moderation withholds has no content.
Markdown holds the branch that is shown, to be read. An account is a zip (conversations.exports.archive).
"""

VERSION = 1
