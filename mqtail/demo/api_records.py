"""What CloudTrail records of calls that change brokers and clusters."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from mqtail.demo.calls import Call, Permission, access_denied
from mqtail.demo.cloudtrail_service import Record, iso_seconds
from mqtail.demo.mq_service import Broker

RECORDED = {"mq": "amazonmq.amazonaws.com", "kafka": "kafka.amazonaws.com"}
"""Services whose calls are recorded, and the event source of each (their developer guides)."""


def call_record(call: Call, result: dict[str, Any], identity: dict[str, Any]) -> Record:
    """The record of a call of Amazon MQ or Amazon MSK that changed something.

    Args:
        call: the call.
        result: what it was answered with.
        identity: who made it, as `userIdentity`.
    """
    # An ARN is told as it stands in the path of the request, escaped.
    told = {
        name: quote(value, safe="") if name == "clusterArn" else value
        for name, value in call.parameters.items()
    }
    return _record(RECORDED[call.service], call.operation, call.time, identity, told) | {
        "awsRegion": call.region,
        "userAgent": call.agent,
        "responseElements": result or None,
    }


def broker_record(
    operation: str, broker: Broker, identity: dict[str, Any], time: int, *, denied: bool = False
) -> Record:
    """The record of a call that concerns a broker.

    Args:
        operation: `CreateBroker`, `RebootBroker`...
        broker: the broker.
        identity: who made it, as `userIdentity`.
        time: when, ms since the epoch.
        denied: IAM did not allow it.
    """
    created = operation == "CreateBroker"
    told = {"brokerName": broker.name} if created else {"broker-id": broker.id}
    record = _record(RECORDED["mq"], operation, time, identity, told)
    record["awsRegion"] = broker.region
    if denied:
        error = access_denied(identity["arn"], Permission(f"mq:{operation}", broker.arn))
        return record | {"errorCode": "AccessDenied", "errorMessage": error.message}
    if created:
        # Only the answer tells the id of what was created.
        record["responseElements"] = {"brokerArn": broker.arn, "brokerId": broker.id}
    return record


def _record(
    source: str, operation: str, time: int, identity: dict[str, Any], request: dict[str, Any]
) -> Record:
    return {
        "userIdentity": identity,
        "eventTime": iso_seconds(time),
        "eventSource": source,
        "eventName": operation,
        "requestParameters": request,
        "readOnly": False,
    }
