"""The general log of ActiveMQ, `activemq.log`: `%d | %-5p | %m | %c | %t`, then a stack trace."""

from __future__ import annotations

import re
from typing import ClassVar

from mqtail.events import Level
from mqtail.formats.activemq_audit import old_form
from mqtail.formats.base import Fields, Sample
from mqtail.formats.log4j import AFTER_TIMED, MARKS, MARKS_AT, TIME_AT, TIMED_AT, TIMED_HEADS
from mqtail.formats.times import milliseconds

_UNKNOWN = Level.UNKNOWN
"""An enumeration's member is slow to look up: this is asked of every event."""
_LAYOUT_LINES = 200
"""The logger and thread of a message with line breaks are looked for in so many lines."""
_SEARCHED = 2_000
"""Characters of a message in which details are looked for."""

# Details are asked of many events, so a plain search for a word decides whether to look closer.
_BROKER = re.compile(r"Apache ActiveMQ \S+ \(([^,]+), ")
_BROKER_IN = re.compile(r"Broker(?:Service)?\[([^\]]+)\]")
_CONNECTOR = re.compile(r"Connector (\S+) (?:started|stopped)")
_CLIENT_BEFORE = ("clientIP=", "onnection to: ", "connected from ", "Stopping ")
_TRANSPORT_THREAD = "ActiveMQ Transport: "
_ADDRESS = re.compile(r"(?!vm:)[a-z][a-z+]*:///?([^\s,;?@/]+)")
_CLIENT_ID = re.compile(r"clientId(?: = |[= ])([^\s,=]+)")
_DESTINATION = re.compile(r"(?:temp-)?(?:queue|topic)://[^\s,;:()\[\]|]+")
_USAGE = re.compile(r"percentUsage=(\d+%)")
_USER = re.compile(r"User (?:name \[([^\]]*)\] or password|(\S+) is not authorized)")


class ActiveMQGeneral:
    """The general log of ActiveMQ 5.8 to 6.x, as log4j 1.2 and log4j 2 write it.

    A line that is no event start belongs to the event before it: a stack trace, the rest of a
    message with line breaks, a blank line.
    """

    name: ClassVar[str] = "activemq-general"
    title: ClassVar[str] = "ActiveMQ general log"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            "2026-03-02 08:15:01,007 | INFO  | Connector mqtt+ssl started "
            "| org.apache.activemq.broker.TransportConnector | main",
            Fields(
                format="activemq-general",
                text="Connector mqtt+ssl started",
                level=Level.INFO,
                time=1_772_439_301_007,
                logger="org.apache.activemq.broker.TransportConnector",
                thread="main",
                details=(("connector", "mqtt+ssl"),),
            ),
        ),
        Sample(
            "2026-03-02 08:15:01,940 | INFO  | Apache ActiveMQ 5.18.4 (shop-mq-1, ID:ip-10-0-4-17-"
            "40123-1772439300812-0:1) is starting | org.apache.activemq.broker.BrokerService "
            "| main",
            Fields(
                format="activemq-general",
                text="Apache ActiveMQ 5.18.4 (shop-mq-1, ID:ip-10-0-4-17-40123-1772439300812-0:1)"
                " is starting",
                level=Level.INFO,
                time=1_772_439_301_940,
                logger="org.apache.activemq.broker.BrokerService",
                thread="main",
                details=(("broker", "shop-mq-1"),),
            ),
        ),
        Sample(
            "2026-03-02 08:19:44,120 | WARN  | Failed to add Connection id=c-7, clientId=till-3, "
            "clientIP=tcp://10.0.9.31:50122 due to User name [kiosk] or password is invalid. "
            "| org.apache.activemq.broker.TransportConnection "
            "| ActiveMQ Transport: ssl:///10.0.9.31:50122\n"
            "java.lang.SecurityException: User name [kiosk] or password is invalid.\n"
            "\tat com.example.Login.check(Login.java:31)[login.jar:1.2]\n"
            "Caused by: java.io.IOException: no answer | from the directory\n"
            "\t... 12 more",
            Fields(
                format="activemq-general",
                text="Failed to add Connection id=c-7, clientId=till-3, "
                "clientIP=tcp://10.0.9.31:50122 due to User name [kiosk] or password is invalid.\n"
                "java.lang.SecurityException: User name [kiosk] or password is invalid.\n"
                "\tat com.example.Login.check(Login.java:31)[login.jar:1.2]\n"
                "Caused by: java.io.IOException: no answer | from the directory\n"
                "\t... 12 more",
                level=Level.WARN,
                time=1_772_439_584_120,
                logger="org.apache.activemq.broker.TransportConnection",
                thread="ActiveMQ Transport: ssl:///10.0.9.31:50122",
                user="kiosk",
                details=(("address", "10.0.9.31:50122"), ("client", "till-3")),
            ),
        ),
        Sample(
            "2026-03-02 09:00:00,000 | ERROR | Stopped: limit | reached for queue://shop.orders.\n"
            "second line of the message | com.example.Guard "
            "| ActiveMQ Broker[shop-mq-1] Scheduler\n"
            "java.lang.IllegalStateException",
            Fields(
                format="activemq-general",
                text="Stopped: limit | reached for queue://shop.orders.\n"
                "second line of the message\njava.lang.IllegalStateException",
                level=Level.ERROR,
                time=1_772_442_000_000,
                logger="com.example.Guard",
                thread="ActiveMQ Broker[shop-mq-1] Scheduler",
                details=(("broker", "shop-mq-1"), ("destination", "queue://shop.orders")),
            ),
        ),
        Sample(
            "2026-03-02 09:00:03,250 | WARN  |  | org.eclipse.jetty.servlet.ServletHandler | qtp4",
            Fields(
                format="activemq-general",
                text="",
                level=Level.WARN,
                time=1_772_442_003_250,
                logger="org.eclipse.jetty.servlet.ServletHandler",
                thread="qtp4",
            ),
        ),
    )

    def starts(self, line: str) -> bool:
        """Whether a line begins an event; one in the audit log's old form does not."""
        return self.begins(line) is not _UNKNOWN

    def begins(self, line: str) -> Level:
        """The level of every line with a time that is not in the audit log's old form."""
        if line[MARKS_AT] != MARKS or old_form(line):
            return _UNKNOWN
        return TIMED_HEADS.get(line[TIMED_AT], _UNKNOWN)

    def continues(self, message: str, line: str) -> bool:
        """Whether `line` is anything but the start of an event."""
        return line[TIMED_AT] not in TIMED_HEADS or line[MARKS_AT] != MARKS

    def level(self, message: str) -> Level:
        """The level, from its fixed place."""
        if message[MARKS_AT] != MARKS:
            return _UNKNOWN
        return TIMED_HEADS.get(message[TIMED_AT], _UNKNOWN)

    def time(self, message: str) -> int | None:
        """The time, from its fixed place."""
        return milliseconds(message[TIME_AT]) if self.starts(message) else None

    def parse(self, message: str, *, brief: bool = False) -> Fields | None:
        """Time, level, message with its stack trace, logger, thread, and details of the message."""
        level = self.begins(message)
        if not level:
            return None
        text, logger, thread, trace = _split(message[AFTER_TIMED:])
        searched = text[:_SEARCHED]
        return Fields(
            format=self.name,
            text=text + trace,
            level=level,
            time=None if brief else milliseconds(message[TIME_AT]),
            logger=logger,
            thread=thread,
            user=_user(searched),
            details=() if brief else _details(searched, thread or ""),
        )


