"""Keeps the images that a program hands in as attachments of its user."""

import binascii
import logging
from collections.abc import Iterable
from uuid import UUID

from django.core.files.uploadedfile import TemporaryUploadedFile

from chatbot.accounts.models import User
from chatbot.lib.errors import AppError
from conversations.attachments.services import MOST_IN_A_MESSAGE, store_attachment

logger = logging.getLogger(__name__)


def keep_pictures(user: User, urls: Iterable[str]) -> tuple[list[UUID], int]:
    """The attachments made of data URLs, in order, and how many could not be kept: too many for a message, no space
    left, damaged. A picture less must not cost the user the whole conversation.
    """
    ids: list[UUID] = []
    lost = 0
    for url in urls:
        if len(ids) == MOST_IN_A_MESSAGE:
            lost += 1
            continue
        try:
            ids.append(_keep(user, url))
        except (AppError, ValueError) as error:
            logger.warning("picture not kept", extra={"error": str(error)})
            lost += 1
    return ids, lost


def _keep(user: User, url: str) -> UUID:
    head, _, data = url.partition(",")
    media_type = head.removeprefix("data:").partition(";")[0]
    content = binascii.a2b_base64(data)
    with TemporaryUploadedFile(f"image.{media_type.rpartition('/')[2]}", media_type, len(content), None) as upload:
        upload.write(content)
        upload.flush()
        upload.seek(0)
        return store_attachment(user=user, upload=upload).pk
