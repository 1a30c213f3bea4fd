"""Moments in a broker's life that an event marks: failover, start, stop, leader change, alarm.

Asked of every event that arrives, so a look at one word decides about nearly all of them, and only
a line that says it in the broker's own words counts: one that mentions a failover marks none.
"""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct

from mqtail.events import Level, LogEvent
from mqtail.formats import parse
from mqtail.formats.log4j import AFTER_TIMED
from mqtail.store import SortedEvents
from mqtail.targets import API_CALLS


class MomentKind(StrEnum):
    """What happened, the most important first; the value is the word for it."""

    FAILOVER = "failover"
    """Another instance took over, or a node or broker was lost to the others."""
    ALARM = "alarm"
    """A RabbitMQ node ran short of memory or disk: publishers are blocked."""
    REBOOT = "reboot"
    """RebootBroker was called."""
    STOP = "stop"
    START = "start"
    LEADER = "leader change"
    """Of a partition, a quorum or mirrored queue, or the controller."""
    CLEARED = "alarm cleared"

    @property
    def letter(self) -> str:
        """One capital letter, unique."""
        return _LETTERS[self]

    @property
    def glyph(self) -> str:
        """A sign of one cell, unique."""
        return _GLYPHS[self]

    @property
    def rank(self) -> int:
        """Its place in the order of importance, 0 being the most important."""
        return _RANKS[self]


_LETTERS = dict(zip(MomentKind, "FARXSLC", strict=True))
_GLYPHS = dict(zip(MomentKind, "⇄▲↻■►◆△", strict=True))
_RANKS = {kind: rank for rank, kind in enumerate(MomentKind)}


class Moment(Struct, frozen=True):
    """What an event marks."""

    kind: MomentKind
    title: str
    """What happened, to be read after the name of the instance (`became active`). Parts of it are
    text of the log: make it printable."""


BURST_MS = 10_000
"""Moments of one kind and target that are no further apart are one burst."""

_NO_MOMENTS = frozenset({"audit", "connection", "channel", "authorizer"})
"""Kinds of logs that tell of clients and users only."""
_ALL_WALKED = 5_000
"""Moments that are walked through in search of another burst."""
_LOOKED_BACK = 50
"""Moments before a start that are looked at to tell a failover from it."""

_Rules = dict[str, tuple[tuple[re.Pattern[str], Moment], ...]]
"""By a text's first word: a pattern for its beginning, and the moment that it then marks."""


def _rules(*rules: tuple[str, str, MomentKind, str]) -> _Rules:
    """Rules of (first word, pattern of the rest, kind, title with the pattern's groups)."""
    table: _Rules = {}
    for word, rest, kind, title in rules:
        rule = (re.compile(re.escape(word) + rest), Moment(kind, title))
        table[word] = (*table.get(word, ()), rule)
    return table


_STANDBY = "waits as standby"
_ACTIVE = "became active"
_IDENTITY = r" ActiveMQ \S{1,100} \([^)\n]{1,500}\) "

_ACTIVEMQ = _rules(
    ("Apache", _IDENTITY + r"started \|", MomentKind.START, "started"),
    ("Apache", _IDENTITY + r"is shutting down \|", MomentKind.STOP, "is shutting down"),
    (
        "Database",
        r" [^|\n]{1,500}? is locked by another server\. This broker is now in slave mode",
        MomentKind.START,
        _STANDBY,
    ),
)
_LOCK_LOST = re.compile(r"[^|\n]{0,300}? no longer able to keep the exclusive lock so giving up")

_NODE = r"node '?(?:[\w-]{1,255}@)?(?P<node>[\w-]{1,255})"
_QUEUE = r" '(?P<queue>[^'\n]{1,255})' in vhost '[^'\n]{0,255}': "
_ALARM_SET = rf" resource limit alarm set on {_NODE}"
_ALARM_CLEARED = rf" resource limit alarm cleared on {_NODE}"

