"""The provider that the environment names, and the time limits of a call. Further providers are added in the admin."""

from chatbot import env

OPENAI_BASE_URL = env.text("OPENAI_BASE_URL", "https://api.openai.com/v1")
OPENAI_API_KEY = env.text("OPENAI_API_KEY", "")
OPENAI_MODEL = env.text("OPENAI_MODEL", "gpt-5-mini")
OPENAI_CONTEXT_WINDOW = env.number("OPENAI_CONTEXT_WINDOW", 128_000)
OPENAI_MAX_OUTPUT_TOKENS = env.number("OPENAI_MAX_OUTPUT_TOKENS", 4_096)
OPENAI_PREFILL = env.flag("OPENAI_PREFILL")
# OpenAI's own chat models see; of others nobody knows.
OPENAI_VISION = env.flag("OPENAI_VISION", default=OPENAI_BASE_URL.startswith("https://api.openai.com/"))

# Seconds until a connection stands, until the first token, and between two tokens.
LLM_CONNECT_TIMEOUT = env.number("LLM_CONNECT_TIMEOUT", 5)
LLM_FIRST_TOKEN_TIMEOUT = env.number("LLM_FIRST_TOKEN_TIMEOUT", 60)
LLM_TOKEN_GAP_TIMEOUT = env.number("LLM_TOKEN_GAP_TIMEOUT", 30)

DEFAULT_SYSTEM_PROMPT = env.text("SYSTEM_PROMPT", "You are a helpful assistant. Answer clearly and to the point.")

# Seconds for which an engine remembers models and keys: so long may a change in the admin take.
CATALOGUE_SECONDS = env.number("CATALOGUE_SECONDS", 1)

# Bytes of one request to /v1/: what images take in it, mostly.
MAX_COMPLETION_BODY_BYTES = env.number("MAX_COMPLETION_BODY_BYTES", 20 * 1024 * 1024)
