"""Writes answers: claims generations, streams from providers, publishes."""
