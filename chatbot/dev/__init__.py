"""One machine without installed services: embedded PostgreSQL, Valkey and a local model. Plain Python, no Django."""
