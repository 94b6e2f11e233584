"""People and what they may do: User, Tier, AccessKey."""
