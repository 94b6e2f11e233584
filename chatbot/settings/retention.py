"""How long what nobody deletes is kept. Conversations are kept as long as the tier of their user says (admin)."""

from chatbot import env

# Days that verdicts with their appeals, and reports, are kept; 0: for ever.
VERDICT_RETENTION_DAYS = env.number("VERDICT_RETENTION_DAYS", 180)
