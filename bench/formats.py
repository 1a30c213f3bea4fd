"""How many events per second the formats can take: `level`, `time`, `continues`, `parse`.

Run it with `python bench/formats.py`; `--seconds` sets how long each number is measured.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

from mqtail import formats
from mqtail.events import LogEvent, Source

_TRACE = "".join(f"\n\tat com.example.Step{n}.run(Step{n}.java:{n})[app.jar:1]" for n in range(40))
_SETTINGS = "".join(f"\n\tsome.setting.of.the.broker.{n} = {n}" for n in range(300))
_RMI = "RMI TCP Connection(4)-10.0.9.8"

_LINES: dict[str, tuple[str, str, Callable[[int], str]]] = {
    "general": (
        "activemq-general",
        "\tat com.example.Step.run(Step.java:7)[app.jar:1]",
        lambda n: (
            f"2026-03-02 08:19:44,{n % 1000:03} | WARN  | Transport Connection to: "
            f"tcp://10.0.9.31:{n % 60000} failed: java.io.EOFException "
            f"| org.apache.activemq.broker.TransportConnection.Transport "
            f"| ActiveMQ Transport: ssl:///10.0.9.31:{n % 60000}@61617"
        ),
    ),
    "general, trace": (
        "activemq-general",
        "Caused by: java.io.IOException: no answer",
        lambda n: (
            f"2026-03-02 08:19:44,{n % 1000:03} | ERROR | Could not start job {n} "
            f"| com.example.Jobs | job-{n % 9}\njava.lang.IllegalStateException: job {n}{_TRACE}"
        ),
    ),
    "audit": (
        "activemq-audit",
        "",
        lambda n: (
            f"INFO  | ops called org.apache.activemq.broker.jmx.QueueView.removeMessage"
            f"[ID:shop-{n}] on shop.orders at 02-03-2026 08:20:00,{n % 1000:03} | {_RMI}"
        ),
    ),
    "audit, open": (
        "activemq-audit",
        "the order's second line",
        lambda n: (
            f"INFO  | ops called org.apache.activemq.broker.jmx.QueueView.sendTextMessage[order {n}"
        ),
    ),
    "rabbitmq": (
        "rabbitmq",
        "2026-03-02 08:15:01.000007+00:00 [info] <0.812.0> and more of it",
        lambda n: (
            f"2026-03-02 08:15:01.{n % 1000000:06}+00:00 [info] <0.{n % 9999}.0> connection "
            f"<0.{n % 9999}.0> (10.0.9.31:50122 -> 10.0.4.17:5671 - till): user 'kiosk' "
            "authenticated and granted access to vhost '/'"
        ),
    ),
    "rabbitmq 3.8": (
        "rabbitmq",
        "missed heartbeats from client, timeout: 60s",
        lambda n: (
            f"2019-03-02 08:15:01.{n % 1000:03} [error] <0.{n % 9999}.0> closing AMQP "
            f"connection <0.{n % 9999}.0> (10.0.9.31:50122 -> 10.0.4.17:5672):"
        ),
    ),
    "rabbitmq report": (
        "rabbitmq-report",
        "    and more of it",
        lambda n: f"=INFO REPORT==== 2-Mar-2026::08:15:01.{n % 1000000:06} ===\n    step {n}",
    ),
    "kafka": (
        "kafka",
        "\tat com.example.Step.run(Step.scala:7)",
        lambda n: (
            f"[2026-03-02 08:15:{n // 1000 % 60:02},{n % 1000:03}] INFO [Partition shop.orders-"
            f"{n % 48} broker=1] Shrinking ISR from 1,2,3 to 1,2 (kafka.cluster.Partition)"
        ),
    ),
    "kafka, trace": (
        "kafka",
        "Caused by: java.io.IOException: no answer",
        lambda n: (
            f"[2026-03-02 08:15:01,{n % 1000:03}] WARN [ReplicaFetcher replicaId=1, leaderId=2, "
            f"fetcherId=0] Could not fetch, try {n} (kafka.server.ReplicaFetcherThread)\n"
            f"java.net.ConnectException{_TRACE}"
        ),
    ),
    "kafka, settings": (
        "kafka",
        "\tzookeeper.connect = zk-1:2181",
        lambda n: (
            f"[2026-03-02 08:15:01,{n % 1000:03}] INFO KafkaConfig values: {_SETTINGS}\n"
            " (kafka.server.KafkaConfig)"
        ),
    ),
    "cloudtrail": (
        "cloudtrail",
        "",
        lambda n: (
            '{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE",'
            '"arn":"arn:aws:iam::111122223333:user/kim","accountId":"111122223333",'
            f'"userName":"kim"}},"eventTime":"2026-03-02T08:15:{n % 60:02}Z",'
            '"eventSource":"kafka-cluster.amazonaws.com","eventName":"CreateTopic",'
            '"awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userAgent":"aws-sdk-java",'
            '"requestParameters":{"kafkaAPI":"CreateTopics","resourceARN":"arn:aws:kafka:us-east-1:'
            f'111122223333:topic/shop/0a1b2c3d-4/orders-{n}"}},"responseElements":null,'
            f'"requestID":"r-{n}","eventID":"e-{n}","readOnly":false,"eventType":"AwsApiCall"}}'
        ),
    ),
    "no format": (
        "",
        "\tat com.example.Step.run(Step.java:7)",
        lambda n: f"{n} a line of some other program, about as long as the others are",
    ),
}
"""By title: the expected format, a line that goes on, and what makes the n-th event."""


def _rate(call: Callable[[int], object], count: int, seconds: float) -> float:
    """Calls per second, cycling through `count` arguments."""
    calls = 0
    start = time.perf_counter()
    elapsed = 0.0
    while elapsed < seconds:
        for index in range(count):
            call(index)
        calls += count
        elapsed = time.perf_counter() - start
    return calls / elapsed


def _measure(title: str, count: int, seconds: float) -> Iterator[float]:
    expected, further, make = _LINES[title]
    lines = [make(n) for n in range(count + 1)]
    source = Source(0, "bench", "mq", "general", format=expected)
    events = [LogEvent(0, 0, source, order, line) for order, line in enumerate(lines)]
    for call in (
        lambda n: formats.level(lines[n], expected),
        lambda n: formats.time(lines[n], expected),
        lambda n: formats.continues(lines[n], lines[n + 1], expected),
        lambda n: formats.continues(lines[n], further, expected),
        lambda n: formats.parse_briefly(events[n]),
        lambda n: formats.parse(events[n]),
        lambda n: formats.parse(events[n % 50]),
    ):
        yield _rate(call, count, seconds)


def main() -> None:
    """Print one line per kind of event, in thousands of events per second."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=0.3, help="per number (default 0.3)")
    parser.add_argument("--events", type=int, default=20_000, help="different events")
    options = parser.parse_args()
    columns = ("level", "time", "new event", "goes on", "brief parse", "parse", "parse again")
    print(f"{'thousand/s':18}" + "".join(f"{column:>13}" for column in columns))
    for title in _LINES:
        rates = _measure(title, options.events, options.seconds)
        print(f"{title:18}" + "".join(f"{rate / 1000:13,.0f}" for rate in rates))


if __name__ == "__main__":
    main()
