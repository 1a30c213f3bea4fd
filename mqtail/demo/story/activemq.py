"""The story of `orders-mq`: an active/standby ActiveMQ broker that fails over, and over again.

The forms of the lines are those of ActiveMQ 5.18 with log4j 2: a general log
`time | LEVEL | message | logger | thread` and an audit log `LEVEL | message at time | thread`.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime
from uuid import UUID

from mqtail.demo.mq_service import Broker
from mqtail.demo.story import activemq_traces
from mqtail.demo.story.telling import Scene, Story, comma_time

BROKER_NAME = "orders-mq"
VERSION = "5.18.4"
FAILOVER_BEFORE_START_S = 22 * 60
"""The failover of the history, seconds before the start."""
FIRST_FAILOVER_S = 90
FAILOVER_PERIOD_S = 240
"""Live failovers: the first one, and how long until each next, seconds."""

_TAKEOVER_MS = (2_000, 16_000)
"""After the operator's call no instance is active between these two."""

_QUEUES = ("orders.incoming", "orders.priority", "payments.settled", "invoices.out", "stock.levels")
_CLIENTS = ("order-intake", "payment-worker", "invoice-export", "stock-sync", "web-shop")

_ACTIVEMQ = "org.apache.activemq."
_SERVICE = _ACTIVEMQ + "broker.BrokerService"
_CONNECTOR = _ACTIVEMQ + "broker.TransportConnector"
_CONNECTION = _ACTIVEMQ + "broker.TransportConnection"
_JOURNAL = _ACTIVEMQ + "store.kahadb.MessageDatabase"
_LISTENERS = (("openwire", "ssl", 61617), ("amqp", "amqp+ssl", 5671), ("stomp", "stomp+ssl", 61614))


