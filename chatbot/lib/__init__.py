"""Shared pieces without models. Nothing here imports an app."""
