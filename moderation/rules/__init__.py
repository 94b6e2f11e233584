"""Rules: what is looked for in a text. Plain Python without models."""
