"""What templates ask of conversations."""
