"""The call to a language model. Plain Python: no Django, no models."""
