"""Staff pages of moderation."""

from moderation.admin import appeals, policies, records

__all__ = ["appeals", "policies", "records"]
