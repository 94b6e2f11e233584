"""What conversations are made of."""

from conversations.models.attachment import Attachment
from conversations.models.conversation import Conversation, Summary
from conversations.models.feedback import Feedback
from conversations.models.file import DiscardedFile
from conversations.models.message import Message
from conversations.models.preset import Preset
from conversations.models.share import Share
from conversations.models.transfer import Export, Import
from conversations.models.word import SearchWord

__all__ = [
    "Attachment",
    "Conversation",
    "DiscardedFile",
    "Export",
    "Feedback",
    "Import",
    "Message",
    "Preset",
    "SearchWord",
    "Share",
    "Summary",
]
