"""The story of `telemetry-mq`: a RabbitMQ cluster of three nodes, under a memory alarm at times.

The lines have the form of RabbitMQ 3.9 and later, `time [level] <process> text`; every line of a
message of several repeats it, and is an event of its own.
"""

from __future__ import annotations

from mqtail.demo.mq_service import Broker
from mqtail.demo.story.telling import Scene, Story, micro_time

BROKER_NAME = "telemetry-mq"
NODES = ("10-0-21-51", "10-0-21-52", "10-0-21-53")
ALARM_BEFORE_START_S = 14 * 60
"""The memory alarm of the history, seconds before the start."""
FIRST_ALARM_S = 45
ALARM_PERIOD_S = 150
"""Live alarms: the first one, and how long until each next, seconds."""
ALARM_MS = 40_000
"""How long an alarm lasts."""

_ALARM_PROCESS = "<0.288.0>"
_CLIENTS = ("sensor-gateway", "rollup-worker", "dashboard", "archiver")
_VHOST = "telemetry"

_REFUSED_OPERATIONS = (
    "operation basic.consume caused a channel exception not_found: no queue 'readings.raw' in"
    f" vhost '{_VHOST}'",
    "operation queue.declare caused a channel exception precondition_failed: inequivalent arg"
    f" 'durable' for queue 'rollup.hourly' in vhost '{_VHOST}': received 'false' but current is"
    " 'true'",
    "operation basic.ack caused a channel exception precondition_failed: unknown delivery tag 31",
    "operation basic.publish caused a channel exception access_refused: access to exchange"
    f" 'alerts' in vhost '{_VHOST}' refused for user 'sensors'",
)


