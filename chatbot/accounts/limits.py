"""What a tier allows, as clients are told."""

from chatbot.accounts.models import Tier


def limits_of(tier: Tier) -> dict[str, int]:
    """The limits that a client can do something about."""
    return {
        "messages_per_minute": tier.messages_per_minute,
        "concurrent_generations": tier.concurrent_generations,
        "max_message_length": tier.max_message_length,
    }
