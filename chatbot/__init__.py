"""The project: settings, doors' wiring, accounts, shared pieces. Importing it imports nothing else."""