_RABBITMQ = _rules(
    ("rabbit", rf" on {_NODE}\S* down", MomentKind.FAILOVER, "lost node {node}"),
    ("Cluster", r" minority/secondary status", MomentKind.FAILOVER, "is cut off, and pauses"),
    ("Partial", r" partition detected", MomentKind.FAILOVER, "sees a network partition"),
    ("Server", r" startup complete", MomentKind.START, "started"),
    ("RabbitMQ", r" is asked to stop", MomentKind.STOP, "is shutting down"),
    ("SIGTERM", r" received - shutting down", MomentKind.STOP, "is shutting down"),
    # The election of term 1 is a new queue's.
    (
        "queue",
        rf"{_QUEUE}candidate -> leader in term: (?!1\b)",
        MomentKind.LEADER,
        "leads queue {queue}",
    ),
    ("Mirrored", rf" queue{_QUEUE}Promoting mirror", MomentKind.LEADER, "leads queue {queue}"),
    ("memory", _ALARM_SET, MomentKind.ALARM, "memory alarm on {node}"),
    ("memory", _ALARM_CLEARED, MomentKind.CLEARED, "memory alarm on {node} cleared"),
    ("disk", _ALARM_SET, MomentKind.ALARM, "disk alarm on {node}"),
    ("disk", _ALARM_CLEARED, MomentKind.CLEARED, "disk alarm on {node} cleared"),
)
_PARTITIONED = re.compile(
    r"Mnesia\([^)\n]{1,300}\): \*\* ERROR \*\* mnesia_event got \{inconsistent_database"
)

_PARTITION = r"(?P<partition>[\w.-]{1,249}-\d{1,10})"
# A partition that is new, or whose leader starts again, has no other leader than before.
_EPOCH = r" starts at leader epoch (?P<epoch>\d{1,10}) .{1,900}?"
_OTHER_EPOCH = r"(?!-1\b|(?P=epoch)\b)"

_KAFKA = _rules(
    ("[KafkaServer", r" id=\d+\] started \(", MomentKind.START, "started"),
    ("[KafkaRaftServer", r" nodeId=\d+\] Kafka Server started", MomentKind.START, "started"),
    ("[KafkaServer", r" id=\d+\] shutting down \(", MomentKind.STOP, "is shutting down"),
    ("shutting", r" down \(kafka\.server\.KafkaServer\)", MomentKind.STOP, "is shutting down"),
    ("[BrokerServer", r" id=\d+\] shutting down", MomentKind.STOP, "is shutting down"),
    (
        "[Controller",
        r" id=\d+\] Broker failure callback for (?P<brokers>[\d,]{1,100})",
        MomentKind.FAILOVER,
        "lost broker {brokers}",
    ),
    (
        "[QuorumController",
        r" id=\d+\] Fencing broker (?P<broker>\d{1,10})\b",
        MomentKind.FAILOVER,
        "lost broker {broker}",
    ),
    (
        "[Controller",
        r" id=\d+\] \d+ successfully elected as the controller",
        MomentKind.LEADER,
        "became the controller",
    ),
    (
        "[QuorumController",
        r" id=\d+\] Becoming the active controller",
        MomentKind.LEADER,
        "became the controller",
    ),
    (
        "[RaftManager",
        r" (?:id|nodeId)=\d+\] Completed transition to Leader\(",
        MomentKind.LEADER,
        "leads the metadata quorum",
    ),
    (
        "[QuorumController",
        r" id=\d+\] \w{1,60}(?:\[\d+\])?: changing (?P<number>[1-9]\d{0,9}) partition\(s\)",
        MomentKind.LEADER,
        "changed {number} partitions",
    ),
    (
        "[Controller",
        rf" id=\d+\] Partition {_PARTITION} completed preferred replica leader election\. "
        r"New leader is (?P<broker>\d{1,10})",
        MomentKind.LEADER,
        "made {broker} the leader of {partition}",
    ),
    (
        "[Partition",
        rf" {_PARTITION} broker=\d+\] \S+{_EPOCH}Previous leader epoch was {_OTHER_EPOCH}",
        MomentKind.LEADER,
        "leads {partition}",
    ),
    (
        "[Broker",
        rf" id=\d+\] Leader {_PARTITION}(?: with topic id \S+)?{_EPOCH}"
        rf"previous leader epoch was {_OTHER_EPOCH}",
        MomentKind.LEADER,
        "leads {partition}",
    ),
)

_KAFKA_AT = 31
"""Where the text begins behind `[YYYY-MM-DD HH:MM:SS,mmm] INFO `; WARN is as long."""
_WORD = 30
"""Characters that a text's first word has at most, where it is one that the rules know."""
_CALL_SEARCHED = 8_192
"""Characters of a CloudTrail record in which the action's name is looked for."""


