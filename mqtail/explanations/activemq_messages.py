"""ActiveMQ's consumers and messages: slow consumers, dead letters, schedules, selectors."""

from __future__ import annotations

from mqtail.explanations.base import ACTIVEMQ, KnownLine

LINES = (
    KnownLine(
        id="activemq-slow-consumer-aborted",
        title="The broker threw out a slow consumer",
        meaning=(
            "A consumer was slow for longer than the strategy allows, so the broker closed it, or "
            "its whole connection. Its messages go to other consumers. A client that reads in a "
            "listener must subscribe again, or it stays without messages."
        ),
        look_at=(
            "Which client: the connection in the line; its own log tells why it was slow.",
            "`InFlightCount`, `QueueSize` and `DequeueCount` of the destination.",
            "A smaller prefetch; `abortSlowConsumerStrategy` in the `policyEntry`.",
        ),
        doc=ACTIVEMQ + "slow-consumer-handling",
        pattern=(
            r"\Aaborting (?:connection:\S{1,200} with \d{1,9} slow consumers?|slow consumer: )"
        ),
        sample=(
            "2026-11-18 13:12:00,000 | INFO  | aborting connection:tcp://10.1.4.20:40112 with 1 "
            "slow consumers | org.apache.activemq.broker.region.policy.AbortSlowConsumerStrategy "
            "| ActiveMQ Broker[shop-mq-1] Scheduler"
        ),
    ),
    KnownLine(
        id="activemq-slow-topic-subscriber",
        title="A topic subscriber is slow",
        meaning=(
            "This subscriber has twice as many messages waiting as it prefetches. Non-persistent "
            "topic messages for it are kept in memory, so one slow subscriber can use up the "
            "topic's memory limit and stop its producers."
        ),
        look_at=(
            "`MemoryUsage` of the topic, `HeapUsage` and `TempPercentUsage` of the broker.",
            "The client in the line: is it stuck, or just too slow for the rate?",
            "`constantPendingMessageLimitStrategy`: drop old messages for slow subscribers.",
        ),
        doc=ACTIVEMQ + "slow-consumer-handling",
        pattern=(
            r"\A.{1,900}?: has twice its prefetch limit pending, without an ack; it appears to be"
            r" slow"
        ),
        sample=(
            "2026-11-18 13:13:00,000 | WARN  | TopicSubscription: "
            "consumer=ID:wall-3-50002-1:1:1:1, destinations=1, dispatched=1000, delivered=0, "
            "matched=1001, discarded=0: has twice its prefetch limit pending, without an ack; it "
            "appears to be slow | org.apache.activemq.broker.region.TopicSubscription "
            "| ActiveMQ Transport: ssl:///10.1.4.70:50002"
        ),
    ),
    KnownLine(
        id="activemq-dead-letter-failed",
        title="A message could not be moved to the dead letter queue",
        meaning=(
            "A message that expired, or was refused too often, should go to the dead letter queue, "
            "and that failed. The message is neither delivered nor kept where you would look for "
            "it. The exception says why, often a limit that was reached."
        ),
        look_at=(
            "The exception in this event; `StorePercentUsage` and `MemoryUsage`.",
            "`QueueSize` of `ActiveMQ.DLQ`: does anyone read it?",
            "Setting `deadLetterStrategy` of the `policyEntry`.",
        ),
        doc=ACTIVEMQ + "message-redelivery-and-dlq-handling",
        pattern=r"\ACaught an exception sending to DLQ: ",
        sample=(
            "2026-11-18 13:14:00,000 | WARN  | Caught an exception sending to DLQ: Message "
            "ID:ledger-1-50210-1763463600000-1:1:1:1:9 dropped=false acked=false locked=false "
            "| org.apache.activemq.broker.region.RegionBroker "
            "| ActiveMQ Broker[shop-mq-1] Scheduler"
        ),
    ),
    KnownLine(
        id="activemq-scheduled-send-failed",
        title="A scheduled message could not be sent",
        meaning=(
            "The time of a delayed or repeated message came, and the broker could not put it into "
            "its queue: {message}. The exception below says why. It is not certain that the "
            "scheduler tries it again."
        ),
        look_at=(
            "The exception in this event: a limit, a missing right, a wrong destination.",
            "`JobSchedulerStorePercentUsage`, `StorePercentUsage` and `MemoryUsage`.",
        ),
        doc=ACTIVEMQ + "delay-and-schedule-message-delivery",
        pattern=r"\AFailed to send scheduled message (?P<message>\S{1,200})",
        sample=(
            "2026-11-18 13:15:00,000 | ERROR | Failed to send scheduled message "
            "ID:ledger-1-50210-1763463600000-1:1:1:1:4 "
            "| org.apache.activemq.broker.scheduler.SchedulerBroker "
            "| JobScheduler:JMS\n"
            "javax.jms.InvalidDestinationException: the destination is gone"
        ),
    ),
    KnownLine(
        id="activemq-cron-invalid",
        title="A scheduled message has a wrong cron entry",
        meaning=(
            "A client sent a message with a schedule that the broker cannot read ({reason}). The "
            "message is refused; the client gets an exception if it sends synchronously."
        ),
        look_at=(
            "The property `AMQ_SCHEDULED_CRON` that the client sets: five fields.",
            "Which client: the thread's name of the line.",
        ),
        doc=ACTIVEMQ + "delay-and-schedule-message-delivery",
        pattern=r"^.{0,400}?Not a valid cron entry - (?P<reason>.{1,160})",
        sample=(
            "2026-11-18 13:16:00,000 | WARN  | Async error occurred: "
            "java.lang.IllegalArgumentException: Not a valid cron entry - wrong number of "
            "tokens(2): at noon | org.apache.activemq.broker.TransportConnection.Service "
            "| ActiveMQ Transport: ssl:///10.1.4.12:50210"
        ),
    ),
    KnownLine(
        id="activemq-selector-invalid",
        title="A consumer asked for messages with a selector that does not parse",
        meaning=(
            "The selector {selector} is no valid expression, so the consumer was not created. "
            "Only this client is touched, and it gets an exception."
        ),
        look_at=(
            "Which client: the address or the thread's name of the line.",
            "The selector in the client's code: SQL-92 syntax, strings in single quotes.",
        ),
        doc=ACTIVEMQ + "selectors",
        pattern=r"^.{0,400}?InvalidSelectorException: (?P<selector>.{1,160})",
        sample=(
            "2026-11-18 13:17:00,000 | WARN  | Async error occurred: "
            "javax.jms.InvalidSelectorException: colour = | "
            "org.apache.activemq.broker.TransportConnection.Service "
            "| ActiveMQ Transport: ssl:///10.1.4.12:50210"
        ),
    ),
    KnownLine(
        id="activemq-console-token",
        title="The web console refused a form that it did not make",
        meaning=(
            "A request to the web console came without the token of its session. Usually a page "
            "that stood open over a restart of the broker, or a script that calls the console; in "
            "the worst case a forged request. Nothing was changed."
        ),
        look_at=(
            "Load the page anew and repeat the action.",
            "Scripts should use the Jolokia API, not the console's forms.",
        ),
        doc=ACTIVEMQ + "web-console",
        pattern=r"^.{0,400}?Possible CSRF attack",
        sample=(
            "2026-11-18 13:18:00,000 | WARN  |  | org.eclipse.jetty.servlet.ServletHandler "
            "| qtp4-31\n"
            "java.lang.UnsupportedOperationException: Possible CSRF attack"
        ),
    ),
    KnownLine(
        id="activemq-queue-purged",
        title="A queue was purged",
        meaning=(
            "Someone emptied {destination}. Messages deleted: {count}; they cannot be brought "
            "back. The broker does this only when it is told to, so look for the person."
        ),
        look_at=(
            "Who: the audit log of the same second, filter `/purge/`.",
            "`QueueSize` of the queue before and after.",
        ),
        doc=ACTIVEMQ + "audit-logging",
        pattern=(
            r"\A(?P<destination>(?:queue|topic)://\S{1,250}) purge of (?P<count>\d{1,12})"
            r" messages"
        ),
        sample=(
            "2026-11-18 13:19:00,000 | INFO  | queue://billing.in purge of 2210 messages "
            "| org.apache.activemq.broker.jmx.QueueView | RMI TCP Connection(4)-10.1.4.8"
        ),
    ),
)
