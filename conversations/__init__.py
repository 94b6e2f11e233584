"""Remembers: conversations and their messages."""
