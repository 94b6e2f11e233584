"""Calls the whole API in the ways that its schema allows and forbids."""
