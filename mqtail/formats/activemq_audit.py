"""The audit log of ActiveMQ, `audit.log`: `%-5p | %m | %t`, the time at the end of the message.

    LEVEL | USER called PACKAGE.CLASS.METHOD[ARGUMENT, ...] on TARGET at TIME | THREAD
    LEVEL | USER requested PATH [NAME='[VALUE]' ... ] from  ADDRESS at TIME | THREAD

The old form begins with a time, as the general log does, and has no `at TIME`.
"""

from __future__ import annotations

import re
from typing import ClassVar

from mqtail.events import Level
from mqtail.formats.base import Fields, Sample
from mqtail.formats.log4j import (
    AFTER_LEVEL,
    AFTER_TIMED,
    LEVEL_AT,
    LEVEL_HEADS,
    MARKS,
    MARKS_AT,
    TIME_AT,
    TIMED_AT,
    TIMED_HEADS,
)
from mqtail.formats.times import milliseconds

_TAIL = 500
"""Characters at an event's end that its time and thread are looked for in."""

_ACTION = re.compile(
    r"(?P<user>[^|\[\]\n]{1,200}?) "
    r"(?:called (?P<method>[^\s\[]{1,300})|requested (?P<path>/[^\s\[]{0,1000}) ?)\["
)
_VERB_WITHIN = 250
"""Characters of a line that its verb can stand in, given the longest user that is taken."""
_ORDINARY_CALL = " called org.apache.activemq."
"""What most lines have within their first `_ORDINARY_USER` characters: cheap to find."""
_ORDINARY_USER = 100
_END = re.compile(r" at (\d\d)-(\d\d)-(\d{4})( \d\d:\d\d:\d\d,\d{3}) \| ([^|\n]*)\Z")
_OLD_END = re.compile(r"\](?: on [^|\]\n]*| from +[^\s|]+)? \| ([^|\n]*)\Z")
_RMI_CLIENT = re.compile(r"RMI TCP Connection\([^)]*\)-(\S+)")


def old_form(line: str) -> bool:
    """Whether a line with the general log's head is an audit event in the old form.

    An audit event that was sent to the general log as well names its logger there, and is none.
    """
    beginning = line[:_VERB_WITHIN]
    return (
        (" called " in beginning or " requested /" in beginning)
        and _ACTION.match(line, AFTER_TIMED) is not None
        and " | org.apache.activemq.audit" not in line[-_TAIL:]
    )