class ActiveMqStory(Story):
    """Tells the story.

    Args:
        broker: the broker, for the names of its log groups and streams.
        start: the moment between history and live events, ms since the epoch.
        seed: the same seed tells the same story.
    """

    def __init__(self, broker: Broker, start: int, seed: int) -> None:
        super().__init__("activemq", start, seed, rates=(0.1, 1.4))
        self.broker = broker
        self._failovers = Scene(
            self._failover, (-FAILOVER_BEFORE_START_S,), FIRST_FAILOVER_S, FAILOVER_PERIOD_S
        )
        self._scenes = (
            Scene(self._standby_start, (-3510,)),
            self._failovers,
            Scene(self._memory_limit, (-2640, -520), 35, 210),
            Scene(self._trace_as_one_event, (-2160, -700), 60, 300),
            Scene(self._trace_line_by_line, (-1860, -300), 150, 300),
            Scene(self._refused_login, (-3120, -1620, -1010), 75, 110),
            Scene(self._console_send, (-1440,), 20, 240),
            Scene(self._purge, (-1340, -430), 80, 240),
            Scene(self._monitoring, tuple(range(-3580, -20, 300)), 12, 60),
            Scene(self._late_line, tuple(range(-3300, -60, 600)), 25, 60),
        )

    def active(self, at: int) -> int | None:
        """The instance, 1 or 2, that is active at a time (ms); None while none is."""
        second = (at - self.start) // 1000
        done = list(self._failovers.times(-FAILOVER_BEFORE_START_S, second + 1))
        before = bisect_right(done, (at - self.start - _TAKEOVER_MS[0]) / 1000)
        after = bisect_right(done, (at - self.start - _TAKEOVER_MS[1]) / 1000)
        return None if before != after else 1 + after % 2

    # Lines.

    def _stream(self, instance: int) -> str:
        return f"activemq-{self.broker.id}-{instance}.log"

    def _general(
        self,
        at: int,
        instance: int,
        level: str,
        message: str,
        logger: str,
        thread: str = "main",
        *,
        trace: tuple[str, ...] = (),
        line_by_line: bool = False,
        late_ms: int = 0,
    ) -> None:
        """A line of the general log; its stack trace in the same event, or line by line."""
        line = f"{comma_time(at)} | {level:<5} | {message} | {logger} | {thread}"
        lines = (line, *trace)
        messages = lines if line_by_line else ("\n".join(lines),)
        group = self.broker.log_group_prefix + "general"
        self._desk.send(group, self._stream(instance), at, messages, late_ms=late_ms)

    def _audit(self, at: int, instance: int, action: str, thread: str) -> None:
        """A line of the audit log, whose time stands at the end of the action."""
        line = f"INFO  | {action} at {comma_time(at, '%d-%m-%Y')} | {thread}"
        self._desk.send(self.broker.log_group_prefix + "audit", self._stream(instance), at, (line,))

    def _called(self, at: int, instance: int, user: str, call: str, target: str) -> None:
        """An operation called over Jolokia or JMX."""
        text = f"{user} called {_ACTIVEMQ}broker.jmx.{call} on {target}"
        self._audit(at, instance, text, f"qtp{self._number(10**8, 10**9)}-{self._number(40, 99)}")

    def _requested(self, at: int, instance: int, path: str, arguments: dict[str, str]) -> None:
        """A page of the web console that `admin` asked for."""
        secret = str(UUID(int=self._random.getrandbits(128)))
        told = "".join(f"{k}='[{v}]' " for k, v in (arguments | {"secret": secret}).items())
        text = f"admin requested /admin/{path} [{told}] from  10.20.40.{self._number(5, 9)}"
        self._audit(at, instance, text, f"qtp{self._number(10**8, 10**9)}-{self._number(40, 99)}")

    def _task(self) -> str:
        return f"ActiveMQ BrokerService[{BROKER_NAME}] Task-{self._number(2, 60)}"

    def _client(self) -> tuple[str, str]:
        """Address and transport thread of some client."""
        address = f"10.20.30.{self._number(11, 40)}:{self._number(32768, 60999)}"
        return address, f"ActiveMQ Transport: ssl:///{address}"

    def _identity(self, instance: int, at: int) -> str:
        port = 41000 + at // 1000 % 900
        return f"{BROKER_NAME}, ID:{BROKER_NAME}-{instance}.example.internal-{port}-{at}-0:1"

    # What happens all the time.

    def _ordinary(self, at: int, *, late_ms: int = 0) -> None:
        instance = self.active(at)
        if instance is None:
            return
        telling = self._random.choices(
            (self._connected, self._dropped, self._inactive, self._slow_disk, self._slow_consumer),
            (40, 18, 16, 18, 8),
        )[0]
        level, message, logger, thread = telling()
        self._general(at, instance, level, message, logger, thread, late_ms=late_ms)

    def _late_line(self, at: int) -> None:
        self._ordinary(at, late_ms=20_000)

    def _connected(self) -> tuple[str, str, str, str]:
        address, thread = self._client()
        client = f"{self._random.choice(_CLIENTS)}-{self._number(1, 4)}"
        adding = self._random.choice(("Adding", "Removing"))
        message = (
            f"{adding} Connection: ConnectionInfo {{commandId = 1, responseRequired = true,"
            f" connectionId = ID:{client}.example.internal-{self._number(33000, 60000)}-1:1,"
            f" clientId = {client}, clientIp = tcp://{address}, userName = app, password = *****}}"
        )
        return "INFO", message, _ACTIVEMQ + "broker.util.LoggingBrokerPlugin", thread

    def _dropped(self) -> tuple[str, str, str, str]:
        address, thread = self._client()
        message = f"Transport Connection to: tcp://{address} failed: java.io.EOFException"
        return "WARN", message, _CONNECTION + ".Transport", thread

    def _inactive(self) -> tuple[str, str, str, str]:
        queue = f"{self._random.choice(_QUEUES)}.reply-{self._number(100, 999)}"
        message = f"{queue} Inactive for longer than 600000 ms - removing ..."
        return "INFO", message, _ACTIVEMQ + "broker.region.Queue", self._task()

    def _slow_disk(self) -> tuple[str, str, str, str]:
        message = f"Slow KahaDB access: cleanup took {self._number(4, 900)}"
        return "INFO", message, _JOURNAL, "ActiveMQ Journal Checkpoint Worker"

    def _slow_consumer(self) -> tuple[str, str, str, str]:
        address, _ = self._client()
        message = f"aborting connection:tcp://{address} with 1 slow consumers"
        logger = _ACTIVEMQ + "broker.region.policy.AbortSlowConsumerStrategy"
        return "INFO", message, logger, f"ActiveMQ Broker[{BROKER_NAME}] Scheduler"

    def _monitoring(self, at: int) -> None:
        """A monitoring job that asks over Jolokia, which has no login of its own."""
        if instance := self.active(at):
            call = "ConnectorView.connectionCount[]"
            self._called(at, instance, "anonymous", call, "openwire")

    # Scenes.

    def _memory_limit(self, at: int) -> None:
        """A queue reaches its memory limit, and its producers are stopped."""
        if (instance := self.active(at)) is None:
            return
        queue = self._random.choice(_QUEUES[:3])
        more = "See http://activemq.apache.org/producer-flow-control.html for more info"
        _, thread = self._client()
        self._general(
            at,
            instance,
            "INFO",
            f"Usage Manager Memory Limit (104857600) reached on queue://{queue}, size"
            f" {self._number(2000, 9000)}. Producers will be throttled to the rate at which"
            f" messages are removed from this destination to prevent flooding it. {more}.",
            _ACTIVEMQ + "broker.region.Queue",
            thread,
        )
        for number in range(1, 5):
            at += self._number(300, 4000)
            producer = f"ID:order-intake-{number}.example.internal-{self._number(33000, 60000)}"
            self._general(
                at,
                instance,
                "WARN",
                "Async error occurred: javax.jms.ResourceAllocationException: Usage Manager Memory"
                f" Limit reached. Producer ({producer}-{self.start}-1:1:1:{number}) stopped to"
                f" prevent flooding queue://{queue}. {more}",
                _CONNECTION + ".Service",
                thread,
            )

    def _trace_as_one_event(self, at: int) -> None:
        if (instance := self.active(at)) is None:
            return
        address, thread = self._client()
        message = f"Could not accept connection from tcp://{address} : certificate expired"
        trace = activemq_traces.CERTIFICATE
        self._general(at, instance, "ERROR", message, _CONNECTOR, thread, trace=trace)

    def _trace_line_by_line(self, at: int) -> None:
        if (instance := self.active(at)) is None:
            return
        self._general(
            at,
            instance,
            "ERROR",
            "Failed to page in more queue messages",
            _ACTIVEMQ + "broker.region.Queue",
            f"Queue:{self._random.choice(_QUEUES)}",
            trace=activemq_traces.PAGE_IN,
            line_by_line=True,
        )

    def _refused_login(self, at: int) -> None:
        if (instance := self.active(at)) is None:
            return
        address, thread = self._client()
        client = f"ID:reports-1.example.internal-{self._number(33000, 60000)}-{at}"
        reason = "User name [reporting] or password is invalid."
        added = f"id={client}-1:1, clientId={client}-0:1, clientIP=tcp://{address} due to {reason}"
        message = f"Failed to add Connection {added}"
        self._general(at, instance, "WARN", message, _CONNECTION, thread)
        message = f"Security Error occurred on connection to: tcp://{address}, {reason}"
        self._general(at + 1, instance, "WARN", message, _CONNECTION + ".Service", thread)
        message = f"Stopping tcp://{address} because Failed with SecurityException: {reason}"
        self._general(at + 3, instance, "INFO", message, _CONNECTION, self._task())

    def _console_send(self, at: int) -> None:
        """The operator makes a queue and sends a message of two lines, which breaks the entry."""
        if (instance := self.active(at)) is None:
            return
        queue = {"JMSDestinationType": "queue", "JMSDestination": "orders.manual"}
        self._requested(at, instance, "createDestination.action", queue)
        body = "reprocess order 48213\nand notify shop | urgent"
        target = "orders.manual"
        self._called(at + 5200, instance, "admin", f"QueueView.sendTextMessage[{body}]", target)
        self._requested(at + 9100, instance, "browse.jsp", queue)

    def _purge(self, at: int) -> None:
        if (instance := self.active(at)) is None:
            return
        self._called(at, instance, "admin", "QueueView.purge[]", "orders.incoming")
        message = f"queue://orders.incoming purge of {self._number(900, 4000)} messages"
        logger = _ACTIVEMQ + "broker.jmx.QueueView"
        self._general(at + self._number(40, 900), instance, "INFO", message, logger, self._task())

    def _failover(self, at: int) -> None:
        """The operator stops the active instance; the other takes over."""
        old = self.active(at)
        if old is None:
            return
        new = 3 - old
        self._called(at, old, "admin", "BrokerView.terminateJVM[0]", BROKER_NAME)
        self._shut_down(at + self._number(1200, 1900), old)
        self._take_over(at + self._number(8000, 9000), new)
        for number in range(8):
            back = at + _TAKEOVER_MS[1] + number * self._number(150, 700)
            level, message, logger, thread = self._connected()
            message = message.replace("Removing", "Adding")
            self._general(back, new, level, message, logger, thread)
        self._standby_start(at + self._number(55_000, 60_000), old)

    def _shut_down(self, at: int, instance: int) -> None:
        thread = "ActiveMQ ShutdownHook"
        identity = f"Apache ActiveMQ {VERSION} ({self._identity(instance, at - 3_000_000)})"
        self._general(at, instance, "INFO", f"{identity} is shutting down", _SERVICE, thread)
        for _ in range(4):
            at += self._number(1, 20)
            level, message, logger, peer = self._dropped()
            self._general(at, instance, level, message, logger, peer)
        for name, _, _ in _LISTENERS:
            at += self._number(2, 40)
            message = f"Connector {name} stopped"
            self._general(at, instance, "INFO", message, _CONNECTOR, thread)
        store = _ACTIVEMQ + "store.kahadb.KahaDBStore"
        for message in ("Stopping async queue tasks", "Stopping async topic tasks"):
            self._general(at + 5, instance, "INFO", message, store, thread)
        at += self._number(100, 900)
        self._general(at, instance, "INFO", "Stopped KahaDB", store, thread)
        self._general(at + 12, instance, "INFO", f"{identity} uptime 50 minutes", _SERVICE, thread)
        self._general(at + 13, instance, "INFO", f"{identity} is shutdown", _SERVICE, thread)

    def _take_over(self, at: int, instance: int) -> None:
        """The standby gets the lock, recovers the journal and starts its connectors."""
        replayed = self._number(400, 9000)
        identity = f"Apache ActiveMQ {VERSION} ({self._identity(instance, at)})"
        place = f"@{self._number(60, 300)}:{self._number(1000, 33_000_000)}"
        steps = [
            ("KahaDB is version 7", _JOURNAL),
            (f"Recovering from the journal {place}", _JOURNAL),
            (
                f"Recovery replayed {replayed} operations from the journal in"
                f" {replayed / 3000:.3f} seconds.",
                _JOURNAL,
            ),
            (
                f"PListStore:[/opt/activemq/data/{BROKER_NAME}/tmp_storage] started",
                _ACTIVEMQ + "store.kahadb.plist.PListStoreImpl",
            ),
            (f"{identity} is starting", _SERVICE),
        ]
        for name, scheme, port in _LISTENERS:
            host = f"{BROKER_NAME}-{instance}.example.internal"
            listening = f"Listening for connections at: {scheme}://{host}:{port}"
            steps.append((listening, _ACTIVEMQ + "transport.TransportServerThreadSupport"))
            steps.append((f"Connector {name} started", _CONNECTOR))
        steps.append((f"{identity} started", _SERVICE))
        for message, logger in steps:
            self._general(at, instance, "INFO", message, logger)
            at += self._number(3, 420)

    def _standby_start(self, at: int, instance: int = 2) -> None:
        """An instance starts, finds the lock taken and waits as standby."""
        factory = _ACTIVEMQ + "xbean.XBeanBrokerFactory$1"
        day = datetime.fromtimestamp(at // 1000, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
        message = (
            f"Refreshing {factory}@{self._random.getrandbits(31):x}: startup date [{day}]; root of"
            " context hierarchy"
        )
        self._general(at, instance, "INFO", message, factory)
        data = "/opt/activemq/data/kahadb"
        message = f"Using Persistence Adapter: KahaDBPersistenceAdapter[{data}]"
        self._general(at + 900, instance, "INFO", message, _SERVICE)
        message = (
            f"Database {data}/lock is locked by another server. This broker is now in slave mode"
            " waiting a lock to be acquired"
        )
        self._general(at + 910, instance, "INFO", message, _ACTIVEMQ + "store.SharedFileLocker")
