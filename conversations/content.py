"""What may be stored as the text of a message."""

from chatbot.lib.errors import InvalidInput, MessageTooLong


def check_content(content: str, *, max_length: int, may_be_empty: bool = False) -> None:
    """Raises InvalidInput or MessageTooLong unless `content` can be kept as it is. `max_length` is in characters.

    Only a message that brings something else `may_be_empty`. PostgreSQL stores every character but NUL; a lone
    surrogate is no character.
    """
    if not may_be_empty and not content.strip():
        raise InvalidInput("The message is empty.")
    if len(content) > max_length:
        raise MessageTooLong(
            f"The message has {len(content):,} characters; {max_length:,} are allowed.",
            details={"length": len(content), "max_length": max_length},
        )
    check_characters(content)


def check_characters(text: str) -> None:
    """Raises InvalidInput for NUL and lone surrogates."""
    if "\x00" in text:
        raise InvalidInput("The text contains a NUL character.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("The text contains half of a surrogate pair.") from error
