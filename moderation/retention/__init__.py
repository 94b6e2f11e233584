"""What ends by rule: old conversations by tier, archived first where an archive is configured, and old verdicts."""
