"""Amazon MQ through a real client: log settings that wait for a reboot, and who did what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from mqtail.demo import faults
from mqtail.demo.server import EmbeddedAws

if TYPE_CHECKING:
    from types_aiobotocore_cloudtrail import CloudTrailClient
    from types_aiobotocore_mq import MQClient

ACCOUNT = "111122223333"


async def logs_of(mq: MQClient, broker_id: str) -> tuple[bool, bool | None, Any]:
    """General and audit log, and what is pending."""
    logs = (await mq.describe_broker(BrokerId=broker_id))["Logs"]
    return logs["General"], logs.get("Audit"), logs.get("Pending")


async def test_log_settings_wait_for_a_reboot(aws: EmbeddedAws, mq: MQClient) -> None:
    """Until then the old ones are told beside them; to go back is to wait for nothing."""
    broker = aws.mq.add_broker("orders", general=False, audit=False)
    answer = await mq.update_broker(BrokerId=broker.id, Logs={"General": True})
    assert (answer["BrokerId"], answer["Logs"]) == (broker.id, {"General": True, "Audit": False})
    waiting = {"General": True, "Audit": False}
    assert await logs_of(mq, broker.id) == (False, False, waiting)
    await mq.update_broker(BrokerId=broker.id, Logs={"Audit": True})
    assert await logs_of(mq, broker.id) == (False, False, {"General": True, "Audit": True})
    await mq.update_broker(BrokerId=broker.id, Logs={"General": False, "Audit": False})
    assert await logs_of(mq, broker.id) == (False, False, None)
    await mq.update_broker(BrokerId=broker.id, Logs={"General": True, "Audit": True})
    await mq.reboot_broker(BrokerId=broker.id)
    assert await logs_of(mq, broker.id) == (True, True, None)


async def test_rabbitmq_has_no_audit_log(aws: EmbeddedAws, mq: MQClient) -> None:
    """Nor can it be switched on."""
    broker = aws.mq.add_broker("sensors", engine="RABBITMQ", general=False)
    with pytest.raises(mq.exceptions.BadRequestException) as error:
        await mq.update_broker(BrokerId=broker.id, Logs={"General": True, "Audit": True})
    response: Any = error.value.response
    assert response["ErrorAttribute"] == "logs.audit"
    await mq.update_broker(BrokerId=broker.id, Logs={"General": True})
    assert await logs_of(mq, broker.id) == (False, None, {"General": True})
    await mq.reboot_broker(BrokerId=broker.id)
    assert await logs_of(mq, broker.id) == (True, None, None)


async def test_only_a_running_broker_is_rebooted(aws: EmbeddedAws, mq: MQClient) -> None:
    """What waits goes on waiting."""
    broker = aws.mq.add_broker("orders", general=False, pending_logs={"general": True})
    broker.state = "CRITICAL_ACTION_REQUIRED"
    with pytest.raises(mq.exceptions.BadRequestException, match="CRITICAL_ACTION_REQUIRED"):
        await mq.reboot_broker(BrokerId=broker.id)
    assert await logs_of(mq, broker.id) == (False, True, {"General": True})
    for call in (mq.reboot_broker, mq.update_broker):
        with pytest.raises(mq.exceptions.NotFoundException):
            await call(BrokerId="b-none")


async def test_calls_are_in_the_event_history(
    aws: EmbeddedAws, connect: Any, cloudtrail: CloudTrailClient
) -> None:
    """With who made them: here a session of a role with a path."""
    role = aws.iam.add_role("ops", "/team/")
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/ann"
    aws.sts.add_key("ASIAOPS", arn)
    broker = aws.mq.add_broker("orders")
    client = await connect("mq", key="ASIAOPS")
    await client.describe_broker(BrokerId=broker.id)
    await client.reboot_broker(BrokerId=broker.id)
    aws.faults.add(faults.AccessDenied(), operation="UpdateBroker")
    with pytest.raises(ClientError):
        await client.update_broker(BrokerId=broker.id, Logs={"General": False})
    attributes = [{"AttributeKey": "EventSource", "AttributeValue": "amazonmq.amazonaws.com"}]
    answer = await cloudtrail.lookup_events(LookupAttributes=attributes)  # type: ignore[arg-type]
    (event,) = answer["Events"]
    assert (event["EventName"], event["Username"]) == ("RebootBroker", "ann")
    assert (event["ReadOnly"], event["AccessKeyId"]) == ("false", "ASIAOPS")
    record = json.loads(event["CloudTrailEvent"])
    assert record["requestParameters"] == {"broker-id": broker.id}
    assert record["userIdentity"]["arn"] == arn
    assert record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == role.arn
    assert record["userAgent"].startswith("aiobotocore")


async def test_calls_can_be_put_into_the_event_history(aws: EmbeddedAws) -> None:
    """In one line: who created a broker, and who was not allowed to reboot it."""
    broker = aws.mq.add_broker("orders", region="eu-west-1")
    user = f"arn:aws:iam::{ACCOUNT}:user/ann"
    at = aws.clock() - 5_000
    aws.record_call("CreateBroker", broker, user, at=at)
    aws.record_call("RebootBroker", broker, f"arn:aws:iam::{ACCOUNT}:root", denied=True)
    denied, created = aws.cloudtrail.records(region="eu-west-1")
    assert created["responseElements"] == {"brokerArn": broker.arn, "brokerId": broker.id}
    assert created["requestParameters"] == {"brokerName": "orders"}
    assert (created["userIdentity"]["type"], created["userIdentity"]["arn"]) == ("IAMUser", user)
    assert (denied["userIdentity"]["type"], denied["errorCode"]) == ("Root", "AccessDenied")
    assert aws.cloudtrail.records() == []


async def test_permissions(aws: EmbeddedAws, mq: MQClient) -> None:
    """The broker's ARN, and nothing for the list."""
    broker = aws.mq.add_broker("orders")
    aws.faults.add(faults.AccessDenied(), service="mq")
    with pytest.raises(ClientError, match=rf"mq:RebootBroker on resource: {broker.arn} "):
        await mq.reboot_broker(BrokerId=broker.id)
    with pytest.raises(ClientError, match=r"mq:ListBrokers on resource: \* "):
        await mq.list_brokers()
