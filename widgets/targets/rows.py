"""How brokers and clusters are shown in a row, and which of them a query fits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from mqtail.inventory import ListedLog, ListedTarget, LogState
from widgets.human import duration

UNKNOWN = "…"
"""Stands for what is not known yet."""

Piece = tuple[str, str]
"""A text, and the name of its style: `plain`, `dim`, `good`, `busy`, `warn` or `bad`."""

_ENGINES = {"ACTIVEMQ": "ActiveMQ", "RABBITMQ": "RabbitMQ", "PROVISIONED": "Kafka"}

_DEPLOYMENTS = {
    "SINGLE_INSTANCE": ("1", "1 instance"),
    "ACTIVE_STANDBY_MULTI_AZ": ("2", "2 active/standby"),
    "CLUSTER_MULTI_AZ": ("3", "3 nodes"),
}
"""The number of instances of Amazon MQ's deployment modes, and a word for it."""

_WORDS = {
    LogState.MISSING: ("no log group", "bad"),
    LogState.DENIED: ("not permitted", "warn"),
    LogState.FAILED: ("unreadable", "bad"),
    LogState.SILENT: ("none in 1d", "warn"),
    LogState.UNKNOWN: (UNKNOWN, "dim"),
}
"""What stands for the newest event where there is none, the most telling first."""

_STATES = {
    "RUNNING": "good",
    "ACTIVE": "good",
    "CREATION_FAILED": "bad",
    "FAILED": "bad",
    "CRITICAL_ACTION_REQUIRED": "bad",
}
_STATE_WORDS = {
    "CREATION_IN_PROGRESS": "creating",
    "DELETION_IN_PROGRESS": "deleting",
    "REBOOT_IN_PROGRESS": "rebooting",
    "REBOOTING_BROKER": "rebooting",
    "CRITICAL_ACTION_REQUIRED": "needs action",
}
_STATE_MARKS = {"good": "●", "bad": "✖", "busy": "◌"}


_ARROW: tuple[Piece, ...] = ((" ", "dim"), ("→ ", "dim"))


class Match(NamedTuple):
    """A target that a query fits."""

    target: ListedTarget
    in_name: tuple[int, ...] = ()
    """Places of the characters that were found in the name."""
    in_engine: tuple[int, ...] = ()
    """The same in the engine."""
    in_id: tuple[int, ...] = ()
    """The same in the id, where nothing else fits."""


def matches(targets: Iterable[ListedTarget], query: str) -> list[Match]:
    """The targets that a query fits, the best first; of no query, all in their order.

    It fits where it is part of the name, the engine or the id, or where the name has its
    characters in this order. Case does not matter.
    """
    wanted = query.strip().lower()
    if not wanted:
        return [Match(target) for target in targets]
    ranked = [(rank, match) for target in targets for rank, match in _fit(target, wanted)]
    ranked.sort(key=lambda pair: pair[0])
    return [match for _, match in ranked]


def _fit(target: ListedTarget, wanted: str) -> list[tuple[int, Match]]:
    """How good a query fits a target, 0 is best; nothing where it does not."""
    name = target.name.lower()
    if (at := name.find(wanted)) >= 0:
        return [(min(at, 1), Match(target, in_name=_span(at, wanted)))]
    if (at := engine(target).lower().find(wanted)) >= 0:
        return [(2, Match(target, in_engine=_span(at, wanted)))]
    if (at := target.id.lower().find(wanted)) >= 0:
        return [(2, Match(target, in_id=_span(at, wanted)))]
    places: list[int] = []
    for character in wanted:
        at = name.find(character, places[-1] + 1 if places else 0)
        if at < 0:
            return []
        places.append(at)
    return [(3, Match(target, in_name=tuple(places)))]


def _span(at: int, text: str) -> tuple[int, ...]:
    return tuple(range(at, at + len(text)))


def engine(target: ListedTarget) -> str:
    """Engine and version: `ActiveMQ 5.18`, `Kafka 3.8.x express`."""
    if target.service == "cloudtrail":
        return "API calls"
    version = target.version.removesuffix(".kraft")
    if target.engine in ("EXPRESS", "SERVERLESS"):
        words = ["Kafka", version, target.engine.lower()]
    else:
        words = [_ENGINES.get(target.engine, target.engine), version]
    return " ".join(filter(None, words)) or UNKNOWN


