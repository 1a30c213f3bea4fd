"""Whether there is anything to be read of what was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from mqtail.aws.failures import Failure
from mqtail.errors import TargetError
from mqtail.selection import Selection
from mqtail.settings import Settings
from mqtail.sources.reader import Reader
from mqtail.targets import Target


def hopeless(readers: Sequence[Reader]) -> Failure | None:
    """Why none of the readers will ever get anything; None while that is not certain.

    A reader that has read something is not hopeless: what stands in its way now came up meanwhile.
    """
    if not readers or not all(one.status.hopeless and not one.status.reached for one in readers):
        return None
    return readers[0].failure


def missing_instances(readers: Sequence[Reader], settings: Settings) -> TargetError | None:
    """The error that no log is of the instances asked for, if that is so."""
    # API calls are of no instance.
    readers = [reader for reader in readers if reader.status.kind != "api"]
    found = not readers or any(reader.status.streams for reader in readers)
    if found or not settings.instances:
        return None
    left_out = {name for reader in readers for name in reader.instances_left_out}
    return TargetError(
        f"There is no log stream of instance {' or '.join(settings.instances)}.",
        f"There are: {', '.join(sorted(left_out))}." if left_out else "",
    )


def check_any(
    targets: Sequence[Target], logs: Selection, settings: Settings, notes: Sequence[str]
) -> None:
    """See that there is something to read, now or later.

    Args:
        notes: what may explain why there is nothing.

    Raises:
        TargetError: there is nothing.
    """
    anything = not settings.kinds and not settings.destinations
    # Log groups of a broker may appear later.
    may_come = settings.follow and anything and any(target.prefix for target in targets)
    if logs.read or may_come:
        return
    names = ", ".join(target.name for target in targets)
    kinds = {log.kind for target in targets for log in target.logs}
    kinds |= {"api" for target in targets if target.owner}
    if kinds and not kinds & set(settings.kinds or kinds):
        raise TargetError(
            f"{names}: no {' or '.join(settings.kinds)} log.",
            f"There is: {', '.join(sorted(kinds))}.",
        )
    raise TargetError(f"{names}: there are no logs to read.", " ".join([*notes, *logs.notes]))
