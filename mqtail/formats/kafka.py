"""The log of a Kafka broker: `[%d] %p %m (%c)` (config/log4j.properties), then a stack trace."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import ClassVar

from mqtail.events import Level
from mqtail.formats.base import Fields, Sample
from mqtail.formats.kafka_details import details, user
from mqtail.formats.times import milliseconds

_WORDS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_LEVELS = {f"] {word} ": Level.named(word) for word in _WORDS}
"""What follows the time, in one of two fixed places: words have four or five letters."""
_SHORT_LEVEL_AT = slice(24, 31)
_LONG_LEVEL_AT = slice(24, 32)

_MARKS_AT = slice(5, 21, 3)
"""Every third character of a time: its separators, so that one comparison tells it."""
_MARKS = "-- ::,"
_MINUTE_AT = slice(0, 17)
_SECOND_AT = slice(17, 21)
_FRACTION_AT = slice(21, 24)
_SECONDS = {f":{second:02},": second * 1_000 for second in range(60)}
_FRACTIONS = {f"{fraction:03}": fraction for fraction in range(1_000)}

_WORKER = "[Worker-"
_WORKER_LENGTH = 100
_BEFORE_TIME = ("\0", _WORKER)
"""How a line begins that has something before its time."""
_BLOCK = 4_096
"""A file that a crash broke off is filled with NUL bytes up to the end of its block."""

_LOGGER = re.compile(r"([A-Za-z_][\w$-]*(?:\.[\w$-]+)+)(?::\d+)?")
"""Connect writes `%c:%L`, with the line in the source."""
_LOGGER_LENGTH = 300
_LAYOUT_LINES = 1_000
"""The logger is looked for in so many lines that end with a bracket."""


class Kafka:
    """The log of a Kafka broker, 2.x to 3.x, with ZooKeeper or KRaft, and of an MSK Connect worker.

    A line that is no event start belongs to the event before it: a stack trace, values of the
    configuration, a blank line, the NUL bytes of a file that was broken off.
    """

    name: ClassVar[str] = "kafka"
    title: ClassVar[str] = "Kafka broker log"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            "[2026-03-02 08:15:01,007] INFO [Partition shop.orders-2 broker=1] "
            "Shrinking ISR from 1,3,2 to 1,3 (kafka.cluster.Partition)",
            Fields(
                format="kafka",
                text="[Partition shop.orders-2 broker=1] Shrinking ISR from 1,3,2 to 1,3",
                level=Level.INFO,
                time=1_772_439_301_007,
                logger="kafka.cluster.Partition",
                details=(
                    ("component", "Partition"),
                    ("broker", "1"),
                    ("partition", "shop.orders-2"),
                    ("topic", "shop.orders"),
                ),
            ),
        ),
        Sample(
            "[2026-03-02 08:15:02,040] INFO [GroupCoordinator 3]: Member till-7-c0ffee in group "
            "tills has failed, removing it from the group "
            "(kafka.coordinator.group.GroupCoordinator)",
            Fields(
                format="kafka",
                text="[GroupCoordinator 3]: Member till-7-c0ffee in group tills has failed, "
                "removing it from the group",
                level=Level.INFO,
                time=1_772_439_302_040,
                logger="kafka.coordinator.group.GroupCoordinator",
                details=(("component", "GroupCoordinator"), ("broker", "3"), ("group", "tills")),
            ),
        ),
        Sample(
            "[2026-03-02 08:15:09,250] WARN [ReplicaFetcher replicaId=2, leaderId=1, fetcherId=0] "
            "Error while fetching from the leader (kafka.server.ReplicaFetcherThread)\n"
            "java.io.IOException: no answer from node 1 (id: 1 rack: use1-az1)\n"
            "\tat com.example.Fetcher.fetch(Fetcher.scala:31)\n"
            "Caused by: java.net.ConnectException\n"
            "\t... 4 more\n",
            Fields(
                format="kafka",
                text="[ReplicaFetcher replicaId=2, leaderId=1, fetcherId=0] "
                "Error while fetching from the leader\n"
                "java.io.IOException: no answer from node 1 (id: 1 rack: use1-az1)\n"
                "\tat com.example.Fetcher.fetch(Fetcher.scala:31)\n"
                "Caused by: java.net.ConnectException\n"
                "\t... 4 more\n",
                level=Level.WARN,
                time=1_772_439_309_250,
                logger="kafka.server.ReplicaFetcherThread",
                details=(("component", "ReplicaFetcher"), ("broker", "2")),
            ),
        ),
        Sample(
            "[2026-03-02 08:16:00,000] INFO KafkaConfig values: \n"
            "\tbroker.id = 2\n"
            "\tssl.principal.mapping.rules = DEFAULT (see x)\n"
            " (kafka.server.KafkaConfig)",
            Fields(
                format="kafka",
                text="KafkaConfig values: \n"
                "\tbroker.id = 2\n"
                "\tssl.principal.mapping.rules = DEFAULT (see x)",
                level=Level.INFO,
                time=1_772_439_360_000,
                logger="kafka.server.KafkaConfig",
            ),
        ),
        Sample(
            "[2026-03-02 08:16:04,411] INFO [kafka-log-cleaner-thread-0]: \n"
            "\tCleaned log shop.stock-0 (dirty section = [0, 40])\n"
            "\t12 of 40 messages stay (kafka.log.LogCleaner)\n",
            Fields(
                format="kafka",
                text="[kafka-log-cleaner-thread-0]: \n"
                "\tCleaned log shop.stock-0 (dirty section = [0, 40])\n"
                "\t12 of 40 messages stay\n",
                level=Level.INFO,
                time=1_772_439_364_411,
                logger="kafka.log.LogCleaner",
                details=(("component", "kafka-log-cleaner-thread-0"),),
            ),
        ),
        Sample(
            "[2026-03-02 08:17:00,125] ERROR [Controller id=3 epoch=9] Could not elect a leader "
            "for partition shop.orders-0 (none of its replicas is alive) (state.change.logger)",
            Fields(
                format="kafka",
                text="[Controller id=3 epoch=9] Could not elect a leader for partition "
                "shop.orders-0 (none of its replicas is alive)",
                level=Level.ERROR,
                time=1_772_439_420_125,
                logger="state.change.logger",
                details=(
                    ("component", "Controller"),
                    ("broker", "3"),
                    ("partition", "shop.orders-0"),
                    ("topic", "shop.orders"),
                ),
            ),
        ),
        Sample(
            "[2026-03-02 08:17:30,900] INFO [SocketServer listenerType=BROKER, nodeId=1] Failed "
            "authentication with ip-10-0-9-31.ec2.internal/10.0.9.31 (channelId=10.0.4.17:9096-"
            "10.0.9.31:50122-4) (wrong password) (org.apache.kafka.common.network.Selector)",
            Fields(
                format="kafka",
                text="[SocketServer listenerType=BROKER, nodeId=1] Failed authentication with "
                "ip-10-0-9-31.ec2.internal/10.0.9.31 (channelId=10.0.4.17:9096-10.0.9.31:50122-4) "
                "(wrong password)",
                level=Level.INFO,
                time=1_772_439_450_900,
                logger="org.apache.kafka.common.network.Selector",
                details=(
                    ("component", "SocketServer"),
                    ("broker", "1"),
                    ("address", "10.0.9.31"),
                ),
            ),
        ),
        Sample(
            "[2026-03-02 08:18:00,001] DEBUG [RaftManager id=2] Vote for node 3 in epoch 41 "
            "(org.apache.kafka.raft.KafkaRaftClient)",
            Fields(
                format="kafka",
                text="[RaftManager id=2] Vote for node 3 in epoch 41",
                level=Level.DEBUG,
                time=1_772_439_480_001,
                logger="org.apache.kafka.raft.KafkaRaftClient",
                details=(("component", "RaftManager"), ("broker", "2")),
            ),
        ),
        Sample(
            "[2026-03-02 08:18:40,700] INFO Principal = User:kiosk is Denied operation = WRITE "
            "from host = 10.0.9.31 on resource = Topic:LITERAL:shop.orders for request = PRODUCE "
            "with resourceRefCount = 1 based on rule DefaultDeny (kafka.authorizer.logger)",
            Fields(
                format="kafka",
                text="Principal = User:kiosk is Denied operation = WRITE from host = 10.0.9.31 on "
                "resource = Topic:LITERAL:shop.orders for request = PRODUCE with "
                "resourceRefCount = 1 based on rule DefaultDeny",
                level=Level.INFO,
                time=1_772_439_520_700,
                logger="kafka.authorizer.logger",
                user="kiosk",
                details=(
                    ("topic", "shop.orders"),
                    ("address", "10.0.9.31"),
                    ("operation", "WRITE"),
                ),
            ),
        ),
        Sample(
            "[Worker-0a1b2c3d4e5f60718] [2026-03-02 08:19:00,500] WARN [Consumer "
            "clientId=connector-shop-0, groupId=connect-shop] No answer, trying again "
            "(org.apache.kafka.clients.NetworkClient:780)",
            Fields(
                format="kafka",
                text="[Consumer clientId=connector-shop-0, groupId=connect-shop] No answer, "
                "trying again",
                level=Level.WARN,
                time=1_772_439_540_500,
                logger="org.apache.kafka.clients.NetworkClient",
                details=(
                    ("worker", "0a1b2c3d4e5f60718"),
                    ("component", "Consumer"),
                    ("group", "connect-shop"),
                    ("client", "connector-shop-0"),
                ),
            ),
        ),
        Sample(
            "\0\0\0\0[2026-03-02 08:19:59,999] FATAL [KafkaServer id=1] Stopped "
            "(kafka.server.KafkaServer)\n\0\0",
            Fields(
                format="kafka",
                text="[KafkaServer id=1] Stopped\n\0\0",
                level=Level.FATAL,
                time=1_772_439_599_999,
                logger="kafka.server.KafkaServer",
                details=(("component", "KafkaServer"), ("broker", "1")),
            ),
        ),
    )

    def starts(self, line: str) -> bool:
        """Whether a line begins an event."""
        return _level(line) is not Level.UNKNOWN

    def begins(self, line: str) -> Level:
        """The level of every line that has one."""
        return _level(line)

    def continues(self, message: str, line: str) -> bool:
        """Whether `line` is anything but the start of an event."""
        return _level(line) is Level.UNKNOWN

    def level(self, message: str) -> Level:
        """The level, from one of its two fixed places."""
        return _level(message)

    def time(self, message: str) -> int | None:
        """The time, from its fixed place."""
        if message[_SHORT_LEVEL_AT] not in _LEVELS and message[_LONG_LEVEL_AT] not in _LEVELS:
            if _level(message) is Level.UNKNOWN:
                return None
            message = _head(message)
        minute = _minute(message[_MINUTE_AT])
        second = _SECONDS.get(message[_SECOND_AT])
        fraction = _FRACTIONS.get(message[_FRACTION_AT])
        if minute is None or second is None or fraction is None:
            return None
        return minute + second + fraction

    def parse(self, message: str, *, brief: bool = False) -> Fields | None:
        """Level, time, message with its stack trace, logger, and details of the message."""
        level = _level(message)
        if level is Level.UNKNOWN:
            return None
        start = _time_at(message)
        level_at = _SHORT_LEVEL_AT if _head(message)[_SHORT_LEVEL_AT] in _LEVELS else _LONG_LEVEL_AT
        text, logger = _split(message[start + level_at.stop :])
        return Fields(
            format=self.name,
            text=text,
            level=level,
            time=None if brief else self.time(message),
            logger=logger,
            user=user(text),
            details=() if brief else _worker(message[:start]) + details(text, logger or ""),
        )


def _level(message: str) -> Level:
    if message[_MARKS_AT] != _MARKS or message[0] != "[":
        if not message.startswith(_BEFORE_TIME):
            return Level.UNKNOWN
        message = _head(message)
        if message[_MARKS_AT] != _MARKS or message[0] != "[":
            return Level.UNKNOWN
    return (
        _LEVELS.get(message[_SHORT_LEVEL_AT])
        or _LEVELS.get(message[_LONG_LEVEL_AT])
        or Level.UNKNOWN
    )


def _head(message: str) -> str:
    """What stands where time and level can stand."""
    start = _time_at(message)
    return message[start : start + _LONG_LEVEL_AT.stop]


def _time_at(message: str) -> int:
    """Where the time can stand: first, behind NUL bytes, behind the name of a Connect worker."""
    start = 0
    if message[:1] == "\0":
        block = message[:_BLOCK]
        start = len(block) - len(block.lstrip("\0"))
    if message.startswith(_WORKER, start):
        end = message.find("] [", start, start + _WORKER_LENGTH)
        return end + len("] ") if end >= 0 else start
    return start


@lru_cache(maxsize=1_024)
def _minute(text: str) -> int | None:
    """Ms since the epoch of `[YYYY-MM-DD HH:MM`: many lines share one."""
    if text[:1] != "[" or text[_MARKS_AT] != _MARKS[:4]:
        return None
    return milliseconds(text[1:])


def _worker(prefix: str) -> tuple[tuple[str, str], ...]:
    """The Connect worker's id, of what stands before the time."""
    name = prefix.lstrip("\0").removeprefix(_WORKER).removesuffix("] ")
    return (("worker", name),) if name else ()


def _split(body: str) -> tuple[str, str | None]:
    """The message without its logger, and the logger.

    It ends the first line, or a later one where the message itself has line breaks.
    """
    start = 0
    for _ in range(_LAYOUT_LINES):
        end = body.find(")\n", start)
        last = len(body.rstrip()) - 1 if end < 0 else end
        opening = body.rfind(" (", max(start, last - _LOGGER_LENGTH), last)
        logger = _LOGGER.fullmatch(body, opening + 2, last) if opening >= 0 else None
        if logger and body[last] == ")":
            # A logger alone on its line leaves nothing of the line.
            return body[:opening].removesuffix("\n") + body[last + 1 :], logger[1]
        if end < 0:
            break
        start = end + 2
    return body, None
