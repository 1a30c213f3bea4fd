"""RabbitMQ's logs: the layout since 3.7, with and without a zone, and Erlang's own reports."""

from __future__ import annotations

import re
from typing import ClassVar

from mqtail.events import Level
from mqtail.formats.base import Fields, Sample
from mqtail.formats.times import milliseconds

_WORDS = (
    "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency",
)  # fmt: skip
_LEVELS = {f" [{word[:3]}": Level.named(word) for word in _WORDS}
"""What follows the time; three letters tell the levels apart."""
_LEVEL_AT = slice(32, 37)
"""After `YYYY-MM-DD HH:MM:SS.ffffff+HH:MM` (3.9 and later)."""
_LAGER_LEVEL_AT = slice(23, 28)
"""After `YYYY-MM-DD HH:MM:SS.mmm` (3.7 and 3.8, written by lager)."""
_TIME_LENGTH = 32
_MARKS_AT = slice(4, 20, 3)
"""Every third character of a time: its separators, so that one comparison tells it."""
_MARKS = "-- ::."

_SEARCHED = 2_000
"""Characters of a message in which details are looked for."""

_PREFIX = re.compile(r"(?s)(?P<time>.{23}|.{32}) \[\w*\]?(?: (?P<process><[^<>\s]{1,60}>))?")
_PEERS = re.compile(r"\(([^\s()]{1,100}:\d{1,5}) -> [^\s()]{1,100}:\d{1,5}")
_CLIENT = re.compile(
    r" - (.{1,250}?)(?:, vhost: '|, state: |\)(?=: |:?$|, channel | has a ))", re.M
)
_CLIENT_NAME = re.compile(r"\) has a client-provided name: (.+)$", re.M)
_USER = re.compile(r"user:? '([^'\n]*)'")
_VHOST = re.compile(r"vhost:? '([^'\n]*)'")
_QUEUE = re.compile(r"ueue '([^'\n]*)' in vhost '")