def _split(body: str) -> tuple[str, str | None, str | None, str]:
    """Message, logger, thread, and the rest from the line break after them on.

    They end the first line, or a later one where the message itself has line breaks.
    """
    start = 0
    for _ in range(_LAYOUT_LINES):
        end = body.find("\n", start)
        line = body[start:] if end < 0 else body[start:end]
        parts = line.rsplit(" | ", 2)
        if len(parts) == 3 and len(parts[1].split()) == 1:
            trace = "" if end < 0 else body[end:]
            text = body[: start + len(parts[0])] if start else parts[0]
            return text, parts[1], parts[2].rstrip(), trace
        if end < 0:
            break
        start = end + 1
    return body, None, None, ""


def _user(text: str) -> str | None:
    """Who was refused. `null` is Java's word for a login without a name."""
    match = _USER.search(text) if "User " in text else None
    name = (match[1] or match[2]) if match else None
    return name if name and name != "null" else None


def _details(text: str, thread: str) -> tuple[tuple[str, str], ...]:
    broker = _BROKER.match(text) or _BROKER_IN.search(text) or _BROKER_IN.search(thread)
    connector = _CONNECTOR.match(text)
    client = _CLIENT_ID.search(text) if "clientId" in text else None
    destination = None
    if "queue://" in text or "topic://" in text:
        destination = _DESTINATION.search(text)
    usage = _USAGE.search(text) if "percentUsage=" in text else None
    found = (
        ("broker", broker and broker[1]),
        ("connector", connector and connector[1]),
        ("address", _client_address(text, thread)),
        ("client", client and client[1]),
        ("destination", destination and destination[0].rstrip(".'\"")),
        ("usage", usage and usage[1]),
    )
    return tuple((name, value) for name, value in found if value)


def _client_address(text: str, thread: str) -> str | None:
    """Host and port of the client: named in the message, or the one that the thread serves.

    A connection inside the broker's own process (`vm://`) has none.
    """
    for word in _CLIENT_BEFORE:
        start = text.find(word)
        if start >= 0 and (address := _ADDRESS.match(text, start + len(word))):
            return address[1]
    if thread.startswith(_TRANSPORT_THREAD):
        address = _ADDRESS.match(thread, len(_TRANSPORT_THREAD))
        return address and address[1]
    return None
