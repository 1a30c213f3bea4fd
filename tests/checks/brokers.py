"""Brokers of the embedded AWS for the tests of checks: set up well, and what can be changed."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from mqtail.demo.mq_service import Broker
from mqtail.demo.server import EmbeddedAws
from tests.checks.apply_fix import run

ACCOUNT = "111122223333"
GROUPS = "arn:aws:logs:*:*:log-group:/aws/amazonmq/*"
WRITING = ["logs:CreateLogStream", "logs:PutLogEvents"]
POLICY = "AmazonMQ-logs"
CREATING: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "logs:CreateLogGroup",
    "Resource": "*",
}

Plain = dict[str, Any]


def statement(**changes: Any) -> Plain:
    """The documented statement, changed."""
    usual: Plain = {
        "Effect": "Allow",
        "Principal": {"Service": "mq.amazonaws.com"},
        "Action": WRITING,
        "Resource": GROUPS,
    }
    return usual | changes


def document(*statements: Plain) -> Plain:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


class World:
    """An account with a broker, `orders`, that is made when all else is in place."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.options: Plain = {"deployment": "ACTIVE_STANDBY_MULTI_AZ"}
        self.policies: dict[str, Plain] = {POLICY: document(statement())}
        self.after: list[Callable[[Broker], Awaitable[None] | None]] = []

    async def make(self) -> Broker:
        """Put the policies in place, then the broker, and do what was asked for after that."""
        for name, policy in self.policies.items():
            await put_policy(self.aws, name, policy)
        self.aws.iam.add_user("ops", {"creating": document(CREATING)})
        options: Plain = {"creator": user("ops")} | self.options
        broker = self.aws.mq.add_broker("orders", delivers=True, **options)
        created = self.aws.clock() - 3_600_000
        self.aws.record_call("CreateBroker", broker, by=options["creator"], at=created)
        for kind in ("general", "audit"):
            group = self.group(broker, kind)
            if group is not None:
                group.retention_in_days = 30
        for step in self.after:
            done = step(broker)
            if done is not None:
                await done
        return broker

    def group(self, broker: Broker, kind: str) -> Any:
        """A log group of the broker, None where there is none."""
        return self.aws.logs.group(broker.log_group_prefix + kind)

    def of_rabbitmq(self, **options: Any) -> None:
        """Have a RabbitMQ cluster instead."""
        self.options = {"engine": "RABBITMQ", "deployment": "CLUSTER_MULTI_AZ"} | options
        self.policies.clear()


async def put_policy(aws: EmbeddedAws, name: str, policy: Plain) -> None:
    """PutResourcePolicy of account scope."""
    text = json.dumps(policy)
    await run(aws, f"aws logs put-resource-policy --policy-name {name} --policy-document '{text}'")


def user(name: str) -> str:
    """ARN of an IAM user."""
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"
