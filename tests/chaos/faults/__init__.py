"""Faults, by what they strike."""
