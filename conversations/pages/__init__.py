"""The pages of conversations. All that people do here works with links and forms alone."""
