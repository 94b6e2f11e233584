"""Staff pages of moderation."""

from moderation.admin import appeals, policies, records, retention

__all__ = ["appeals", "policies", "records", "retention"]
