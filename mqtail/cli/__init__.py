"""The command line."""

from mqtail.cli.commands import cli, main

__all__ = ["cli", "main"]
