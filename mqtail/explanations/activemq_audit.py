"""ActiveMQ's audit log: what was done over JMX, Jolokia and in the web console."""

from __future__ import annotations

from mqtail.explanations.base import ACTIVEMQ, AMAZON_MQ, KnownLine

LINES = (
    KnownLine(
        id="activemq-audit-purge",
        title="Someone purged a queue",
        meaning=(
            "{user} deleted all messages of a queue. They cannot be brought back; consumers "
            "simply find the queue empty. Old versions do not say which queue, the general log "
            "does."
        ),
        look_at=(
            "Queue and number of messages: the general log, filter `/purge of/`.",
            "From where: the address or thread in the line. `anonymous` is every Jolokia call.",
            "Not wanted? Take away the rights of console users whom it does not concern.",
        ),
        doc=ACTIVEMQ + "audit-logging",
        pattern=(
            r"\A(?P<user>[^\n]{1,200}?) (?:called \S{1,200}\.QueueView\.purge\["
            r"|requested /\S{1,200}/purgeDestination\.action)"
        ),
        sample=(
            "INFO  | ops called org.apache.activemq.broker.jmx.QueueView.purge[] on billing.in at "
            "18-11-2026 11:05:00,100 | RMI TCP Connection(4)-10.1.4.8"
        ),
    ),
    KnownLine(
        id="activemq-audit-destination-deleted",
        title="Someone deleted a queue or topic",
        meaning=(
            "{user} deleted a destination with all its messages. Producers that send to it create "
            "it again if they have the right to; consumers that were connected may wait in vain."
        ),
        look_at=(
            "Which one: the argument in the line.",
            "Clients of it: filter with its name, and look for errors after this moment.",
        ),
        doc=ACTIVEMQ + "audit-logging",
        pattern=(
            r"\A(?P<user>[^\n]{1,200}?) (?:called \S{1,200}\.BrokerView\.remove(?:Queue|Topic)\["
            r"|requested /\S{1,200}/deleteDestination\.action)"
        ),
        sample=(
            "INFO  | ops requested /admin/deleteDestination.action [JMSDestinationType='[queue]' "
            "JMSDestination='[billing.old]' secret='[5f-1]' ] from  10.1.4.8 at 18-11-2026 "
            "11:05:30,000 | qtp77-29"
        ),
    ),
    KnownLine(
        id="activemq-audit-broker-stopped",
        title="Someone stopped the broker over its management interface",
        meaning=(
            "{user} called {operation}, which ends or restarts this broker's process. With "
            "active/standby the other instance takes over; a single instance is away until it "
            "has started again. All clients are disconnected."
        ),
        look_at=(
            "The general log right after: filter `/is shutting down|is starting|started/`.",
            "Amazon MQ's own reboot: `RebootBroker` in the tab API calls at the same minute?",
            "`CurrentConnectionsCount` of both instances: do the clients come back?",
        ),
        doc=AMAZON_MQ + "amazon-mq-rebooting-broker.html",
        pattern=(
            r"\A(?P<user>[^\n]{1,200}?) called \S{1,200}\.(?P<operation>BrokerView\."
            r"(?:terminateJVM|stop|stopGracefully|restart))\["
        ),
        sample=(
            "INFO  | ops called org.apache.activemq.broker.jmx.BrokerView.terminateJVM[0] on "
            "shop-mq-1 at 18-11-2026 11:29:57,000 | qtp77-31"
        ),
    ),
    KnownLine(
        id="activemq-audit-connector-changed",
        title="Someone stopped or removed a connector",
        meaning=(
            "{user} called {operation}. Without a transport connector clients of its protocol "
            "cannot connect; without a network connector nothing is forwarded to the other "
            "broker. After a restart the configuration counts again."
        ),
        look_at=(
            "Its start again: filter `/Connector .* started|has been established/`.",
            "`CurrentConnectionsCount` and `NetworkConnectorConnectionCount`.",
        ),
        doc=ACTIVEMQ + "jmx",
        pattern=(
            r"\A(?P<user>[^\n]{1,200}?) called \S{1,200}\.(?P<operation>"
            r"(?:Network)?ConnectorView\.stop|BrokerView\.remove(?:Network)?Connector)\["
        ),
        sample=(
            "INFO  | ops called org.apache.activemq.broker.jmx.ConnectorView.stop[] on openwire at "
            "18-11-2026 11:33:00,000 | RMI TCP Connection(5)-10.1.4.8"
        ),
    ),
    KnownLine(
        id="activemq-audit-messages-removed",
        title="Someone deleted single messages of a queue",
        meaning=(
            "{user} deleted one message, or those that match a selector. They cannot be brought "
            "back, and no consumer has seen them."
        ),
        look_at=(
            "Which: the message id or the selector among the arguments.",
            "`QueueSize` of the queue before and after.",
        ),
        doc=ACTIVEMQ + "audit-logging",
        pattern=(
            r"\A(?P<user>[^\n]{1,200}?) (?:called \S{1,200}\.QueueView\.remove(?:Matching)?"
            r"Messages?\[|requested /\S{1,200}/deleteMessage\.action)"
        ),
        sample=(
            "INFO  | ops called org.apache.activemq.broker.jmx.QueueView.removeMatchingMessages"
            "[region = 'EU', 5] on billing.in at 18-11-2026 11:06:00,000 "
            "| RMI TCP Connection(4)-10.1.4.8"
        ),
    ),
    KnownLine(
        id="activemq-audit-messages-moved",
        title="Someone moved, copied or retried messages",
        meaning=(
            "{user} called {operation}. That is how messages are brought back from a dead letter "
            "queue; if their cause is not removed, they return to it."
        ),
        look_at=(
            "Source and target: the arguments and the target of the line.",
            "`QueueSize` of both queues, and errors of the consumers that get them now.",
        ),
        doc=ACTIVEMQ + "message-redelivery-and-dlq-handling",
        pattern=(
            r"\A(?P<user>[^\n]{1,200}?) (?:called \S{1,200}\.(?P<operation>QueueView\."
            r"(?:move|copy|retry)\w{0,40})\[)"
        ),
        sample=(
            "INFO  | ops called org.apache.activemq.broker.jmx.QueueView.retryMessages[] on "
            "ActiveMQ.DLQ at 18-11-2026 11:06:30,000 | qtp77-31"
        ),
    ),
    KnownLine(
        id="activemq-audit-message-sent",
        title="Someone sent a message by hand",
        meaning=(
            "{user} sent a message over the management interface or the web console. Its text "
            "stands in this line, so whoever reads the log can read the message. Passwords among "
            "the arguments are masked, the text is not."
        ),
        look_at=(
            "The target of the line, and what its consumers did with it.",
            "Confidential data in it? Look at who may read this log group, and its retention.",
        ),
        doc=AMAZON_MQ + "configure-logging-monitoring-activemq.html",
        pattern=(
            r"\A(?P<user>[^\n]{1,200}?) (?:called \S{1,200}\.(?:Queue|Topic)View\.send\w{0,40}\["
            r"|requested /\S{1,200}/sendMessage\.action)"
        ),
        sample=(
            "INFO  | ops called org.apache.activemq.broker.jmx.QueueView.sendTextMessage[please "
            "try again] on billing.in at 18-11-2026 11:07:00,000 | qtp77-31"
        ),
    ),
    KnownLine(
        id="activemq-audit-subscriber-removed",
        title="Someone removed a durable subscriber",
        meaning=(
            "{user} removed a durable subscription of a topic, with all messages that were kept "
            "for it. If its client comes back, it begins anew without them."
        ),
        look_at=(
            "Which: client id and subscription among the arguments.",
            "`InactiveDurableTopicSubscribersCount` and `StorePercentUsage` should go down.",
        ),
        doc=ACTIVEMQ + "jmx",
        pattern=(
            r"\A(?P<user>[^\n]{1,200}?) called \S{1,200}\.(?:BrokerView\.destroyDurableSubscriber"
            r"|(?:Inactive)?DurableSubscriptionView\.destroy)\["
        ),
        sample=(
            "INFO  | ops called org.apache.activemq.broker.jmx.BrokerView."
            "destroyDurableSubscriber[wall-3, prices] on shop-mq-1 at 18-11-2026 11:08:00,000 "
            "| qtp77-31"
        ),
    ),
)
