"""The further places that logs are delivered to: which are left, and what reading them means."""

from __future__ import annotations

from collections.abc import Sequence

from mqtail.status import ReaderStatus, State
from widgets.states import at_work, title

MOST_NAMES = 3
"""Logs that a notice names one by one."""


def available(readers: Sequence[ReaderStatus]) -> list[ReaderStatus]:
    """The readers of logs that are delivered to a further place and not read there."""
    return [reader for reader in readers if reader.state is State.AVAILABLE]


def reading_also(chosen: Sequence[ReaderStatus], readers: Sequence[ReaderStatus]) -> str:
    """What to say of these logs, which have begun to be read, among all readers."""
    names = [title(reader) for reader in chosen]
    if len(names) > MOST_NAMES:
        names = [f"{len(names)} further logs"]
    said = f"Reading {', '.join(names)}"
    logs = [(reader.target, reader.kind) for reader in at_work(readers)]
    if any(logs.count((reader.target, reader.kind)) > 1 for reader in chosen):
        said += ": the same events now show once for each destination"
    return said
