"""Talking to AWS: sign-in, clients, request budget, fast decoding, and what failures mean."""
