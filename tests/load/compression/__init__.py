"""The bench of compression: what a message costs in the database, in the archive and on the wire."""
