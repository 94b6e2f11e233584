"""Judges: policies, verdicts and the audit log."""
