"""ActiveMQ's life: start and stop, lock and failover, and networks of brokers."""

from __future__ import annotations

from mqtail.explanations.base import ACTIVEMQ, AMAZON_MQ, KnownLine

LINES = (
    KnownLine(
        id="activemq-standby-waiting",
        title="This instance is the standby and waits for the lock",
        meaning=(
            "Another instance holds the lock of the shared store ({lock}), so this one waits. "
            "That is the normal state of the standby of an active/standby broker. It has no "
            "connectors and takes no clients until the active instance gives up the lock."
        ),
        look_at=(
            "Who is active: filter `/Connector .* started/`, with `instance:1` or `instance:2`.",
            "After a failover: does the former active instance write this line now? Then all is "
            "well again.",
            "Clients must know both endpoints: the failover transport.",
        ),
        doc=ACTIVEMQ + "shared-file-system-master-slave",
        pattern=r"\ADatabase (?P<lock>\S{1,300}) is locked by another server\.",
        sample=(
            "2026-11-18 11:30:01,000 | INFO  | Database /opt/activemq/data/kahadb/lock is locked "
            "by another server. This broker is now in slave mode waiting a lock to be acquired "
            "| org.apache.activemq.store.SharedFileLocker | main"
        ),
    ),
    KnownLine(
        id="activemq-lock-lost",
        title="The active instance has lost its lock and gives up",
        meaning=(
            "{broker} could no longer renew its lock on the shared store, so it stops rather than "
            "write beside a second active instance. The other instance takes over within seconds "
            "to minutes. All clients of this one are disconnected."
        ),
        look_at=(
            "The other instance: filter `/Recovering from|is starting|started/`.",
            "Was the storage unreachable or slow before? Filter `/Slow KahaDB/`.",
            "`CurrentConnectionsCount` of both instances: do the clients come back?",
        ),
        doc=ACTIVEMQ + "pluggable-storage-lockers",
        pattern=(
            r"\A(?P<broker>[^,\n]{1,100}), no longer able to keep the exclusive lock so giving up"
            r" being a master"
        ),
        sample=(
            "2026-11-18 11:31:00,000 | ERROR | shop-mq-1, no longer able to keep the exclusive "
            "lock so giving up being a master | org.apache.activemq.broker.LockableServiceSupport "
            "| ActiveMQ Lock KeepAlive Timer"
        ),
    ),
    KnownLine(
        id="activemq-broker-start-failed",
        title="The broker could not start",
        meaning=(
            "{broker} gave up its start; the exception below says why: a connector's port, a "
            "corrupt store, a wrong value in the configuration. No client can connect to this "
            "instance until a start succeeds."
        ),
        look_at=(
            "The exception in this event, and the warnings right before it: press `x`.",
            "What was changed last: the tab API calls, `UpdateBroker` and `UpdateConfiguration`.",
            "Is the other instance active? Filter `/is locked by another|started/`.",
        ),
        doc=AMAZON_MQ + "troubleshooting-activemq.html",
        pattern=r"\AFailed to start Apache ActiveMQ \((?P<broker>[^,)\n]{1,100})",
        sample=(
            "2026-11-18 11:00:04,250 | ERROR | Failed to start Apache ActiveMQ (shop-mq-1, null) "
            "| org.apache.activemq.broker.BrokerService | main\n"
            "java.io.IOException: Transport Connector could not be registered in JMX"
        ),
    ),
    KnownLine(
        id="activemq-configuration-invalid",
        title="The broker's configuration could not be loaded",
        meaning=(
            "The XML configuration does not parse, or holds an element or a value that this "
            "version does not know, so the broker cannot start with it. The text after `reason` "
            "names the line or the element."
        ),
        look_at=(
            "The last revision of the configuration: what was changed in it?",
            "Apply an earlier revision to the broker and reboot it.",
            "Amazon MQ removes what it does not permit when a revision is saved; compare what was "
            "saved with what you wrote.",
        ),
        doc=AMAZON_MQ + "amazon-mq-broker-configuration-parameters.html",
        pattern=r"\AFailed to load: .{1,300}?, reason: ",
        sample=(
            "2026-11-18 11:00:04,100 | ERROR | Failed to load: class path resource "
            "[activemq.xml], reason: Line 31 in XML document from class path resource "
            "[activemq.xml] is invalid; nested exception is org.xml.sax.SAXParseException "
            "| org.apache.activemq.xbean.XBeanBrokerFactory | main"
        ),
    ),
    KnownLine(
        id="activemq-stopped-by-store-error",
        title="The broker stops itself after an error of its store",
        meaning=(
            "{broker} could not write or read its store, and stops rather than take messages that "
            "it cannot keep. Clients are disconnected; with active/standby the other instance "
            "takes over. Sends that were not confirmed must be repeated."
        ),
        look_at=(
            "The exception in this event: no space, a lock, a volume that does not answer.",
            "`StorePercentUsage`, `VolumeWriteOps` and `BurstBalance` before the moment.",
            "The takeover: filter `/Recovering from|started/` on the other instance.",
        ),
        doc=ACTIVEMQ + "configurable-ioexception-handling",
        pattern=(
            r"\A(?:Stopping|Initiating stop/restart of transports on)"
            r" BrokerService\[(?P<broker>[^\]\n]{1,100})\] due to (?:IO )?exception, "
        ),
        sample=(
            "2026-11-18 11:09:00,000 | INFO  | Stopping BrokerService[shop-mq-1] due to "
            "exception, java.io.IOException: Input/output error "
            "| org.apache.activemq.util.DefaultIOExceptionHandler "
            "| ActiveMQ Journal Checkpoint Worker\n"
            "java.io.IOException: Input/output error"
        ),
    ),
    KnownLine(
        id="activemq-out-of-memory",
        title="The broker's Java process ran out of memory",
        meaning=(
            "The process could not get memory ({reason}). After that any part of the broker can "
            "be broken, so expect a restart or a failover. Amazon MQ tells a restart loop for "
            "this reason as BROKER_OOM."
        ),
        look_at=(
            "`HeapUsage` in the hours before: a slow climb or a sudden jump?",
            "`CurrentConnectionsCount`, `TotalConsumerCount`, `TotalMessageCount`: what grew?",
            "A larger instance type, or fewer connections, destinations and large messages.",
        ),
        doc=AMAZON_MQ + "troubleshooting-action-required-codes-broker-out-of-memory.html",
        pattern=r"^.{0,400}?java\.lang\.OutOfMemoryError(?:: (?P<reason>.{1,120}))?",
        sample=(
            "2026-11-18 12:10:00,000 | ERROR | Could not accept connection "
            "| org.apache.activemq.broker.TransportConnector | ActiveMQ Task-1\n"
            "java.lang.OutOfMemoryError: Java heap space"
        ),
    ),
    KnownLine(
        id="activemq-too-many-open-files",
        title="The broker has no file descriptors left",
        meaning=(
            "Every connection and every journal file needs a file descriptor, and the process has "
            "used up its number. New connections are refused and journal files cannot be opened."
        ),
        look_at=(
            "`CurrentConnectionsCount` and `EstablishedConnectionsCount`: clients that connect "
            "again and again without closing?",
            "Connection pools on the client side; one connection for many sessions.",
            "`StorePercentUsage`: many journal files that cannot be deleted.",
        ),
        doc=AMAZON_MQ + "best-practices-activemq.html",
        pattern=r"^.{0,400}?Too many open files",
        sample=(
            "2026-11-18 12:11:00,000 | ERROR | Could not accept connection : Too many open files "
            "| org.apache.activemq.broker.TransportConnector | ActiveMQ Transport Server: ssl"
        ),
    ),
    KnownLine(
        id="activemq-broker-started",
        title="The broker has started and is active",
        meaning=(
            "{broker} (ActiveMQ {version}) has opened its store and its connectors, so this "
            "instance is the active one now. After a planned reboot or a failover this is what "
            "you wait for; without one, find out why it restarted."
        ),
        look_at=(
            "What came before: filter `/is shutting down|giving up being a master/` on the other "
            "instance.",
            "Who asked for it: `RebootBroker` in the tab API calls, or a maintenance window.",
            "`CurrentConnectionsCount`: do the clients come back?",
        ),
        doc=AMAZON_MQ + "amazon-mq-broker-architecture.html",
        pattern=(
            r"\AApache ActiveMQ (?P<version>\S{1,40}) \((?P<broker>[^,\n]{1,100}), .{1,200}?\)"
            r" started\b"
        ),
        sample=(
            "2026-11-18 11:00:05,006 | INFO  | Apache ActiveMQ 5.18.4 (shop-mq-1, "
            "ID:ip-10-1-4-7-40123-1763463604000-0:1) started "
            "| org.apache.activemq.broker.BrokerService | main"
        ),
    ),
    KnownLine(
        id="activemq-broker-stopping",
        title="The broker shuts down",
        meaning=(
            "{broker} stops in an orderly way: connectors first, then clients, then the store. In "
            "an active/standby pair the other instance takes over when the lock is free. Clients "
            "lose their connections and must connect again."
        ),
        look_at=(
            "The takeover: filter `/Recovering from|is starting|started/` on the other instance.",
            "Who asked for it: the audit log (`terminateJVM`), and `RebootBroker` in API calls.",
            "Neither? Look at the broker's maintenance window.",
        ),
        doc=AMAZON_MQ + "amazon-mq-rebooting-broker.html",
        pattern=(
            r"\AApache ActiveMQ \S{1,40} \((?P<broker>[^,\n]{1,100}), .{1,200}?\)"
            r" is (?:shutting down|shutdown)\b"
        ),
        sample=(
            "2026-11-18 11:29:58,700 | INFO  | Apache ActiveMQ 5.18.4 (shop-mq-1, "
            "ID:ip-10-1-4-7-40123-1763463604000-0:1) is shutting down "
            "| org.apache.activemq.broker.BrokerService | ActiveMQ ShutdownHook"
        ),
    ),
    KnownLine(
        id="activemq-bridge-established",
        title="A bridge to another broker is up",
        meaning=(
            "The network connector has connected to {remote}, and messages can flow between the "
            "two brokers. Normal after a start. If it repeats every few minutes, the bridge is "
            "lost in between."
        ),
        look_at=(
            "`NetworkConnectorConnectionCount` of the broker.",
            "How often: filter `/Network connection between/`, and the timeline.",
        ),
        doc=ACTIVEMQ + "networks-of-brokers",
        pattern=(
            r"\ANetwork connection between \S{1,200} and \S{1,200} ?\((?P<remote>[^)\n]{1,100})\)"
            r" has been established"
        ),
        sample=(
            "2026-11-18 11:40:00,000 | INFO  | Network connection between vm://shop-mq-1#14 and "
            "ssl://10.1.9.9:61617 (hub-mq-1) has been established. "
            "| org.apache.activemq.network.DemandForwardingBridgeSupport | triggerStartBridge"
        ),
    ),
    KnownLine(
        id="activemq-bridge-not-started",
        title="A bridge to another broker could not be started",
        meaning=(
            "The network connector did not reach {remote} ({reason}) and goes on trying. Until it "
            "succeeds, messages for consumers behind that broker stay in this one's queues."
        ),
        look_at=(
            "Is the other broker up? Its general log around the same moment.",
            "Security groups and the address in the `networkConnector` element; for Amazon MQ the "
            "`masterslave:` address names both endpoints.",
            "User and password of the connector: filter `/is invalid|not authorized/` there.",
            "`NetworkConnectorConnectionCount`, and `QueueSize` of what should be forwarded.",
        ),
        doc=AMAZON_MQ + "network-of-brokers.html",
        pattern=(
            r"\ACould not start network bridge between: \S{1,200} and: (?P<remote>\S{1,200}) due"
            r" to: (?P<reason>.{1,160})"
        ),
        sample=(
            "2026-11-18 11:41:00,000 | WARN  | Could not start network bridge between: "
            "vm://shop-mq-1 and: ssl://10.1.9.9:61617 due to: Connection refused "
            "| org.apache.activemq.network.DiscoveryNetworkConnector | Simple Discovery Agent"
        ),
    ),
    KnownLine(
        id="activemq-bridge-lost",
        title="A bridge to another broker broke off",
        meaning=(
            "The connection between two brokers of the network ended with a {side} error: the "
            "other broker stopped, failed over, or the network was cut. The connector tries "
            "again by itself; messages wait in the queues meanwhile, persistent ones are not lost."
        ),
        look_at=(
            "When it is up again: filter `/has been established/`.",
            "The other broker's log at the same moment: a stop, a failover?",
            "`NetworkConnectorConnectionCount` of both brokers.",
        ),
        doc=ACTIVEMQ + "networks-of-brokers",
        pattern=(
            r"\ANetwork connection between .{1,400}? shutdown due to a (?P<side>remote|local)"
            r" error"
        ),
        sample=(
            "2026-11-18 11:42:00,000 | WARN  | Network connection between vm://shop-mq-1#14 and "
            "ssl://10.1.9.9:61617 shutdown due to a remote error: java.io.EOFException "
            "| org.apache.activemq.network.DemandForwardingBridgeSupport "
            "| ActiveMQ Transport: ssl:///10.1.9.9:61617"
        ),
    ),
    KnownLine(
        id="activemq-bridge-stopped",
        title="A bridge to another broker has stopped",
        meaning=(
            "{local} has ended its bridge to {remote}. Normal when one of the two brokers stops "
            "or the connector is stopped by hand; after a lost connection a new bridge follows. "
            "`Unknown` means that the other broker was never reached."
        ),
        look_at=(
            "Is it up again? Filter `/has been established|Could not start network bridge/`.",
            "Stopped by hand? The audit log: `NetworkConnectorView.stop`.",
        ),
        doc=ACTIVEMQ + "networks-of-brokers",
        pattern=r"\A(?P<local>\S{1,100}) bridge to (?P<remote>\S{1,100}) stopped",
        sample=(
            "2026-11-18 11:42:00,050 | INFO  | shop-mq-1 bridge to hub-mq-1 stopped "
            "| org.apache.activemq.network.DemandForwardingBridgeSupport "
            "| ActiveMQ BrokerService[shop-mq-1] Task-4"
        ),
    ),
    KnownLine(
        id="activemq-destination-removed",
        title="An unused destination was removed",
        meaning=(
            "{destination} was empty and had neither producers nor consumers for {ms} ms, so the "
            "broker deleted it. That is housekeeping and harmless; the destination comes back with "
            "its first use. Many such lines mean that clients connect and leave again and again."
        ),
        look_at=(
            "Numerous and frequent? Look at the clients, above all behind a Network Load Balancer.",
            "Setting `gcInactiveDestinations` of the `policyEntry`, if it must stay.",
            "Hide them: filter `-/Inactive for longer than/`.",
        ),
        doc=ACTIVEMQ + "delete-inactive-destinations",
        pattern=(
            r"\A(?P<destination>\S{1,250}) Inactive for longer than (?P<ms>\d{1,12}) ms -"
            r" removing"
        ),
        sample=(
            "2026-11-18 11:50:00,000 | INFO  | billing.reply-7 Inactive for longer than 600000 ms "
            "- removing ... | org.apache.activemq.broker.region.Queue "
            "| ActiveMQ Broker[shop-mq-1] Scheduler"
        ),
    ),
)