class ActiveMQAudit:
    """The audit log of ActiveMQ: what was done over JMX, Jolokia and in the web console.

    Arguments and message bodies stand in the text as they are and can hold anything, line breaks
    and bars too, so an event goes on until a line ends with ` at TIME | THREAD`, or until the next
    call or request begins.
    """

    name: ClassVar[str] = "activemq-audit"
    title: ClassVar[str] = "ActiveMQ audit log"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            "INFO  | ops called org.apache.activemq.broker.jmx.QueueView.removeMatchingMessages"
            "[region = 'EU', 5] on shop.orders at 02-03-2026 08:20:00,125 "
            "| RMI TCP Connection(12)-10.0.9.8",
            Fields(
                format="activemq-audit",
                text="ops called org.apache.activemq.broker.jmx.QueueView.removeMatchingMessages"
                "[region = 'EU', 5] on shop.orders",
                level=Level.INFO,
                time=1_772_439_600_125,
                thread="RMI TCP Connection(12)-10.0.9.8",
                user="ops",
                details=(
                    ("operation", "QueueView.removeMatchingMessages"),
                    ("target", "shop.orders"),
                    ("arguments", "region = 'EU', 5"),
                    ("address", "10.0.9.8"),
                    ("via", "JMX"),
                ),
            ),
        ),
        Sample(
            "INFO  | anonymous called org.apache.activemq.broker.jmx.BrokerView.gc[] "
            "at 02-03-2026 08:20:01,000 | qtp77-31",
            Fields(
                format="activemq-audit",
                text="anonymous called org.apache.activemq.broker.jmx.BrokerView.gc[]",
                level=Level.INFO,
                time=1_772_439_601_000,
                thread="qtp77-31",
                user="anonymous",
                details=(("operation", "BrokerView.gc"), ("via", "Jolokia/console")),
            ),
        ),
        Sample(
            "INFO  | ops called org.apache.activemq.broker.jmx.QueueView.sendTextMessage[a | b\n"
            "\n"
            "INFO  | [x] on y] on shop.stock at 02-03-2026 08:20:02,999 "
            "| RMI TCP Connection(1)-0:0:0:0:0:0:0:1",
            Fields(
                format="activemq-audit",
                text="ops called org.apache.activemq.broker.jmx.QueueView.sendTextMessage[a | b\n"
                "\n"
                "INFO  | [x] on y] on shop.stock",
                level=Level.INFO,
                time=1_772_439_602_999,
                thread="RMI TCP Connection(1)-0:0:0:0:0:0:0:1",
                user="ops",
                details=(
                    ("operation", "QueueView.sendTextMessage"),
                    ("target", "shop.stock"),
                    ("arguments", "a | b\n\nINFO  | [x] on y"),
                    ("address", "0:0:0:0:0:0:0:1"),
                    ("via", "JMX"),
                ),
            ),
        ),
        Sample(
            "INFO  | ops requested /admin/deleteDestination.action [JMSDestinationType='[queue]' "
            "JMSDestination='[it's.old]' secret='[5f-1]' ] from  10.0.9.8 "
            "at 02-03-2026 08:21:00,001 | qtp77-29",
            Fields(
                format="activemq-audit",
                text="ops requested /admin/deleteDestination.action [JMSDestinationType='[queue]' "
                "JMSDestination='[it's.old]' secret='[5f-1]' ] from  10.0.9.8",
                level=Level.INFO,
                time=1_772_439_660_001,
                thread="qtp77-29",
                user="ops",
                details=(
                    ("operation", "deleteDestination"),
                    ("target", "it's.old"),
                    (
                        "arguments",
                        "JMSDestinationType='[queue]' JMSDestination='[it's.old]' secret='[5f-1]'",
                    ),
                    ("address", "10.0.9.8"),
                    ("via", "console"),
                ),
            ),
        ),
        Sample(
            "2012-03-02 08:20:00,125 | INFO  | ops called "
            "org.apache.activemq.broker.jmx.BrokerView.removeQueue[shop.old] "
            "| RMI TCP Connection(3)-10.0.9.8",
            Fields(
                format="activemq-audit",
                text="ops called org.apache.activemq.broker.jmx.BrokerView.removeQueue[shop.old]",
                level=Level.INFO,
                time=1_330_676_400_125,
                thread="RMI TCP Connection(3)-10.0.9.8",
                user="ops",
                details=(
                    ("operation", "BrokerView.removeQueue"),
                    ("arguments", "shop.old"),
                    ("address", "10.0.9.8"),
                    ("via", "JMX"),
                ),
            ),
        ),
        Sample(
            "2012-03-02 08:20:09,000 | INFO  | ops requested /admin/createDestination.action "
            "[JMSDestination='shop.new' JMSDestinationType='queue' ] from 10.0.9.8 | qtp9-1",
            Fields(
                format="activemq-audit",
                text="ops requested /admin/createDestination.action "
                "[JMSDestination='shop.new' JMSDestinationType='queue' ] from 10.0.9.8",
                level=Level.INFO,
                time=1_330_676_409_000,
                thread="qtp9-1",
                user="ops",
                details=(
                    ("operation", "createDestination"),
                    ("target", "shop.new"),
                    ("arguments", "JMSDestination='shop.new' JMSDestinationType='queue'"),
                    ("address", "10.0.9.8"),
                    ("via", "console"),
                ),
            ),
        ),
    )

    def starts(self, line: str) -> bool:
        """Whether a line begins with a level, or is a call or request in the old form."""
        return line[LEVEL_AT] in LEVEL_HEADS or _starts_old(line)

    def begins(self, line: str) -> Level:
        """Never for certain: an event that is open can hold anything."""
        return Level.UNKNOWN

    def continues(self, message: str, line: str) -> bool:
        """Whether `message` still lacks its end and `line` is no new call or request."""
        if line[LEVEL_AT] in LEVEL_HEADS and (
            line.find(_ORDINARY_CALL, AFTER_LEVEL, _ORDINARY_USER) > 0
            or _ACTION.match(line, AFTER_LEVEL)
        ):
            return False
        if not line or line.isspace():
            return True
        return not _starts_old(line) and not _ended(message)

    def level(self, message: str) -> Level:
        """The level, from its fixed place."""
        level = LEVEL_HEADS.get(message[LEVEL_AT])
        if level is not None:
            return level
        return TIMED_HEADS[message[TIMED_AT]] if _starts_old(message) else Level.UNKNOWN

    def time(self, message: str) -> int | None:
        """The time: at the end, of the old form at the beginning."""
        if message[LEVEL_AT] in LEVEL_HEADS:
            return _split(message)[1]
        return milliseconds(message[TIME_AT]) if _starts_old(message) else None

    def parse(self, message: str, *, brief: bool = False) -> Fields | None:
        """User, time, thread, text, and what was done to what with which arguments."""
        level = self.level(message)
        if level is Level.UNKNOWN:
            return None
        if message[LEVEL_AT] in LEVEL_HEADS:
            text, time, thread = _split(message, brief=brief)
        else:
            text, thread = _split_old(message)
            time = None if brief else milliseconds(message[TIME_AT])
        user, details = _action(text, thread or "", brief=brief)
        return Fields(
            format=self.name,
            text=text,
            level=level,
            time=time,
            thread=thread,
            user=user,
            details=tuple((name, value) for name, value in details if value),
        )


