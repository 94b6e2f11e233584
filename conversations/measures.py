"""How long and how large what people say of a conversation may be."""

TITLE_LENGTH = 200
FOLDER_LENGTH = 80
MODEL_LENGTH = 100
SYSTEM_PROMPT_LENGTH = 20_000
TEMPERATURES = (0, 2)
MOST_TOKENS = 1_000_000