_REPORT = re.compile(
    r"=(?P<level>[A-Z]{4,10}) REPORT==== "
    r"(?P<day>\d{1,2})-(?P<month>[A-Z][a-z]{2})-(?P<year>\d{4})"
    r"::(?P<clock>\d\d:\d\d:\d\d(?:\.\d{1,6})?) ===[ \t]*(?:\n|\Z)"
)
_REPORT_LEVELS = {word.upper(): Level.named(word) for word in _WORDS} | {
    "CRASH": Level.ERROR,
    "SUPERVISOR": Level.ERROR,
    "PROGRESS": Level.INFO,
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class RabbitMQ:
    """`TIME [level] <process> text`, of RabbitMQ 3.7 and later.

    Since 3.9 the time has a zone and every line of an event repeats its time, level and process.
    Before, written by lager, it has none, and further lines stand without them; such lines are
    also what a node prints while its log is not open. They all belong to the event before them.
    """

    name: ClassVar[str] = "rabbitmq"
    title: ClassVar[str] = "RabbitMQ log"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            "2026-03-02 08:15:01.250999+00:00 [notice] <0.44.0> Application shop exited",
            Fields(
                format="rabbitmq",
                text="Application shop exited",
                level=Level.INFO,
                time=1_772_439_301_250,
                thread="<0.44.0>",
            ),
        ),
        Sample(
            "2026-03-02 09:15:01.250000+01:00 [info] <0.812.0> connection <0.812.0> "
            "(10.0.9.31:50122 -> 10.0.4.17:5671 - till (3) v2): user 'kiosk' authenticated "
            "and granted access to vhost '/shop'",
            Fields(
                format="rabbitmq",
                text="connection <0.812.0> (10.0.9.31:50122 -> 10.0.4.17:5671 - till (3) v2): "
                "user 'kiosk' authenticated and granted access to vhost '/shop'",
                level=Level.INFO,
                time=1_772_439_301_250,
                thread="<0.812.0>",
                user="kiosk",
                details=(
                    ("address", "10.0.9.31:50122"),
                    ("client", "till (3) v2"),
                    ("vhost", "/shop"),
                ),
            ),
        ),
        Sample(
            "2026-03-02 08:15:09.000001+00:00 [error] <0.12.1> Channel error on connection "
            "<0.9.1> (10.0.9.31:50122 -> 10.0.4.17:5671, vhost: '/', user: 'kiosk'), channel 1:\n"
            "2026-03-02 08:15:09.000001+00:00 [error] <0.12.1>   no queue 'till' in vhost '/'\n"
            "2026-03-02 08:15:09.000001+00:00 [error] <0.12.1> ",
            Fields(
                format="rabbitmq",
                text="Channel error on connection <0.9.1> "
                "(10.0.9.31:50122 -> 10.0.4.17:5671, vhost: '/', user: 'kiosk'), channel 1:\n"
                "  no queue 'till' in vhost '/'\n",
                level=Level.ERROR,
                time=1_772_439_309_000,
                thread="<0.12.1>",
                user="kiosk",
                details=(("address", "10.0.9.31:50122"), ("vhost", "/"), ("queue", "till")),
            ),
        ),
        Sample(
            "2019-03-02 08:15:01.250 [warning] <0.298.0> disk alarm set on node 'rabbit@shop'.\n"
            "\n"
            "*** Publishers wait ***",
            Fields(
                format="rabbitmq",
                text="disk alarm set on node 'rabbit@shop'.\n\n*** Publishers wait ***",
                level=Level.WARN,
                time=1_551_514_501_250,
                thread="<0.298.0>",
            ),
        ),
    )

    def starts(self, line: str) -> bool:
        """Whether a line has time and level; it can still be a further line of an event."""
        return line[_MARKS_AT] == _MARKS and (
            line[_LEVEL_AT] in _LEVELS or line[_LAGER_LEVEL_AT] in _LEVELS
        )

    def begins(self, line: str) -> Level:
        """Never for certain: the event before may have the same time, level and process."""
        return Level.UNKNOWN

    def continues(self, message: str, line: str) -> bool:
        """Whether `line` has no time, or repeats time, level and process of the event."""
        if line[_MARKS_AT] == _MARKS:
            if line[_LEVEL_AT] in _LEVELS:
                return line[:_TIME_LENGTH] == message[:_TIME_LENGTH] and line.startswith(
                    _prefix(message)
                )
            # Lager writes the prefix once, so two events of one process can share it.
            return line[_LAGER_LEVEL_AT] not in _LEVELS
        return not _REPORT.match(line)

    def level(self, message: str) -> Level:
        """The level, from one of its two fixed places."""
        if message[_MARKS_AT] != _MARKS:
            return Level.UNKNOWN
        return (
            _LEVELS.get(message[_LEVEL_AT])
            or _LEVELS.get(message[_LAGER_LEVEL_AT])
            or Level.UNKNOWN
        )

    def time(self, message: str) -> int | None:
        """The time, from its fixed place."""
        head = _PREFIX.match(message) if self.level(message) else None
        return milliseconds(head["time"]) if head else None

    def parse(self, message: str, *, brief: bool = False) -> Fields | None:
        """Time, level, process, the text without its prefixes, and who is at the other end."""
        level = self.level(message)
        head = _PREFIX.match(message)
        if level is Level.UNKNOWN or head is None:
            return None
        prefix = head[0]
        text = message[len(prefix) :].removeprefix(" ")
        text = text.replace(f"\n{prefix} ", "\n").replace(f"\n{prefix}", "\n")
        searched = text[:_SEARCHED]
        return Fields(
            format=self.name,
            text=text,
            level=level,
            time=None if brief else milliseconds(head["time"]),
            thread=head["process"],
            user=_user(searched),
            details=() if brief else _details(searched),
        )


