"""RabbitMQ and its clients: connections, logins, errors of channels."""

from __future__ import annotations

from mqtail.explanations.base import AMAZON_MQ, RABBITMQ, KnownLine

LINES = (
    KnownLine(
        id="rabbitmq-login-refused",
        title="A login was refused: wrong user name or password",
        meaning=(
            "A client tried to log in as {user}, and the user does not exist or the password is "
            "wrong. The client is disconnected. Some after a changed password are normal; many "
            "are a client in a loop, or an attack."
        ),
        look_at=(
            "The client's address in the line; all of this user: filter `user:` with its name.",
            "The user in the management console; Amazon MQ's own API has no users of RabbitMQ.",
            "Frequent logins cost memory and CPU: `ConnectionCount`, `SystemCpuUtilization`.",
        ),
        doc=RABBITMQ + "access-control",
        pattern=r"^(?:PLAIN|AMQPLAIN|RABBIT-CR-DEMO) login refused: user '(?P<user>[^'\n]{0,200})'",
        sample=(
            "2026-11-18 12:00:00.000000+00:00 [error] <0.2001.0> Error on AMQP connection "
            "<0.2001.0> (10.1.9.4:40001 -> 10.1.4.7:5671, state: starting):\n"
            "2026-11-18 12:00:00.000000+00:00 [error] <0.2001.0> PLAIN login refused: user "
            "'metrics' - invalid credentials"
        ),
    ),
    KnownLine(
        id="rabbitmq-connection-limit",
        title="A connection was refused: a limit is reached",
        meaning=(
            "A virtual host or a user has as many connections as it may have: {what}. The client "
            "is refused; those that are connected work on. Amazon MQ for RabbitMQ 3 sets such a "
            "limit for the default virtual host."
        ),
        look_at=(
            "`ConnectionCount` and `ChannelCount`.",
            "Clients that do not close connections, or open one for each message.",
            "`max-connections` of the virtual host, in the management console under Limits.",
        ),
        doc=AMAZON_MQ + "rabbitmq-defaults.html",
        pattern=(
            r"^.{0,300}?refused for user '[^'\n]{0,200}': (?P<what>(?:vhost |user )?connection"
            r" limit \(\d{1,9}\) is reached)"
        ),
        sample=(
            "2026-11-18 12:01:00.000000+00:00 [error] <0.2002.0> Error on AMQP connection "
            "<0.2002.0> (10.1.9.4:40002 -> 10.1.4.7:5671, user: 'billing', state: opening):\n"
            "2026-11-18 12:01:00.000000+00:00 [error] <0.2002.0> access to vhost '/' refused for "
            "user 'billing': connection limit (4000) is reached"
        ),
    ),
    KnownLine(
        id="rabbitmq-vhost-refused",
        title="A user has no access to a virtual host",
        meaning=(
            "{user} logged in, but has no permissions in the virtual host {vhost}, so the "
            "connection is refused. New virtual hosts have no permissions for anyone until they "
            "are given."
        ),
        look_at=(
            "Permissions of the user in the management console: Admin, Users.",
            "Is it the right virtual host? Its name is a part of the client's URL.",
        ),
        doc=RABBITMQ + "access-control",
        pattern=(
            r"^access to vhost '(?P<vhost>[^'\n]{0,250})' refused for user"
            r" '(?P<user>[^'\n]{0,200})'"
        ),
        sample=(
            "2026-11-18 12:02:00.000000+00:00 [error] <0.2003.0> Error on AMQP connection "
            "<0.2003.0> (10.1.9.4:40003 -> 10.1.4.7:5671, user: 'billing', state: opening):\n"
            "2026-11-18 12:02:00.000000+00:00 [error] <0.2003.0> access to vhost '/ledger' refused "
            "for user 'billing'"
        ),
    ),
    KnownLine(
        id="rabbitmq-vhost-not-found",
        title="A client asked for a virtual host that does not exist",
        meaning=(
            "There is no virtual host {vhost} on this broker, so the connection is refused. "
            "Usually a wrong name in the client's URL; a slash in a name must be written `%2F` "
            "there."
        ),
        look_at=(
            "The virtual hosts in the management console: Admin, Virtual Hosts.",
            "Was it deleted? Filter with its name.",
        ),
        doc=RABBITMQ + "vhosts",
        pattern=r"^vhost (?P<vhost>\S{1,250}) not found",
        sample=(
            "2026-11-18 12:03:00.000000+00:00 [error] <0.2004.0> Error on AMQP connection "
            "<0.2004.0> (10.1.9.4:40004 -> 10.1.4.7:5671, user: 'billing', state: opening):\n"
            "2026-11-18 12:03:00.000000+00:00 [error] <0.2004.0> vhost lejer not found"
        ),
    ),
    KnownLine(
        id="rabbitmq-missed-heartbeats",
        title="A client sent no heartbeats and was disconnected",
        meaning=(
            "Nothing came from the client for {timeout}, so the node took it for dead and closed "
            "the connection. Unacknowledged messages go back to their queues. Causes: a client "
            "that is blocked in its own work, stopped, or cut off."
        ),
        look_at=(
            "The client's name and address in the line; its own log at this moment.",
            "Work that blocks the client library's thread for longer than the heartbeat.",
            "Many clients at once point to the node or the network: `SystemCpuUtilization`.",
        ),
        doc=RABBITMQ + "heartbeats",
        pattern=r"^missed heartbeats from client, timeout: (?P<timeout>\d{1,6}s)",
        sample=(
            "2026-11-18 12:04:00.000000+00:00 [error] <0.2005.0> closing AMQP connection "
            "<0.2005.0> (10.1.9.4:40005 -> 10.1.4.7:5671 - ledger-2):\n"
            "2026-11-18 12:04:00.000000+00:00 [error] <0.2005.0> missed heartbeats from client, "
            "timeout: 60s"
        ),
    ),
    KnownLine(
        id="rabbitmq-connection-lost",
        title="A client went away without closing its connection",
        meaning=(
            "The client's TCP connection ended without the closing handshake of AMQP: the process "
            "was killed, does not close its connection, or a device between cut it. "
            "Unacknowledged messages go back to their queues."
        ),
        look_at=(
            "One client or many? Filter `/unexpectedly closed/` and look at the timeline.",
            "Name and user of the client stand in the line before.",
            "Publishers that were blocked by an alarm and gave up: filter `/alarm/`.",
        ),
        doc=RABBITMQ + "connections",
        pattern=r"^client unexpectedly closed TCP connection",
        sample=(
            "2026-11-18 12:05:00.000000+00:00 [warning] <0.2006.0> closing AMQP connection "
            "<0.2006.0> (10.1.9.4:40006 -> 10.1.4.7:5671, vhost: '/', user: 'billing'):\n"
            "2026-11-18 12:05:00.000000+00:00 [warning] <0.2006.0> client unexpectedly closed TCP "
            "connection"
        ),
    ),
    KnownLine(
        id="rabbitmq-connection-forced",
        title="The broker closed a connection on purpose",
        meaning=(
            "The node ended this client's connection itself: it shuts down, is drained for "
            "maintenance, or someone closed the connection in the management console. The client "
            "should connect again, to another node if there is one."
        ),
        look_at=(
            "Many in a second? Then a node stops: filter `/asked to stop|maintenance/`.",
            "Automatic recovery in the client library: is it switched on?",
        ),
        doc=RABBITMQ + "connections",
        pattern=r"^.{0,200}?\bconnection_forced\b|^.{0,200}?\bCONNECTION_FORCED\b",
        sample=(
            "2026-11-18 12:06:00.000000+00:00 [error] <0.2007.0> Error on AMQP connection "
            "<0.2007.0> (10.1.9.4:40007 -> 10.1.4.7:5671, vhost: '/', user: 'billing', state: "
            "running), channel 0:\n"
            "2026-11-18 12:06:00.000000+00:00 [error] <0.2007.0>  operation none caused a "
            'connection exception connection_forced: "broker forced connection closure with '
            "reason 'shutdown'\""
        ),
    ),
    KnownLine(
        id="rabbitmq-handshake-timeout",
        title="A client connected and then said nothing",
        meaning=(
            "A TCP connection was opened, and no AMQP handshake followed in time. Mostly a health "
            "check or a port scan; a real client behind it is overloaded or waits for TLS."
        ),
        look_at=(
            "The address in the line: a load balancer's health check, a scanner, a client?",
            "Many real clients: `SystemCpuUtilization`; is the node too busy to answer?",
        ),
        doc=RABBITMQ + "networking",
        pattern=r"^\{handshake_timeout,",
        sample=(
            "2026-11-18 12:07:00.000000+00:00 [error] <0.2008.0> closing AMQP connection "
            "<0.2008.0> (10.1.9.9:40008 -> 10.1.4.7:5671):\n"
            "2026-11-18 12:07:00.000000+00:00 [error] <0.2008.0> {handshake_timeout,handshake}"
        ),
    ),
    KnownLine(
        id="rabbitmq-wrong-protocol",
        title="A client spoke another protocol than AMQP 0-9-1",
        meaning=(
            "The first bytes on the connection were not the AMQP header that this port expects "
            "({what}): HTTP from a browser or health check, TLS on a plain port, or another "
            "version of AMQP. The connection is closed; nobody else is touched."
        ),
        look_at=(
            "The address in the line: whose is it?",
            "The client's URL: `amqps` and port 5671 for Amazon MQ, 443 for the console.",
        ),
        doc=RABBITMQ + "networking",
        pattern=r"^(?P<what>\{bad_header,.{1,80}|\{bad_version,.{1,80}|amqp1_0_plugin_not_enabled)",
        sample=(
            "2026-11-18 12:08:00.000000+00:00 [error] <0.2009.0> closing AMQP connection "
            "<0.2009.0> (10.1.9.9:40009 -> 10.1.4.7:5671):\n"
            '2026-11-18 12:08:00.000000+00:00 [error] <0.2009.0> {bad_header,<<"GET / HT">>}'
        ),
    ),
    KnownLine(
        id="rabbitmq-tls-failed",
        title="A TLS handshake with a client failed",
        meaning=(
            "Node and client could not agree on an encrypted connection ({reason}). The client "
            "did not get as far as logging in. Usual causes: a certificate that one side does not "
            "trust, a TLS version that the other does not speak, a client without TLS."
        ),
        look_at=(
            "`generated SERVER ALERT`: this node refused; `received CLIENT ALERT`: the client did.",
            "The client's TLS version, ciphers, and its list of certificate authorities.",
        ),
        doc=AMAZON_MQ + "connect-to-amazonmq.html",
        pattern=(
            r"^TLS server: In state .{1,200}? (?:SERVER|CLIENT) ALERT: Fatal -"
            r" (?P<reason>.{1,120})"
        ),
        sample=(
            "2026-11-18 12:09:00.000000+00:00 [notice] <0.2010.0> TLS server: In state hello at "
            "ssl_handshake.erl:1710 generated SERVER ALERT: Fatal - Handshake Failure"
        ),
    ),
    KnownLine(
        id="rabbitmq-consumer-timeout",
        title="A consumer did not acknowledge in time, and its channel is closed",
        meaning=(
            "A message was delivered and not acknowledged for longer than the timeout ({timeout} "
            "ms). The channel is closed with PRECONDITION_FAILED, and its messages go back to "
            "their queues. The consumer is stuck, forgets to acknowledge, or works too long on "
            "one message."
        ),
        look_at=(
            "`MessageUnacknowledgedCount` of the queue.",
            "The consumer's code: an acknowledgement on every path, also after errors.",
            "`consumer_timeout` in the broker's configuration, if the work must take that long.",
            "A smaller prefetch: messages that wait in the client count too.",
        ),
        doc=RABBITMQ + "consumers",
        pattern=(
            r"^Consumer .{1,300}? has timed out\s{1,4}waiting for (?:a consumer|delivery)"
            r" acknowledgement.{0,120}?Timeout used: (?P<timeout>\d{1,12}) ms"
        ),
        sample=(
            "2026-11-18 12:10:00.000000+00:00 [warning] <0.2011.0> Consumer 'ctag-7' on channel 1 "
            "and queue 'billing' in vhost '/' has timed out waiting for a consumer "
            "acknowledgement of a delivery with delivery tag = 12. Timeout used: 1800000 ms. This "
            "timeout value can be configured, see consumers doc guide to learn more"
        ),
    ),
    KnownLine(
        id="rabbitmq-delivery-tag-unknown",
        title="A client acknowledged a message that is not open",
        meaning=(
            "The client acknowledged a delivery twice, on another channel than it came on, or in "
            "automatic mode. The channel is closed with PRECONDITION_FAILED, and what was not "
            "acknowledged is delivered again: consumers see messages twice."
        ),
        look_at=(
            "The client's code: acknowledge once, on the channel of the delivery.",
            "After a reconnect: delivery tags of the old channel are worth nothing.",
            "User and address in the line before.",
        ),
        doc=RABBITMQ + "channels",
        pattern=(
            r"^ {0,2}operation basic\.(?:ack|nack|reject) caused a channel exception"
            r" precondition_failed: unknown delivery tag"
        ),
        sample=(
            "2026-11-18 12:11:00.000000+00:00 [error] <0.2012.0> Channel error on connection "
            "<0.2000.0> (10.1.9.4:40010 -> 10.1.4.7:5671, vhost: '/', user: 'billing'), channel "
            "3:\n"
            "2026-11-18 12:11:00.000000+00:00 [error] <0.2012.0> operation basic.ack caused a "
            "channel exception precondition_failed: unknown delivery tag 12"
        ),
    ),
    KnownLine(
        id="rabbitmq-declared-differently",
        title="A queue or exchange exists with other properties",
        meaning=(
            "The client declared {what} that exists already, with a different {argument}. "
            "Properties cannot be changed by declaring, so the channel is closed with "
            "PRECONDITION_FAILED. Nothing is changed on the broker."
        ),
        look_at=(
            "What was asked and what is there: the end of the line.",
            "Two versions of an application that declare the same queue differently?",
            "Use a policy for what policies can set; else delete the queue and declare it anew.",
        ),
        doc=RABBITMQ + "queues",
        pattern=(
            r"^ {0,2}operation \S{1,40} caused a channel exception precondition_failed:"
            r" inequivalent arg '(?P<argument>[^'\n]{1,80})' for"
            r" (?P<what>(?:queue|exchange) '[^'\n]{0,250}')"
        ),
        sample=(
            "2026-11-18 12:12:00.000000+00:00 [error] <0.2013.0> Channel error on connection "
            "<0.2000.0> (10.1.9.4:40010 -> 10.1.4.7:5671, vhost: '/', user: 'billing'), channel "
            "4:\n"
            "2026-11-18 12:12:00.000000+00:00 [error] <0.2013.0> operation queue.declare caused a "
            "channel exception precondition_failed: inequivalent arg 'durable' for queue 'billing' "
            "in vhost '/': received 'false' but current is 'true'"
        ),
    ),
    KnownLine(
        id="rabbitmq-not-found",
        title="A client used a queue or exchange that does not exist",
        meaning=(
            "The operation {operation} named something that is not there: {what}. The channel is "
            "closed with NOT_FOUND. A queue that was deleted or expired, a wrong name or virtual "
            "host, or a node that holds the queue and is down."
        ),
        look_at=(
            "Does it exist in the management console, in this virtual host?",
            "A queue of a node that is down: filter `/on node .* down/`.",
            "Let the client declare what it uses.",
        ),
        doc=RABBITMQ + "channels",
        pattern=(
            r"^ {0,2}operation (?P<operation>\S{1,40}) caused a channel exception not_found:"
            r" (?P<what>.{1,200})"
        ),
        sample=(
            "2026-11-18 12:13:00.000000+00:00 [error] <0.2014.0> Channel error on connection "
            "<0.2000.0> (10.1.9.4:40010 -> 10.1.4.7:5671, vhost: '/', user: 'billing'), channel "
            "5:\n"
            "2026-11-18 12:13:00.000000+00:00 [error] <0.2014.0> operation basic.consume caused a "
            "channel exception not_found: no queue 'biling' in vhost '/'"
        ),
    ),
    KnownLine(
        id="rabbitmq-access-refused",
        title="A user may not do this with a queue or exchange",
        meaning=(
            "The operation {operation} needs a permission that the user does not have: {what}. "
            "The channel is closed with ACCESS_REFUSED; the connection stays."
        ),
        look_at=(
            "Permissions of the user: the patterns for configure, write and read.",
            "Declaring needs configure, publishing write, consuming read, binding write and read.",
        ),
        doc=RABBITMQ + "access-control",
        pattern=(
            r"^ {0,2}operation (?P<operation>\S{1,40}) caused a channel exception access_refused:"
            r" (?P<what>.{1,200})"
        ),
        sample=(
            "2026-11-18 12:14:00.000000+00:00 [error] <0.2015.0> Channel error on connection "
            "<0.2000.0> (10.1.9.4:40010 -> 10.1.4.7:5671, vhost: '/', user: 'billing'), channel "
            "6:\n"
            "2026-11-18 12:14:00.000000+00:00 [error] <0.2015.0> operation basic.publish caused a "
            "channel exception access_refused: access to exchange 'audit' in vhost '/' refused for "
            "user 'billing'"
        ),
    ),
    KnownLine(
        id="rabbitmq-resource-locked",
        title="A client used a queue that belongs to another connection",
        meaning=(
            "An exclusive queue can be used only by the connection that declared it: {what}. The "
            "channel is closed with RESOURCE_LOCKED. After a reconnect the old connection may "
            "still hold the queue until the broker notices that it is gone."
        ),
        look_at=(
            "Two instances with the same queue name? Let the server name exclusive queues.",
            "After a reconnect: wait for the heartbeat timeout, then try again.",
        ),
        doc=RABBITMQ + "queues",
        pattern=(
            r"^ {0,2}operation \S{1,40} caused a channel exception resource_locked:"
            r" (?P<what>.{1,200})"
        ),
        sample=(
            "2026-11-18 12:15:00.000000+00:00 [error] <0.2016.0> Channel error on connection "
            "<0.2000.0> (10.1.9.4:40010 -> 10.1.4.7:5671, vhost: '/', user: 'billing'), channel "
            "7:\n"
            "2026-11-18 12:15:00.000000+00:00 [error] <0.2016.0> operation queue.declare caused a "
            "channel exception resource_locked: cannot obtain exclusive access to locked queue "
            "'replies' in vhost '/'"
        ),
    ),
    KnownLine(
        id="rabbitmq-precondition-failed",
        title="A channel was closed: a precondition failed",
        meaning=(
            "The operation {operation} could not be done as asked: {what}. The channel is closed, "
            "its unacknowledged messages go back to their queues, and the client must open a new "
            "one."
        ),
        look_at=(
            "User, address and channel in the line before.",
            "The client's own log: it got the same text.",
        ),
        doc=RABBITMQ + "channels",
        pattern=(
            r"^ {0,2}operation (?P<operation>\S{1,40}) caused a channel exception"
            r" precondition_failed: (?P<what>.{1,200})"
        ),
        sample=(
            "2026-11-18 12:16:00.000000+00:00 [error] <0.2017.0> Channel error on connection "
            "<0.2000.0> (10.1.9.4:40010 -> 10.1.4.7:5671, vhost: '/', user: 'billing'), channel "
            "8:\n"
            "2026-11-18 12:16:00.000000+00:00 [error] <0.2017.0> operation queue.delete caused a "
            "channel exception precondition_failed: queue 'billing' in vhost '/' not empty"
        ),
    ),
)
