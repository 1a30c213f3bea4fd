"""Kafka and its clients: authentication, authorization, limits, producers."""

from __future__ import annotations

from mqtail.explanations.base import AMAZON_MSK, KAFKA, KnownLine

LINES = (
    KnownLine(
        id="kafka-iam-too-many-connections",
        title="IAM logins come too fast, and the broker refuses some",
        meaning=(
            "With IAM access control a broker takes only so many new connections a second, and "
            "clients go beyond that, often all at once after a restart. The broker protects "
            "itself; refused clients try again."
        ),
        look_at=(
            "`IAMTooManyConnections` and `IAMNumberOfConnectionRequests` (level PER_BROKER).",
            "Raise `reconnect.backoff.ms` in the clients, so that they come back more slowly.",
            "Fewer, longer connections: one producer for many threads.",
        ),
        doc=AMAZON_MSK + "troubleshooting.html",
        pattern=r"^.{0,120}?Failed authentication with .{1,400}?Too many connects",
        sample=(
            "[2026-11-18 13:00:00,000] INFO [SocketServer listenerType=BROKER, nodeId=1] Failed "
            "authentication with /10.1.5.20 (channelId=10.1.32.11:9098-10.1.5.20:40112-7) "
            "([0c2b1f4e-31d4-4d55-9d0b-5a0a4c1d7d11]: Too many connects) "
            "(org.apache.kafka.common.network.Selector)"
        ),
    ),
    KnownLine(
        id="kafka-iam-session-too-short",
        title="A client logged in with IAM credentials that are about to expire",
        meaning=(
            "The broker refused the login because the client's temporary credentials end in a "
            "moment. The client, or what gives it its credentials, renews them too late."
        ),
        look_at=(
            "How the client gets its credentials: instance profile, container role, a file?",
            "The version of `aws-msk-iam-auth` in the client.",
        ),
        doc=AMAZON_MSK + "troubleshooting.html",
        pattern=r"^.{0,120}?Failed authentication with .{1,400}?Session too short",
        sample=(
            "[2026-11-18 13:01:00,000] INFO [SocketServer listenerType=BROKER, nodeId=1] Failed "
            "authentication with /10.1.5.20 (channelId=10.1.32.11:9098-10.1.5.20:40113-7) "
            "([0c2b1f4e-31d4-4d55-9d0b-5a0a4c1d7d12]: Session too short) "
            "(org.apache.kafka.common.network.Selector)"
        ),
    ),
    KnownLine(
        id="kafka-tls-failed",
        title="A TLS handshake with a client failed",
        meaning=(
            "The client at {address} and the broker could not agree on an encrypted connection. "
            "Usual causes: a client without TLS on a TLS port, a certificate that one side does "
            "not trust, a host name that is not in it, a port scan."
        ),
        look_at=(
            "The client's own log: it says what it refused.",
            "Ports of Amazon MSK: 9094 TLS, 9096 SASL/SCRAM, 9098 IAM, 9092 plain text.",
            "With mutual TLS: the certificate authority that the cluster trusts.",
        ),
        doc=AMAZON_MSK + "port-info.html",
        pattern=(
            r"^.{0,120}?Failed authentication with (?P<address>\S{1,200}) .{0,300}?SSL handshake"
            r" failed"
        ),
        sample=(
            "[2026-11-18 13:02:00,000] INFO [SocketServer listenerType=BROKER, nodeId=1] Failed "
            "authentication with /10.1.5.21 (channelId=10.1.32.11:9094-10.1.5.21:40114-8) (SSL "
            "handshake failed) (org.apache.kafka.common.network.Selector)"
        ),
    ),
    KnownLine(
        id="kafka-sasl-wrong-client",
        title="A client does not log in the way this port wants it",
        meaning=(
            "The port expects a SASL login and the client at {address} began with something else: "
            "its security settings do not fit the port. It is disconnected and usually tries "
            "again for ever."
        ),
        look_at=(
            "`security.protocol` and `sasl.mechanism` of the client.",
            "Ports of Amazon MSK: 9094 TLS, 9096 SASL/SCRAM, 9098 IAM, 9092 plain text.",
        ),
        doc=AMAZON_MSK + "port-info.html",
        pattern=(
            r"^.{0,120}?Failed authentication with (?P<address>\S{1,200}) .{0,300}?Unexpected Kafka"
            r" request of type"
        ),
        sample=(
            "[2026-11-18 13:03:00,000] INFO [SocketServer brokerId=1] Failed authentication with "
            "/10.1.5.22 (Unexpected Kafka request of type METADATA during SASL handshake.) "
            "(org.apache.kafka.common.network.Selector)"
        ),
    ),
    KnownLine(
        id="kafka-login-refused",
        title="A login was refused",
        meaning=(
            "The client at {address} could not prove who it is: {reason}. It is disconnected and "
            "tries again. Some after a changed password are normal; many from one address are a "
            "client with old credentials, or an attack."
        ),
        look_at=(
            "All of this client: filter with its address.",
            "SCRAM: the secret in Secrets Manager, and that it is associated with the cluster.",
            "IAM: the client's role and its policy (`kafka-cluster:Connect`).",
        ),
        doc=AMAZON_MSK + "msk-password.html",
        pattern=(
            r"^.{0,120}?Failed authentication with (?P<address>\S{1,200})"
            r" (?:\(channelId=\S{1,200}\) )?\((?P<reason>.{1,300}?)\)?$"
        ),
        sample=(
            "[2026-11-18 13:04:00,000] INFO [SocketServer brokerId=1] Failed authentication with "
            "/10.1.5.23 (Authentication failed during authentication due to invalid credentials "
            "with SASL mechanism SCRAM-SHA-512) (org.apache.kafka.common.network.Selector)"
        ),
    ),
    KnownLine(
        id="kafka-acl-denied",
        title="A client may not do this: denied by the authorizer",
        meaning=(
            "{principal} asked for {operation} on {resource} and has no right to it. The client "
            "gets an authorization error for this; the connection stays. With no ACL at all the "
            "answer depends on `allow.everyone.if.no.acl.found`."
        ),
        look_at=(
            "The ACLs of the resource, with `kafka-acls.sh --list`; with IAM the client's policy.",
            "Brokers need rights too: without READ for them replication fails.",
            "Many of one principal: filter with its name, and the timeline.",
        ),
        doc=KAFKA + "#security_authz",
        pattern=(
            r"^Principal = (?P<principal>.{1,200}?) is Denied [Oo]peration ="
            r" (?P<operation>\w{1,40}) from host = \S{1,100} on resource = (?P<resource>\S{1,260})"
        ),
        sample=(
            "[2026-11-18 13:05:00,000] INFO Principal = User:reports is Denied Operation = Read "
            "from host = 10.1.5.24 on resource = Topic:LITERAL:billing for request = Fetch with "
            "resourceRefCount = 1 (kafka.authorizer.logger)"
        ),
    ),
    KnownLine(
        id="kafka-connections-per-ip",
        title="An address has as many connections as it may have",
        meaning=(
            "The broker refused a connection from {address}, which has {limit} already. Clients "
            "that are connected work on. Often many clients behind one address, or one that does "
            "not close its connections."
        ),
        look_at=(
            "`ConnectionCount` and `ClientConnectionCount` by broker; `ConnectionCreationRate`.",
            "How many clients share the address (NAT, containers)?",
            "`max.connections.per.ip`, where it is set.",
        ),
        doc=AMAZON_MSK + "limits.html",
        pattern=(
            r"^Rejected connection from (?P<address>\S{1,100}), address already has the configured"
            r" maximum of (?P<limit>\d{1,9}) connections"
        ),
        sample=(
            "[2026-11-18 13:06:00,000] INFO Rejected connection from /10.1.5.25, address already "
            "has the configured maximum of 60 connections. (kafka.network.Acceptor)"
        ),
    ),
    KnownLine(
        id="kafka-quota-changed",
        title="A quota was changed",
        meaning=(
            "The {kind} quota of a user or client was set or removed: {who}. Clients beyond their "
            "quota are slowed down, not refused: requests take longer and lag grows."
        ),
        look_at=(
            "`FetchThrottleTime`, `ProduceThrottleTime` and `RequestThrottleTime` (PER_BROKER).",
            "`MaxOffsetLag` of the groups that are slowed.",
        ),
        doc=KAFKA + "#design_quotas",
        pattern=(r"^(?:Changing|Changed|Removing) (?P<kind>\w{1,40}) quota for (?P<who>.{1,200})"),
        sample=(
            "[2026-11-18 13:07:00,000] INFO Changing Produce quota for client-id reports to "
            "1048576.0 (kafka.server.ClientQuotaManager)"
        ),
    ),
    KnownLine(
        id="kafka-not-kafka",
        title="A client spoke another protocol than Kafka",
        meaning=(
            "What came in says that a request of {size} bytes follows, and {limit} is the most "
            "that is taken. Such a size means that the bytes were no Kafka request: HTTP (size "
            "1195725856), a TLS greeting on a plain port, a scan. Only that connection is closed."
        ),
        look_at=(
            "The address in the line: a health check, a monitoring tool, a scanner?",
            "A real client: `security.protocol` must fit the port.",
            "A size near the limit: `max.request.size` of the producer, "
            "`socket.request.max.bytes`.",
        ),
        doc=AMAZON_MSK + "port-info.html",
        pattern=(
            r"^.{0,200}?InvalidReceiveException: Invalid receive \(size = (?P<size>-?\d{1,20})"
            r" larger than (?P<limit>\d{1,20})\)"
        ),
        sample=(
            "[2026-11-18 13:08:00,000] WARN [SocketServer listenerType=BROKER, nodeId=1] "
            "Unexpected error from /10.1.5.26 (channelId=10.1.32.11:9092-10.1.5.26:40115-9); "
            "closing connection (org.apache.kafka.common.network.Selector)\n"
            "org.apache.kafka.common.network.InvalidReceiveException: Invalid receive (size = "
            "1195725856 larger than 104857600)"
        ),
    ),
    KnownLine(
        id="kafka-request-unreadable",
        title="A request could not be read",
        meaning=(
            "The broker could not read the head of a request and closed the connection. The "
            "sender is no Kafka client, or one much newer or older than the broker."
        ),
        look_at=(
            "The addresses in the line; the client's library and version.",
            "A health check that sends something? Let it only open the port.",
        ),
        doc=AMAZON_MSK + "port-info.html",
        pattern=(
            r"^.{0,200}?InvalidRequestException: (?:Error parsing request header"
            r"|Error getting request)"
        ),
        sample=(
            "[2026-11-18 13:09:00,000] ERROR Exception while processing request from "
            "10.1.32.11:9092-10.1.5.27:40116-10 (kafka.network.Processor)\n"
            "org.apache.kafka.common.errors.InvalidRequestException: Error parsing request header. "
            "Our best guess of the apiKey is: 260"
        ),
    ),
    KnownLine(
        id="kafka-message-too-large",
        title="A producer sent a batch that is larger than the topic takes",
        meaning=(
            "The batch is larger than `max.message.bytes` of the topic (or `message.max.bytes` of "
            "the broker) and was refused. The producer gets MESSAGE_TOO_LARGE; the same message "
            "will never get through without a change."
        ),
        look_at=(
            "The partition and the sizes in the line.",
            "`max.request.size` and `compression.type` of the producer.",
            "Larger messages: raise the limit of the topic, and look at the consumers' fetch "
            "sizes.",
        ),
        doc=AMAZON_MSK + "msk-configuration-properties.html",
        pattern=r"^.{0,200}?(?:RecordTooLargeException|RecordBatchTooLargeException)\b",
        sample=(
            "[2026-11-18 13:10:00,000] INFO [ReplicaManager broker=1] Error processing append "
            "operation on partition billing-2 (kafka.server.ReplicaManager)\n"
            "org.apache.kafka.common.errors.RecordTooLargeException: The record batch size in the "
            "append to billing-2 is 2097270 bytes which exceeds the maximum configured value of "
            "1048588."
        ),
    ),
    KnownLine(
        id="kafka-out-of-order-sequence",
        title="An idempotent producer's batches came with a gap",
        meaning=(
            "Producer {producer} sent a batch to {partition} whose number does not follow the "
            "last one, so it was refused. Batches before it were lost, expired, or the broker "
            "forgot the producer. A transactional producer must abort, others begin anew."
        ),
        look_at=(
            "Unclean elections or deleted messages before: filter `/UNCLEAN|retention/`.",
            "`delivery.timeout.ms` and `max.in.flight.requests.per.connection` of the producer.",
            "`transactional.id.expiration.ms`: producers that write seldom are forgotten.",
        ),
        doc=KAFKA + "#semantics",
        pattern=(
            r"^.{0,200}?Out of order sequence number for producer(?:Id)? (?P<producer>\d{1,20}) at"
            r" offset \d{1,20} in partition (?P<partition>[^\s:]{1,260})"
        ),
        sample=(
            "[2026-11-18 13:11:00,000] ERROR [ReplicaManager broker=1] Error processing append "
            "operation on partition billing-2 (kafka.server.ReplicaManager)\n"
            "org.apache.kafka.common.errors.OutOfOrderSequenceException: Out of order sequence "
            "number for producer 2001 at offset 5300 in partition billing-2: 14 (incoming seq. "
            "number), 11 (current end sequence number)"
        ),
    ),
    KnownLine(
        id="kafka-producer-fenced",
        title="A producer was fenced off by a newer one",
        meaning=(
            "A producer with an older epoch wanted to write, and a newer one with the same "
            "transactional id exists. The old one must end. That is how Kafka stops a zombie; two "
            "live instances with one transactional id do it to each other for ever."
        ),
        look_at=(
            "Two instances with the same `transactional.id`?",
            "A producer that was paused for longer than `transaction.timeout.ms`.",
        ),
        doc=KAFKA + "#semantics",
        pattern=(
            r"^.{0,200}?(?:ProducerFencedException|InvalidProducerEpochException"
            r"|Epoch of producer \d{1,20} at offset \d{1,20} in)\b"
        ),
        sample=(
            "[2026-11-18 13:12:00,000] ERROR [ReplicaManager broker=1] Error processing append "
            "operation on partition billing-2 (kafka.server.ReplicaManager)\n"
            "org.apache.kafka.common.errors.InvalidProducerEpochException: Epoch of producer 2001 "
            "at offset 5301 in billing-2 is 3, which is smaller than the last seen epoch 4"
        ),
    ),
)
