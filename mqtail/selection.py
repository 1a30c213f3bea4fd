"""Which logs of the targets to read, and which others there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from mqtail.logs import ApiCalls, DeliveryStreamLog, Log, LogGroup
from mqtail.settings import Settings
from mqtail.status import ReaderStatus, State
from mqtail.targets import Target


@dataclass(slots=True)
class Selection:
    """What to read."""

    read: list[Log] = field(default_factory=list)
    """What was asked for."""
    extra: list[Log] = field(default_factory=list)
    """Read beside it where that is permitted."""
    others: list[Log] = field(default_factory=list)
    """The same logs in other places: read only when a user turns them on."""
    notes: list[str] = field(default_factory=list)
    """What a user should know about it."""


def select(targets: Iterable[Target], settings: Settings) -> Selection:
    """Choose from the logs of targets.

    The UI gets every kind of log, and its views choose from them; lines get what `--kind` says.
    """
    # A log group that is named beside its broker or cluster is read as theirs.
    targets = sorted(targets, key=lambda target: target.service == "logs")
    selection = Selection()
    for target in targets:
        read, others = target.chosen(settings.destinations)
        selection.read += [log for log in read if of_kind(log, settings)]
        if settings.output == "tui":
            selection.others += others
        if target.silence:
            selection.notes.append(
                f"{target.name}: {target.silence}; CloudTrail has the API calls that concern it"
                " (kind api)."
            )
        if settings.destinations:
            _tell_undelivered(selection, target, read, others, settings)
    _read_shared_once(selection)
    _add_api_calls(selection, targets, settings)
    if settings.filter_pattern:
        _keep_log_groups(selection)
    return selection


def of_kind(log: Log, settings: Settings) -> bool:
    """Whether a log is of a kind that is read."""
    return not settings.kinds or log.kind in settings.kinds or settings.output == "tui"


def _tell_undelivered(
    selection: Selection, target: Target, read: list[Log], others: list[Log], settings: Settings
) -> None:
    """Tell which logs of a target are not delivered to any of the places asked for."""
    kinds = {log.kind for log in read}
    missing = [log for log in others if log.kind not in kinds and of_kind(log, settings)]
    if missing:
        which = f"{_either(dict.fromkeys(log.kind for log in missing))} logs" if read else "logs"
        places = ", ".join(dict.fromkeys(log.destination for log in missing))
        selection.notes.append(
            f"{target.name}: its {which} are not delivered to {_either(settings.destinations)},"
            f" only to {places}."
        )


def _read_shared_once(selection: Selection) -> None:
    """Have each line of what several clusters deliver to read for one of them only."""
    groups = [log for log in selection.read if isinstance(log, LogGroup)]
    named = {log.identifier for log in groups if log.service == "logs"}
    # Read as it was named, a group gives the lines of all clusters.
    selection.read = [
        log
        for log in selection.read
        if not (isinstance(log, LogGroup) and log.shared_with and log.name in named)
    ]
    first: dict[str, str] = {}
    for row, log in enumerate(selection.read):
        owner = first.setdefault(log.place, log.target)
        if owner == log.target:
            continue
        if isinstance(log, LogGroup) and log.shared_with:
            selection.read[row] = replace(log, takes_unnamed=False)
        elif isinstance(log, DeliveryStreamLog):
            selection.notes.append(
                f"{log.target}: its logs come through the {log.place} together with those of"
                f" {owner}, and show as {owner}'s."
            )


def _keep_log_groups(selection: Selection) -> None:
    """Leave out what is not in CloudWatch Logs, and cannot be filtered there."""
    for log in selection.read:
        if not isinstance(log, LogGroup):
            selection.notes.append(
                f"--filter-pattern works in CloudWatch Logs only: {log.place} is left out."
            )
    selection.read = [log for log in selection.read if isinstance(log, LogGroup)]
    selection.others = [log for log in selection.others if isinstance(log, LogGroup)]
    selection.extra = []


def _add_api_calls(selection: Selection, targets: list[Target], settings: Settings) -> None:
    """Add the API calls that concern the targets, unless all are read anyway or none are wanted."""
    owners = tuple((target.owner, target.name) for target in targets if target.owner)
    calls = ApiCalls(owners, trail=settings.trail)
    if not owners or not of_kind(calls, settings):
        return
    if any(isinstance(log, ApiCalls) for log in selection.read):
        return
    asked_for = "api" in settings.kinds or not any(target.logs for target in targets)
    (selection.read if asked_for else selection.extra).append(calls)


def _either(words: Iterable[str]) -> str:
    return " or ".join(words)


def without_events(targets: list[Target], readers: list[ReaderStatus]) -> list[str]:
    """What to tell of brokers and clusters of whose own logs nothing was read, in sentences."""
    told = []
    for target in targets:
        own = [
            one for one in readers if one.target == target.name and one.state is not State.AVAILABLE
        ]
        if target.service not in ("mq", "msk") or any(one.events for one in own):
            continue
        what = "no events in that time" if own else "there are no logs of it to read"
        told.append(f"{target.name}: {what}. `mqtail check {target.name}` tells why.")
    return told