def instances(target: ListedTarget) -> tuple[str, str]:
    """The number of its instances, and the same in words."""
    if target.service == "cloudtrail":
        return "", ""
    deployment = target.deployment
    short = _DEPLOYMENTS.get(deployment) or (deployment.partition(" ")[0], deployment)
    return short if deployment else ("", "")


def state(target: ListedTarget) -> tuple[str, str, str]:
    """Mark, word and style of its state."""
    if not target.state:
        return " ", "", "dim"
    tone = _STATES.get(target.state, "busy")
    word = _STATE_WORDS.get(target.state) or target.state.lower().replace("_", " ")
    return _STATE_MARKS[tone], word, tone


def newest(target: ListedTarget, now: datetime) -> Piece:
    """How old its newest event is, or in a word why there is none.

    Args:
        target: the target.
        now: the time, UTC.
    """
    if target.problem:
        return "no access", "bad"
    if target.newest is not None:
        return ago(target.newest, now), "plain"
    if not target.known:
        return UNKNOWN, "dim"
    if not target.logs:
        return _without_logs(target)
    states = {log.state for log in target.logs}
    if LogState.UNKNOWN in states:
        return UNKNOWN, "dim"
    return next(word for at, word in _WORDS.items() if at in states)


def ago(moment: datetime, now: datetime) -> str:
    """How long ago a moment was, in its largest unit."""
    return duration((now - moment).total_seconds())


def logs(target: ListedTarget, now: datetime) -> list[Piece]:
    """Its logs, where each is delivered, and how old the newest event there is.

    `general 3s  audit 2m → cloudwatch`, or `broker → cloudwatch 2s  s3 4m`.

    Args:
        target: the target.
        now: the time, UTC.
    """
    if target.problem:
        return [(target.problem, "bad")]
    if target.service == "cloudtrail":
        return [("of the whole region: who changed what", "dim")]
    if not target.known:
        return [(UNKNOWN, "dim")]
    pieces: list[Piece] = []
    kinds = list(dict.fromkeys(log.kind for log in target.logs))
    places = list(dict.fromkeys(log.destination for log in target.logs))
    if len(places) == 1:
        for log in target.logs:
            pieces += [(f"{log.kind} ", "plain"), _aged(log, now), ("  ", "dim")]
        pieces[-1:] = [*_ARROW, (places[0], "dim")]
    else:
        for kind in kinds:
            pieces += [("  ", "dim")] if pieces else []
            pieces += [(kind, "plain"), *_ARROW]
            pieces += _deliveries([log for log in target.logs if log.kind == kind], now)
    return pieces + _missing(target, more=bool(pieces))


def _deliveries(logs: Sequence[ListedLog], now: datetime) -> list[Piece]:
    pieces: list[Piece] = []
    for log in logs:
        pieces += [(f"{log.destination} ", "dim"), _aged(log, now), ("  ", "dim")]
    return pieces[:-1]


def _aged(log: ListedLog, now: datetime) -> Piece:
    if log.newest is not None:
        return ago(log.newest, now), "plain"
    word, tone = _WORDS.get(log.state, (UNKNOWN, "dim"))
    # The destination stands beside it: it need not be a log group.
    missing = log.state is LogState.MISSING and log.destination != "cloudwatch"
    return ("missing" if missing else word), tone


def _missing(target: ListedTarget, *, more: bool) -> list[Piece]:
    """The logs that it could have, and has not."""
    pieces: list[Piece] = []
    if target.silence:
        pieces += [("  ", "dim"), (target.silence, "dim")]
    if target.off:
        pieces += [("  ", "dim"), (f"{' '.join(target.off)} off", "warn")]
    if target.waiting:
        pieces += [("  ", "dim"), (f"{' '.join(target.waiting)} after a reboot", "warn")]
    if more:
        return pieces
    return pieces[1:] or [("none", "dim")]


def _without_logs(target: ListedTarget) -> Piece:
    if target.waiting:
        return "needs reboot", "warn"
    serverless = target.engine == "SERVERLESS"
    return ("no logs", "dim") if serverless else ("logging off", "warn")


def utc(ms: int) -> datetime:
    """A moment (ms since the epoch) as the functions here take it."""
    return datetime.fromtimestamp(ms / 1000, UTC)
