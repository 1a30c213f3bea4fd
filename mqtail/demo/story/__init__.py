"""The stories that the embedded AWS tells: what its brokers log, and when.

All hosts, addresses and names are made up.
"""
