"""Takes the power out of chat-template control tokens in text that goes to a model. What is stored stays as written."""

import re

# A word joiner is invisible, and splits the token in every tokenizer.
JOINER = "\u2060"

# No token has a space inside, so `a <| b |> c` in somebody's program stays as it is.
_TOKENS = re.compile(
    r"<[|\uff5c][^\s|<>\uff5c]{1,60}[|\uff5c]>|\[\|[^\s|\[\]]{1,40}\|\]"  # ChatML, Llama 3, Phi, DeepSeek, EXAONE
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]|<</?SYS>>|</?s>"  # Llama 2, Mistral
    r"|</?(?:start_of_turn|end_of_turn|bos|eos|unk|pad)>"  # Gemma
    r"|</?(?:think|tool_calls?|tool_responses?)>|<[a-z]{1,20}_token>",  # Qwen, Hermes, older Command
    re.IGNORECASE,
)
# White space without line ends: with them a text of many empty lines would take quadratic time.
_ROLE = re.compile(
    r"^([^\S\n]*(?:(?:###[^\S\n]*)?(?:system|assistant|user|human|developer)|###[^\S\n]*(?:instruction|response)))"
    r"([^\S\n]*:)",
    re.IGNORECASE | re.MULTILINE,
)


def neutralise(text: str) -> str:
    """`text` in which no piece is a control token or the beginning of another speaker's turn."""
    text = _TOKENS.sub(lambda match: match[0][0] + JOINER + match[0][1:], text)
    return _ROLE.sub(rf"\1{JOINER}\2", text)
