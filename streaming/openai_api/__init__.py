"""The door for OpenAI's clients: `/v1/`, with OpenAI's objects, errors and headers."""