def moment_of(event: LogEvent) -> Moment | None:
    """What an event marks, seen alone; None for nearly all.

    See `moment_in` for what only the moments before it can tell.
    """
    if event.source.kind in _NO_MOMENTS:
        return None
    message = event.message
    first = message[:1]
    if first == "[":
        if message[24:_KAFKA_AT] not in ("] INFO ", "] WARN "):
            return None
        return _found(_KAFKA, message, _KAFKA_AT)
    if first == "{":
        return _reboot(event)
    if message[23:26] == " | ":
        if event.level is Level.ERROR and _LOCK_LOST.match(message, AFTER_TIMED):
            return Moment(MomentKind.FAILOVER, "lost the lock, and is active no more")
        return _found(_ACTIVEMQ, message, AFTER_TIMED)
    start = message.find("> ", 24, 80) + 2
    if start < 24:
        return None
    if event.level is Level.ERROR and _PARTITIONED.match(message, start):
        return Moment(MomentKind.FAILOVER, "sees a network partition")
    return _found(_RABBITMQ, message, start)


def moment_in(moments: SortedEvents, event: LogEvent) -> Moment | None:
    """What an event among others marks.

    An ActiveMQ instance says the same when it starts and when it takes over. It took over when it
    had been waiting as standby, or when the other instance was active before.

    Args:
        moments: the events that mark moments.
        event: the one asked about.
    """
    moment = moment_of(event)
    if moment is None or moment.kind is not MomentKind.START or moment.title == _STANDBY:
        return moment
    if event.message[23:26] == " | " and _takes_over(moments, event):
        return Moment(MomentKind.FAILOVER, _ACTIVE)
    return moment


def next_moment(moments: SortedEvents, after: LogEvent | int) -> LogEvent | None:
    """The first event of the next burst of moments, None at the end.

    Moments of a kind and target that follow each other closely are one burst: one step leads past
    the elections of a thousand partitions.

    Args:
        moments: the events that mark moments.
        after: the event to go on from, or a time, ms.
    """
    if isinstance(after, int):
        row = moments.index_at(after + 1)
        return moments[row] if row < len(moments) else None
    row = moments.index_of(after)
    if row < len(moments) and moments[row] is after:
        row = _walk(moments, row, 1) + 1
    return moments[row] if row < len(moments) else None


def previous_moment(moments: SortedEvents, before: LogEvent | int) -> LogEvent | None:
    """The first event of the burst of moments before an event or a time, None at the beginning."""
    row = moments.index_at(before) if isinstance(before, int) else moments.index_of(before)
    return moments[_walk(moments, row - 1, -1)] if row > 0 else None


def _found(rules: _Rules, message: str, start: int) -> Moment | None:
    """What the rules say of the text of a message, which begins at `start`."""
    end = message.find(" ", start, start + _WORD)
    for pattern, moment in rules.get(message[start:end], ()) if end > 0 else ():
        match = pattern.match(message, start)
        if match:
            named = match.groupdict()
            return Moment(moment.kind, moment.title.format_map(named)) if named else moment
    return None


def _reboot(event: LogEvent) -> Moment | None:
    """The reboot that a CloudTrail record tells of, unless it was refused."""
    if event.message.find('"RebootBroker"', 0, _CALL_SEARCHED) < 0:
        return None
    fields = parse(event)
    details = dict(fields.details)
    if details.get("action") != "RebootBroker" or "error" in details:
        return None
    target = event.source.target
    resource = details.get("resource", "")
    # Of Amazon MQ that is the id of the broker whose name is the target's.
    known = resource.startswith("b-") and target != API_CALLS
    which = "" if known else resource.removeprefix(target).strip()
    by = f"by {fields.user or 'someone'}"
    return Moment(MomentKind.REBOOT, f"{which} {by}" if which else by)


def _takes_over(moments: SortedEvents, event: LogEvent) -> bool:
    """Whether an ActiveMQ instance that started took over from the other."""
    source = event.source
    row = moments.index_of(event)
    for other in reversed(moments[max(0, row - _LOOKED_BACK) : row]):
        if (other.source.target, other.source.kind) != (source.target, source.kind):
            continue
        moment = moment_of(other)
        waited = moment is not None and moment.title == _STANDBY
        if other.source.instance == source.instance:
            return waited
        # The standby's wait says nothing: it waits for the one that starts here.
        if not waited:
            return True
    # A broker with one instance has no second.
    return source.instance not in (None, "1")


def _walk(moments: SortedEvents, row: int, step: int) -> int:
    """The last row of the burst in one direction (1 or -1)."""
    event = moments[row]
    moment = moment_of(event)
    for _ in range(_ALL_WALKED):
        beyond = row + step
        if not 0 <= beyond < len(moments):
            break
        other = moments[beyond]
        near = abs(other.timestamp - event.timestamp) <= BURST_MS
        if not near or other.source.target != event.source.target:
            break
        found = moment_of(other)
        if moment is None or found is None or found.kind is not moment.kind:
            break
        row, event = beyond, other
    return row
