"""How many tokens a text may have. No tokenizer is downloaded: the estimate is rather too high."""

# English runs at 4-5 bytes a token with common vocabularies, code and German at about 3, CJK at 2-3 bytes (UTF-8: 3 a
# character); the small vocabulary of SmolLM2 (49 k) needs more tokens than most. 3 bytes is on the safe side for text.
BYTES_PER_TOKEN = 3
# Role, separators and end mark of one message in ChatML.
TOKENS_PER_MESSAGE = 8


def estimate_tokens(text: str) -> int:
    """A conservative number of tokens in `text`."""
    return -(-len(text.encode(errors="replace")) // BYTES_PER_TOKEN)


def estimate_message(text: str) -> int:
    """A conservative number of tokens of one message with its frame."""
    return estimate_tokens(text) + TOKENS_PER_MESSAGE
