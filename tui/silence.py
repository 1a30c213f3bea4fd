"""Which target has no logs at all, as far as the readers can tell."""

from __future__ import annotations

from collections.abc import Sequence

from mqtail.status import ReaderStatus, State
from mqtail.targets import Target


def silent_target(targets: Sequence[Target], readers: Sequence[ReaderStatus]) -> str:
    """Name of a target none of whose logs is there; empty where each may have some.

    A log group without any log stream is no log yet. A serverless cluster has none by its nature.
    What is only available has not been looked at.

    Args:
        targets: all that were found.
        readers: all there are.
    """
    for target in targets:
        own = [reader for reader in readers if _is_log_of(reader, target)]
        missing = all(map(_is_missing, own)) if own else not target.logs
        if missing and target.engine != "SERVERLESS":
            return target.name
    return ""


def _is_log_of(reader: ReaderStatus, target: Target) -> bool:
    """Whether it reads a log that the target itself writes."""
    return reader.target == target.name and reader.kind != "api"


def _is_missing(reader: ReaderStatus) -> bool:
    """Whether what it reads is not there, or holds nothing."""
    empty = reader.listed and not reader.streams and reader.state is State.LIVE
    return empty or reader.state is State.WAITING
