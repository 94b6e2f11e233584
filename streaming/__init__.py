"""Speaks: providers, generations, the engine, and the doors that stream."""
