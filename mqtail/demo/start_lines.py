"""The lines that brokers write when they start, in the formats of their logs."""

from __future__ import annotations

from datetime import UTC, datetime


def activemq_lines(kind: str, name: str, version: str, time: int) -> list[str]:
    """Lines of an ActiveMQ instance's general or audit log, at a time (ms)."""
    moment = _moment(time)
    if kind == "audit":
        stamp = f"{moment:%d-%m-%Y %H:%M:%S},{time % 1000:03d}"
        call = "called org.apache.activemq.broker.jmx.BrokerView.getBrokerVersion[]"
        return [f"INFO  | admin {call} at {stamp} | RMI TCP Connection(1)-127.0.0.1"]
    stamp = f"{moment:%Y-%m-%d %H:%M:%S},{time % 1000:03d}"
    logger = "org.apache.activemq.broker.BrokerService | main"
    return [
        f"{stamp} | INFO  | Apache ActiveMQ {version} ({name}) is starting | {logger}",
        f"{stamp} | INFO  | Apache ActiveMQ {version} ({name}) started | {logger}",
    ]


def rabbitmq_lines(kind: str, name: str, version: str, time: int) -> list[str]:
    """Lines of a RabbitMQ node's general log, at a time (ms)."""
    stamp = f"{_moment(time):%Y-%m-%d %H:%M:%S}.{time % 1000:03d}000+00:00"
    return [
        f"{stamp} [info] <0.9.0> Starting RabbitMQ {version}",
        f"{stamp} [info] <0.9.0> Server startup complete; 6 plugins started.",
    ]


def kafka_lines(broker: int, time: int) -> list[str]:
    """Lines of a Kafka broker's log, at a time (ms)."""
    stamp = f"{_moment(time):%Y-%m-%d %H:%M:%S},{time % 1000:03d}"
    logger = "(kafka.server.BrokerServer)"
    return [
        f"[{stamp}] INFO [BrokerServer id={broker}] Transition from SHUTDOWN to STARTING {logger}",
        f"[{stamp}] INFO [BrokerServer id={broker}] Transition from STARTING to STARTED {logger}",
    ]


def _moment(time: int) -> datetime:
    return datetime.fromtimestamp(time // 1000, UTC)
