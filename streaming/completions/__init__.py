"""Calls of programs: each is bound to its request, asks the provider at once, and keeps no text unless told to."""