class RabbitMqStory(Story):
    """Tells the story.

    Args:
        broker: the broker, for the names of its log groups.
        region: part of the nodes' names.
        start: the moment between history and live events, ms since the epoch.
        seed: the same seed tells the same story.
    """

    def __init__(self, broker: Broker, region: str, start: int, seed: int) -> None:
        super().__init__("rabbitmq", start, seed, rates=(0.05, 0.6))
        self.broker = broker
        self.region = region
        self._scenes = (
            Scene(self._alarm, (-ALARM_BEFORE_START_S,), FIRST_ALARM_S, ALARM_PERIOD_S),
            Scene(self._crash, (-1800,), 130, 300),
            Scene(self._refused_login, (-3300, -2250, -1250, -420), 28, 95),
            Scene(self._missed_heartbeat, (-2900, -1500, -240), 66, 140),
            Scene(self._election, (-2400,), 110, 420),
        )

    def node(self, index: int) -> str:
        """Name of a node, 0 to 2."""
        return f"rabbit@ip-{NODES[index]}.{self.region}.compute.internal"

    # Lines.

    def _write(self, kind: str, at: int, node: int, level: str, process: str, *lines: str) -> None:
        """A message in the log group of a kind: `general`, `connection` or `channel`."""
        prefix = f"{micro_time(at, self._number(0, 999))} [{level}] {process} "
        group = self.broker.log_group_prefix + kind
        messages = [prefix + line for line in lines]
        self._desk.send(group, f"{self.node(node)}.log", at, messages)

    def _process(self) -> str:
        return f"<0.{self._number(1200, 48_000)}.0>"

    def _peers(self, node: int) -> str:
        """The two ends of a connection to a node."""
        address = f"10.0.40.{self._number(10, 60)}:{self._number(32768, 60999)}"
        return f"{address} -> {NODES[node].replace('-', '.')}:5671"

    # What happens all the time.

    def _ordinary(self, at: int) -> None:
        node = self._number(0, 2)
        if self._random.random() < 0.2:
            self._channel_error(at, node)
        else:
            self._connection(at, node)

    def _connection(self, at: int, node: int) -> None:
        """A client connects, or one leaves."""
        process, peers = self._process(), self._peers(node)
        client = f"{self._random.choice(_CLIENTS)}-{self._number(1, 5)}"
        named = f"{process} ({peers} - {client}"
        if self._random.random() < 0.4:
            text = f"closing AMQP connection {named}, vhost: '{_VHOST}', user: 'sensors')"
            self._write("connection", at, node, "info", process, text)
            return
        granted = f"user 'sensors' authenticated and granted access to vhost '{_VHOST}'"
        for delay, text in (
            (0, f"accepting AMQP connection {process} ({peers})"),
            (2, f"connection {process} ({peers}) has a client-provided name: {client}"),
            (5, f"connection {named}): {granted}"),
        ):
            self._write("connection", at + delay, node, "info", process, text)

    def _channel_error(self, at: int, node: int) -> None:
        process, peers = self._process(), self._peers(node)
        channel = self._number(1, 9)
        first = (
            f"Channel error on connection {process} ({peers}, vhost: '{_VHOST}', user: 'sensors'),"
            f" channel {channel}:"
        )
        second = self._random.choice(_REFUSED_OPERATIONS)
        self._write("channel", at, node, "error", process, first, second)

    # Scenes.

    def _alarm(self, at: int) -> None:
        """A node runs short of memory; its publishers are blocked until that has passed."""
        short, others = self._number(0, 2), range(3)
        used = self._number(3_300_000_000, 3_900_000_000)
        watermark = f"memory high watermark set to 3174 MiB ({3174 * 1024 * 1024} bytes)"
        self._write("general", at - 400, short, "info", "<0.480.0>", watermark)
        text = f"vm_memory_high_watermark set. Memory used:{used} allowed:3328180224"
        self._write("general", at - 20, short, "info", "<0.480.0>", text)
        stars = "*" * 58
        box = ("", stars, "*** Publishers will be blocked until this alarm clears ***", stars, "")
        name = self.node(short)
        for node in others:
            delay = 0 if node == short else self._number(5, 60)
            text = f"memory resource limit alarm set on node '{name}'."
            self._write("general", at + delay, node, "warning", _ALARM_PROCESS, text, *box)
        for _ in range(5):
            blocked = at + self._number(1000, ALARM_MS - 4000)
            process, peers = self._process(), self._peers(short)
            text = (
                f"closing AMQP connection {process} ({peers}, vhost: '{_VHOST}', user: 'sensors'):"
            )
            reason = "client unexpectedly closed TCP connection"
            self._write("connection", blocked, short, "warning", process, text, reason)
        for node in others:
            end = at + ALARM_MS + (0 if node == short else self._number(5, 60))
            text = f"memory resource limit alarm cleared on node '{name}'"
            self._write("general", end, node, "warning", _ALARM_PROCESS, text)
            text = "memory resource limit alarm cleared across the cluster"
            self._write("general", end + 1, node, "warning", _ALARM_PROCESS, text)

    def _refused_login(self, at: int) -> None:
        node = self._number(0, 2)
        for attempt in range(3):
            process, peers = self._process(), self._peers(node)
            begin = at + attempt * self._number(900, 1400)
            text = f"accepting AMQP connection {process} ({peers})"
            self._write("connection", begin, node, "info", process, text)
            text = f"Error on AMQP connection {process} ({peers}, state: starting):"
            reason = "PLAIN login refused: user 'grafana' - invalid credentials"
            self._write("connection", begin + 4, node, "error", process, text, reason)
            text = f"closing AMQP connection {process} ({peers})"
            self._write("connection", begin + 6, node, "info", process, text)

    def _missed_heartbeat(self, at: int) -> None:
        node = self._number(0, 2)
        process, peers = self._process(), self._peers(node)
        text = f"closing AMQP connection {process} ({peers} - archiver-2):"
        reason = "missed heartbeats from client, timeout: 60s"
        self._write("connection", at, node, "error", process, text, reason)

    def _election(self, at: int) -> None:
        """A quorum queue changes its leader."""
        queue, term = f"queue 'rollup.{self._number(1, 6)}' in vhost '{_VHOST}'", self._number(3, 9)
        process, node = self._process(), self._number(0, 2)
        for delay, level, text in (
            (0, "info", f"{queue}: Leader monitor down with shutdown, setting election timeout"),
            (210, "info", f"{queue}: follower -> pre_vote in term: {term} machine version: 3"),
            (222, "info", f"{queue}: pre_vote -> candidate in term: {term + 1} machine version: 3"),
            (260, "notice", f"{queue}: candidate -> leader in term: {term + 1} machine version: 3"),
        ):
            self._write("general", at + delay, node, level, process, text)

    def _crash(self, at: int) -> None:
        """A process dies; its report repeats the prefix on every line."""
        process, parent = self._process(), self._process()
        self._write(
            "general",
            at,
            self._number(0, 2),
            "error",
            process,
            "  crasher:",
            "    initial call: rabbit_reader:init/3",
            f"    pid: {process}",
            "    registered_name: []",
            f"    exception exit: {{unknown_method_id,{{{self._number(9000, 25_000)},21573}}}}",
            "      in function  rabbit_framing_amqp_0_9_1:lookup_method_name/1",
            "      in call from rabbit_command_assembler:analyze_frame/3",
            "      in call from rabbit_reader:handle_frame/4",
            "      in call from rabbit_reader:recvloop/4",
            f"    ancestors: [{parent},rabbit_sup]",
            "    message_queue_len: 1",
            f"    links: [{parent}]",
            "    trap_exit: true",
            "    status: running",
            f"    heap_size: {self._number(1500, 6000)}",
            "  neighbours:",
            "",
        )