class RabbitMQReport:
    """`=INFO REPORT==== TIME ===` and the lines below it, as Erlang's own logger writes them.

    RabbitMQ 3.6 and before, and the first lines of a boot even today.
    """

    name: ClassVar[str] = "rabbitmq-report"
    title: ClassVar[str] = "RabbitMQ log, Erlang report"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            "=WARNING REPORT==== 2-Mar-2026::08:15:01.250999 ===\n"
            "    could not reach node shop\n"
            "      reason: timeout",
            Fields(
                format="rabbitmq-report",
                text="could not reach node shop\n  reason: timeout",
                level=Level.WARN,
                time=1_772_439_301_250,
            ),
        ),
        Sample(
            "=CRASH REPORT==== 12-Mar-2016::08:15:01 ===\n"
            "closing AMQP connection <0.9.1> (10.0.9.31:50122 -> 10.0.4.17:5672)\n",
            Fields(
                format="rabbitmq-report",
                text="closing AMQP connection <0.9.1> (10.0.9.31:50122 -> 10.0.4.17:5672)",
                level=Level.ERROR,
                time=1_457_770_501_000,
                details=(("address", "10.0.9.31:50122"),),
            ),
        ),
    )

    def starts(self, line: str) -> bool:
        """Whether a line is the head of a report."""
        return self.level(line) is not Level.UNKNOWN

    def begins(self, line: str) -> Level:
        """Never for certain: lines of a report can look like anything."""
        return Level.UNKNOWN

    def continues(self, message: str, line: str) -> bool:
        """Whether `line` is no head of a report and has no time and level of its own."""
        return not self.starts(line) and not _RABBITMQ.starts(line)

    def level(self, message: str) -> Level:
        """The level; crash and supervisor reports are errors, as in Erlang."""
        if message[:1] != "=":
            return Level.UNKNOWN
        head = _REPORT.match(message)
        return _REPORT_LEVELS.get(head["level"], Level.UNKNOWN) if head else Level.UNKNOWN

    def time(self, message: str) -> int | None:
        """The time in the head."""
        head = _REPORT.match(message) if self.level(message) else None
        return _report_time(head) if head else None

    def parse(self, message: str, *, brief: bool = False) -> Fields | None:
        """Level, time, and the lines below the head without the indentation common to all."""
        level = self.level(message)
        head = _REPORT.match(message)
        if level is Level.UNKNOWN or head is None:
            return None
        text = message[head.end() :].rstrip("\n")
        text = text.removeprefix("    ").replace("\n    ", "\n")
        searched = text[:_SEARCHED]
        return Fields(
            format=self.name,
            text=text,
            level=level,
            time=None if brief else _report_time(head),
            user=_user(searched),
            details=() if brief else _details(searched),
        )


_RABBITMQ = RabbitMQ()


def _report_time(head: re.Match[str]) -> int | None:
    month = _MONTHS.index(head["month"]) + 1 if head["month"] in _MONTHS else 0
    return milliseconds(f"{head['year']}-{month:02}-{head['day']:>02} {head['clock']}")


def _prefix(message: str) -> str:
    """Time, level and process, which an event's further lines repeat."""
    head = _PREFIX.match(message)
    return head[0] if head else message[:_TIME_LENGTH]


def _user(text: str) -> str | None:
    match = _USER.search(text) if "user" in text else None
    return (match[1] or None) if match else None


def _details(text: str) -> tuple[tuple[str, str], ...]:
    """Address and name of the client, virtual host, queue."""
    peers = _PEERS.search(text)
    client = (_CLIENT.match(text, peers.end()) if peers else None) or _CLIENT_NAME.search(text)
    found = (
        ("address", peers),
        ("client", client),
        ("vhost", _VHOST.search(text)),
        ("queue", _QUEUE.search(text)),
    )
    return tuple((name, match[1]) for name, match in found if match and match[1])
