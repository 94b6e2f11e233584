"""The chat metrics of the contract. No label ever holds an id."""

from prometheus_client import Counter, Gauge, Histogram

MESSAGE_LATENCY = Histogram(
    "chat_message_latency_seconds",
    "Seconds from the acceptance of a message to the end of its answer.",
    ["model", "status"],
    buckets=(0.1, 0.5, 1, 2, 5, 10, 30),
)
FIRST_TOKEN = Histogram(
    "chat_first_token_seconds",
    "Seconds from the acceptance of a message to the first token of its answer.",
    ["model"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30),
)
TOKENS_PER_SECOND = Histogram(
    "chat_streaming_tokens_per_second",
    "Tokens a second of one answer, from its first token to its last.",
    ["model"],
    buckets=(5, 10, 20, 40, 60, 80, 120, 200, 400),
)
# `provider_misconfigured` wakes somebody up: a target refuses our key or knows no such model, and others answer for it.
ERRORS = Counter(
    "chat_errors_total", "Errors that callers were told, by their code; provider_misconfigured.", ["error_type"]
)
WEBSOCKETS = Gauge("chat_websocket_connections", "Open WebSockets.", multiprocess_mode="livesum")
MODERATION = Counter("chat_moderation_total", "Texts screened.", ["stage", "action"])
TOKENS = Counter("chat_tokens_total", "Tokens read and written by models.", ["model", "kind"])
CLIENT_ERRORS = Counter("chat_client_errors_total", "Errors that browsers report of our pages.", ["kind"])
CSP_VIOLATIONS = Counter(
    "chat_csp_violations_total", "What the Content-Security-Policy kept from happening, as browsers say.", ["directive"]
)
FEEDBACK = Counter("chat_feedback_total", "What users think of answers: up or down.", ["model", "rating"])