def _starts_old(line: str) -> bool:
    return line[TIMED_AT] in TIMED_HEADS and line[MARKS_AT] == MARKS and old_form(line)


def _ended(message: str) -> bool:
    tail = message[-_TAIL:].rstrip()
    if message[LEVEL_AT] in LEVEL_HEADS:
        return _END.search(tail) is not None
    return _OLD_END.search(tail) is not None


def _split(message: str, *, brief: bool = False) -> tuple[str, int | None, str | None]:
    """Text, time unless it is to be brief, and thread; an event that was cut off has neither."""
    body = message[AFTER_LEVEL:].rstrip()
    end = _END.search(body, max(0, len(body) - _TAIL))
    if end is None:
        return body, None, None
    day, month, year, clock, thread = end.groups()
    time = None if brief else milliseconds(f"{year}-{month}-{day}{clock}")
    return body[: end.start()], time, thread


def _split_old(message: str) -> tuple[str, str | None]:
    body = message[AFTER_TIMED:].rstrip()
    end = _OLD_END.search(body, max(0, len(body) - _TAIL))
    if end is None:
        return body, None
    return body[: end.start(1) - len(" | ")], end[1]


Details = list[tuple[str, str]]


def _action(text: str, thread: str, *, brief: bool) -> tuple[str | None, Details]:
    """The user, and operation, target, arguments, address and way of a call or request."""
    match = _ACTION.match(text)
    if match is None:
        return None, []
    if brief:
        return match["user"], []
    rest = text[match.end() :]
    details = _called(match, rest, thread) if match["method"] else _requested(match, rest)
    return match["user"], details


def _called(match: re.Match[str], rest: str, thread: str) -> Details:
    if rest.endswith("]"):
        arguments, target = rest[:-1], ""
    else:
        arguments, found, target = rest.rpartition("] on ")
        if not found:
            arguments, target = rest, ""
    client = _RMI_CLIENT.match(thread)
    # The console calls the broker from the web server's threads, as Jolokia does.
    via = "JMX" if client else "Jolokia/console" if thread.startswith("qtp") else ""
    return [
        ("operation", ".".join(match["method"].rsplit(".", 2)[-2:])),
        ("target", target),
        ("arguments", arguments),
        ("address", client[1] if client else ""),
        ("via", via),
    ]


def _requested(match: re.Match[str], rest: str) -> Details:
    arguments, found, address = rest.rpartition("] from ")
    if not found:
        arguments, address = rest, ""
    return [
        ("operation", match["path"].rpartition("/")[2].removesuffix(".action")),
        ("target", _parameter(arguments, "JMSDestination")),
        ("arguments", arguments.rstrip()),
        ("address", address.strip()),
        ("via", "console"),
    ]


def _parameter(arguments: str, name: str) -> str:
    """Value of a console parameter: `NAME='[VALUE]' `, or `NAME='VALUE' ` in the old form."""
    _, _, value = f" {arguments} ".partition(f" {name}='")
    if value.startswith("["):
        return value[1:].partition("]' ")[0]
    return value.partition("' ")[0]
