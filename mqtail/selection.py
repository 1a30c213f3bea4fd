"""Which logs of the targets to read, and which others there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mqtail.logs import ApiCalls, Log, LogGroup
from mqtail.settings import Settings
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
    targets = list(targets)
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
        if settings.destinations and others and not read:
            places = ", ".join(dict.fromkeys(log.destination for log in others))
            selection.notes.append(
                f"{target.name}: its logs are not delivered to {_either(settings.destinations)},"
                f" only to {places}."
            )
    if settings.filter_pattern:
        _keep_log_groups(selection)
    else:
        _add_api_calls(selection, targets, settings)
    return selection


def of_kind(log: Log, settings: Settings) -> bool:
    """Whether a log is of a kind that is read."""
    return not settings.kinds or log.kind in settings.kinds or settings.output == "tui"


def _keep_log_groups(selection: Selection) -> None:
    """Leave out what CloudWatch Logs cannot filter."""
    for log in selection.read:
        if not isinstance(log, LogGroup):
            selection.notes.append(
                f"--filter-pattern works in CloudWatch Logs only: {log.place} is left out."
            )
    selection.read = [log for log in selection.read if isinstance(log, LogGroup)]
    selection.others = [log for log in selection.others if isinstance(log, LogGroup)]


def _add_api_calls(selection: Selection, targets: list[Target], settings: Settings) -> None:
    """Add the API calls that concern the targets, unless all are read anyway or none are wanted."""
    owners = tuple((target.owner, target.name) for target in targets if target.owner)
    calls = ApiCalls(owners, trail=settings.trail)
    if not owners or not of_kind(calls, settings):
        return
    if any(isinstance(log, ApiCalls) for log in selection.read):
        return
    if settings.instances and settings.output != "tui":
        # No API call is of one instance.
        return
    asked_for = "api" in settings.kinds or not any(target.logs for target in targets)
    (selection.read if asked_for else selection.extra).append(calls)


def _either(words: Iterable[str]) -> str:
    return " or ".join(words)
