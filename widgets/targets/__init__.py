"""Brokers and clusters to choose from."""
