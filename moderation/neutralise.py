"""Takes the power out of chat-template control tokens in text that goes to a model. What is stored stays as written."""

import re

# A word joiner is invisible, and splits the token in every tokenizer.
JOINER = "\u2060"

_TOKENS = re.compile(
    r"<\|[^|<>\n]{1,40}\|>"  # ChatML, Llama 3, Phi
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]|<</?SYS>>|</?s>"  # Llama 2, Mistral
    r"|</?(?:start_of_turn|end_of_turn|bos|eos)>",  # Gemma
    re.IGNORECASE,
)
_ROLE = re.compile(r"^(\s*(?:system|assistant|user|human|developer))(\s*:)", re.IGNORECASE | re.MULTILINE)


def neutralise(text: str) -> str:
    """`text` in which no piece is a control token or the beginning of another speaker's turn."""
    text = _TOKENS.sub(lambda match: match[0][0] + JOINER + match[0][1:], text)
    return _ROLE.sub(rf"\1{JOINER}\2", text)
