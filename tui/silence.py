"""Which targets have no logs at all, as far as the readers can tell, and when to speak of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from mqtail.printable import printable
from mqtail.status import ReaderStatus, State
from mqtail.targets import Target
from widgets.states import is_missing


class Remedy(Enum):
    """What to do about silent targets."""

    NOTHING = 0
    OPEN = 1
    """Open the setup check."""
    TELL = 2
    """Say that there is one."""


class Silence:
    """Notices targets without any logs, and says so once."""

    def __init__(self) -> None:
        self.said = ""
        """What to say of it."""
        self._told = False

    def remedy(self, targets: Sequence[Target], readers: Sequence[ReaderStatus]) -> Remedy:
        """What is due now.

        Where some targets have logs, the silence of others is only told.
        """
        silent = silent_targets(targets, readers)
        if not silent:
            return Remedy.NOTHING
        self.said = printable(silence(silent))
        if len(silent) == len(targets):
            return Remedy.OPEN
        if self._told:
            return Remedy.NOTHING
        self._told = True
        return Remedy.TELL


def silent_targets(targets: Sequence[Target], readers: Sequence[ReaderStatus]) -> list[str]:
    """Names of the targets none of whose logs is there.

    A log group without any log stream is no log yet; one that had some is, even if it is gone.
    A serverless cluster has none by its nature. Of a log that is delivered to several places the
    one that is read counts.

    Args:
        targets: all that were found.
        readers: all there are.
    """
    logs: dict[str, list[ReaderStatus]] = {}
    for reader in readers:
        if reader.kind != "api":
            logs.setdefault(reader.target, []).append(reader)
    return [target.name for target in targets if _is_silent(target, logs.get(target.name, []))]


def silence(names: Sequence[str]) -> str:
    """Says of targets that they have no logs, the first by its name; at least one."""
    if len(names) == 1:
        return f"{names[0]} has no logs"
    return f"{names[0]} and {len(names) - 1:,} more have no logs"


def _is_silent(target: Target, own: Sequence[ReaderStatus]) -> bool:
    """Whether none of a target's own logs, those that it writes itself, is there."""
    # Other destinations are there, perhaps, but what was chosen to be read is not.
    read = [reader for reader in own if reader.state is not State.AVAILABLE]
    missing = all(map(is_missing, read)) if read else not own and not target.logs
    return missing and target.engine != "SERVERLESS"
