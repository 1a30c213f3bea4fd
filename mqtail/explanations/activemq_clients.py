"""ActiveMQ and its clients: connections and logins."""

from __future__ import annotations

from mqtail.explanations.base import ACTIVEMQ, AMAZON_MQ, KnownLine

LINES = (
    KnownLine(
        id="activemq-too-many-connections",
        title="The limit of client connections is reached",
        meaning=(
            "A connector refused a client because it has as many connections as it may have. "
            "Clients that are connected work on; new ones fail and usually try again at once, "
            "which adds load. Amazon MQ sets the limit per protocol by instance type."
        ),
        look_at=(
            "`CurrentConnectionsCount` against `OpenwireMaximumConnections` (each protocol has "
            "such a metric).",
            "Clients that connect for each message: use a connection pool for producers.",
            "Connections that leak: filter `/Adding Connection/` and compare with those removed.",
            "A larger instance type raises the limit.",
        ),
        doc=AMAZON_MQ + "amazon-mq-limits.html",
        pattern=(
            r"^.{0,400}?(?:Exceeded the maximum number of allowed client connections"
            r"|Reached Maximum Connections)"
        ),
        sample=(
            "2026-11-18 13:00:00,000 | ERROR | Could not accept connection  : {} "
            "| org.apache.activemq.broker.TransportConnector | ActiveMQ Transport Server: ssl\n"
            "org.apache.activemq.transport.tcp.ExceededMaximumConnectionsException: Exceeded the "
            "maximum number of allowed client connections. See the 'maximumConnections' property"
        ),
    ),
    KnownLine(
        id="activemq-tls-failed",
        title="A TLS handshake with a client failed",
        meaning=(
            "Client and broker could not agree on an encrypted connection ({reason}). The client "
            "did not get as far as logging in. Usual causes: a client without TLS on a TLS port, "
            "an old TLS version, a certificate that one side does not trust, a port scan."
        ),
        look_at=(
            "The address in the line: whose is it, and is it always the same?",
            "The client's own log: it says which certificate or protocol it refused.",
            "TLS 1.2 or later in the client, and Amazon's certificate authority in its trust "
            "store.",
        ),
        doc=AMAZON_MQ + "connect-to-amazonmq.html",
        pattern=r"^.{0,400}?javax\.net\.ssl\.SSL\w{1,40}Exception(?:: (?P<reason>.{1,160}))?",
        sample=(
            "2026-11-18 13:01:00,000 | ERROR | Could not accept connection from "
            "tcp://10.1.4.99:50001 : javax.net.ssl.SSLHandshakeException: no cipher suites in "
            "common | org.apache.activemq.broker.TransportConnector "
            "| ActiveMQ BrokerService[shop-mq-1] Task-9"
        ),
    ),
    KnownLine(
        id="activemq-frame-too-large",
        title="A message was larger than the broker takes",
        meaning=(
            "A client sent a frame of {size}, and the connector takes {limit} at most. The broker "
            "closes the connection, so the client loses everything on it, and often sends the "
            "same message again. A size without sense means that something else than OpenWire "
            "was sent."
        ),
        look_at=(
            "Which client: the address in the line or in the thread's name.",
            "`maxFrameSize` of the wire format, on the broker and in the client's URL.",
            "Keep large data elsewhere and send a reference to it.",
        ),
        doc=ACTIVEMQ + "configuring-wire-formats",
        pattern=(
            r"^.{0,400}?Frame size of (?P<size>\d{1,9} MB) larger than max allowed"
            r" (?P<limit>\d{1,9} MB)"
        ),
        sample=(
            "2026-11-18 13:02:00,000 | WARN  | Transport Connection to: tcp://10.1.4.20:40112 "
            "failed: java.io.IOException: Frame size of 257 MB larger than max allowed 100 MB "
            "| org.apache.activemq.broker.TransportConnection.Transport "
            "| ActiveMQ Transport: ssl:///10.1.4.20:40112"
        ),
    ),
    KnownLine(
        id="activemq-connection-inactive",
        title="A connection was silent for too long and was closed",
        meaning=(
            "Nothing, not even a keep-alive, came over this connection for {ms} ms, so the "
            "inactivity monitor took it for dead and closed it. Its unacknowledged messages are "
            "delivered again. Causes: a client that hangs or pauses for garbage collection, or a "
            "device between that drops idle connections."
        ),
        look_at=(
            "The client at this address: long pauses, a full CPU, a stopped process?",
            "`CpuUtilization` and `HeapUsage`: is the broker itself too busy to answer?",
            "`wireFormat.maxInactivityDuration` on both sides.",
        ),
        doc=ACTIVEMQ + "activemq-classic-inactivitymonitor",
        pattern=r"^.{0,400}?Channel was inactive for too \(>(?P<ms>\d{1,10})\) long",
        sample=(
            "2026-11-18 13:03:00,000 | WARN  | Transport Connection to: tcp://10.1.4.20:40112 "
            "failed: org.apache.activemq.transport.InactivityIOException: Channel was inactive "
            "for too (>30000) long: tcp://10.1.4.20:40112 "
            "| org.apache.activemq.broker.TransportConnection.Transport "
            "| ActiveMQ InactivityMonitor Worker"
        ),
    ),
    KnownLine(
        id="activemq-login-without-user",
        title="Someone connected without a user name",
        meaning=(
            "A connection came without user name and password and was refused. With an address "
            "`vm://` it came from inside the broker: the web console or a network connector "
            "without credentials. From outside it is a client that was not configured, or a probe."
        ),
        look_at=(
            "The address in the line: `vm://` is the broker itself, `tcp://` a client.",
            "For the web console and authorization: the groups in `authorizationEntry`.",
            "A health check that logs in without a user? Let it only open the port.",
        ),
        doc=AMAZON_MQ + "security-authentication-authorization.html",
        pattern=r"^.{0,800}?User name \[(?:null)?\] or password is invalid",
        sample=(
            "2026-11-18 13:04:00,000 | WARN  | Security Error occurred on connection to: "
            "vm://shop-mq-1#31, User name [null] or password is invalid. "
            "| org.apache.activemq.broker.TransportConnection.Service "
            "| ActiveMQ VMTransport: vm://shop-mq-1#31"
        ),
    ),
    KnownLine(
        id="activemq-login-refused",
        title="A login was refused: wrong user name or password",
        meaning=(
            "A client tried to log in as {user}, and the broker does not know this user with this "
            "password. The broker writes up to three lines for each attempt. Some after a changed "
            "password are normal; many from one address are a client in a loop, or an attack."
        ),
        look_at=(
            "All attempts of this user: filter `user:` with its name, and the address in the line.",
            "Was the user changed? The tab API calls: `UpdateUser`, `DeleteUser`.",
            "Changes of users take effect at a reboot or in the maintenance window, not before.",
            "With LDAP: is the directory reachable from the broker?",
        ),
        doc=AMAZON_MQ + "security-authentication-authorization.html",
        pattern=r"^.{0,800}?User name \[(?P<user>[^\]\n]{1,100})\] or password is invalid",
        sample=(
            "2026-11-18 13:05:00,000 | WARN  | Failed to add Connection id=ID:till-1-50001-1:1, "
            "clientId=till-1, clientIP=tcp://10.1.4.99:50001 due to User name [till] or password "
            "is invalid. | org.apache.activemq.broker.TransportConnection "
            "| ActiveMQ Transport: ssl:///10.1.4.99:50001"
        ),
    ),
    KnownLine(
        id="activemq-not-authorized",
        title="A user may not do this with a destination",
        meaning=(
            "{user} is logged in, but the authorization map gives no right to {action} "
            "{destination}. The operation fails with a security exception in the client; the "
            "connection usually stays."
        ),
        look_at=(
            "`authorizationEntry` elements of the configuration: `read`, `write` and `admin` of "
            "the groups.",
            "The groups of the user: creating a destination needs `admin`, advisory topics too.",
            "Was the configuration changed? The tab API calls: `UpdateConfiguration`.",
        ),
        doc=AMAZON_MQ + "security-authentication-authorization.html",
        pattern=(
            r"^.{0,400}?User (?P<user>\S{1,100}) is not authorized to"
            r" (?P<action>read from|write to|create|remove): (?P<destination>\S{1,250})"
        ),
        sample=(
            "2026-11-18 13:06:00,000 | WARN  | Security Error occurred on connection to: "
            "tcp://10.1.4.20:40112, User reports is not authorized to write to: queue://billing.in "
            "| org.apache.activemq.broker.TransportConnection.Service "
            "| ActiveMQ Transport: ssl:///10.1.4.20:40112"
        ),
    ),
    KnownLine(
        id="activemq-duplicate-client-id",
        title="Two clients use the same client id",
        meaning=(
            "A client tried to connect as {client}, and a client with that id is connected from "
            "{address}. The second one is refused. Either two instances share one "
            "configuration, or a client came back before the broker noticed that it had gone."
        ),
        look_at=(
            "Both addresses: two processes, or the same one twice?",
            "A client id of its own for each instance; only durable subscribers need a fixed one.",
            "If the old connection is dead: `wireFormat.maxInactivityDuration` ends it.",
        ),
        doc=ACTIVEMQ + "activemq-classic-inactivitymonitor",
        pattern=(
            r"^.{0,400}?Client: (?P<client>\S{1,200}) already connected from"
            r" (?P<address>\S{1,200})"
        ),
        sample=(
            "2026-11-18 13:07:00,000 | INFO  | Stopping tcp://10.1.4.21:40999 because Failed with "
            "SecurityException: Broker: shop-mq-1 - Client: ledger already connected from "
            "tcp://10.1.4.20:40112 | org.apache.activemq.broker.TransportConnection "
            "| ActiveMQ BrokerService[shop-mq-1] Task-3"
        ),
    ),
    KnownLine(
        id="activemq-link-stolen",
        title="A client took over the connection of another with the same id",
        meaning=(
            "A client with the id {client} connected while one with that id was connected, and "
            "the connector allows that the new one takes over. Normal for MQTT clients that come "
            "back. Two live clients with one id throw each other out for ever."
        ),
        look_at=(
            "How often, and from which addresses: filter `/Stealing link/`.",
            "A client id of its own for each device or process.",
        ),
        doc=ACTIVEMQ + "configuring-version-5-transports",
        pattern=r"\AStealing link for clientId (?P<client>\S{1,200}) From Connection",
        sample=(
            "2026-11-18 13:08:00,000 | WARN  | Stealing link for clientId meter-17 From "
            "Connection Transport Connection to: tcp://10.1.4.60:51000 "
            "| org.apache.activemq.broker.region.RegionBroker "
            "| ActiveMQ Transport: ssl:///10.1.4.60:51002"
        ),
    ),
    KnownLine(
        id="activemq-wrong-protocol",
        title="A client spoke another protocol than the connector",
        meaning=(
            "What came in is not what this port expects: another protocol, another version, or "
            "plain text from a browser, a health check or a port scan. The broker closes the "
            "connection; other clients are not touched."
        ),
        look_at=(
            "The address in the line: a client, a load balancer's health check, a scanner?",
            "The port in the client's URL: OpenWire 61617, AMQP 5671, STOMP 61614, MQTT 8883.",
        ),
        doc=AMAZON_MQ + "connect-to-amazonmq.html",
        pattern=(
            r"^.{0,400}?(?:Connection attempt from non AMQP|Unknown STOMP action: "
            r"|Invalid Protocol version\[|Invalid message encoding)"
        ),
        sample=(
            "2026-11-18 13:09:00,000 | WARN  | Connection attempt from non AMQP v1.0 client. "
            "GET ,47 | org.apache.activemq.transport.amqp.protocol.AmqpConnection "
            "| ActiveMQ Transport: ssl:///10.1.4.99:50077"
        ),
    ),
    KnownLine(
        id="activemq-connection-ended",
        title="A client went away without closing its connection",
        meaning=(
            "The connection to {address} ended without a goodbye: the process was killed, did not "
            "close its connection, or the network was cut. Its unacknowledged messages go to "
            "other consumers. Single lines are normal; many at once point to the network, a "
            "deployment or a failover."
        ),
        look_at=(
            "Many at the same moment? Then look at the broker and the network, not at one client.",
            "`CurrentConnectionsCount`: do they come back?",
            "The thread's name tells the client's address; filter `thread:` with a part of it.",
        ),
        doc=ACTIVEMQ + "tcp-transport-reference",
        pattern=r"\ATransport Connection to: (?P<address>\S{1,200}) failed: java\.io\.EOFException",
        sample=(
            "2026-11-18 13:10:00,000 | WARN  | Transport Connection to: tcp://10.1.4.20:40112 "
            "failed: java.io.EOFException "
            "| org.apache.activemq.broker.TransportConnection.Transport "
            "| ActiveMQ Transport: ssl:///10.1.4.20:40112"
        ),
    ),
    KnownLine(
        id="activemq-connection-reset",
        title="A connection was cut off",
        meaning=(
            "The connection to {address} broke with a socket error ({reason}): the client's "
            "machine or a device between reset it. Unacknowledged messages are delivered again; "
            "a client with the failover transport connects again by itself."
        ),
        look_at=(
            "One client or many? Filter `/SocketException/` and look at the timeline.",
            "Idle timeouts of load balancers and firewalls (a Network Load Balancer: 350 s).",
            "`NetworkIn`, `NetworkOut` and `CpuUtilization` of the broker.",
        ),
        doc=ACTIVEMQ + "tcp-transport-reference",
        pattern=(
            r"\ATransport Connection to: (?P<address>\S{1,200}) failed:"
            r" java\.net\.SocketException: (?P<reason>.{1,120})"
        ),
        sample=(
            "2026-11-18 13:11:00,000 | WARN  | Transport Connection to: tcp://10.1.4.20:40112 "
            "failed: java.net.SocketException: Connection reset "
            "| org.apache.activemq.broker.TransportConnection.Transport "
            "| ActiveMQ Transport: ssl:///10.1.4.20:40112"
        ),
    ),
)
