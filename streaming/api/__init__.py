"""The REST and SSE doors of streaming."""
