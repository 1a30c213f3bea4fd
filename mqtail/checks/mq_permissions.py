"""Checks of who may write a broker's logs, and who may create their log groups."""

from __future__ import annotations

import json

from mqtail.aws.failures import FailedCall, Kind
from mqtail.checks.brokers import Broker
from mqtail.checks.commands import aws
from mqtail.checks.creators import Creator, creator_of, grant, is_root
from mqtail.checks.model import Finding, Outcome, Skipped, check, failed, passed, unknown, warned
from mqtail.checks.mq_logging import GUIDE, reboot
from mqtail.checks.resource_policies import WRITING, Writer, writing_is_allowed
from mqtail.targets import broker_prefix

TROUBLE = GUIDE + "troubleshooting-activemq.html"
_ROLE = GUIDE + "using-service-linked-roles.html"

CREATE_GROUP = "logs:CreateLogGroup"
ROLE_NAME = "AWSServiceRoleForAmazonMQ"


@check("mq-create-log-group", "permissions", "Log groups can be created", doc=TROUBLE)
async def may_create_groups(broker: Broker) -> Finding:
    """logs:CreateLogGroup of whoever reboots the broker: with it Amazon MQ makes the groups."""
    if await broker.engine() == "RABBITMQ":
        raise Skipped("For RabbitMQ the service-linked role creates the log groups.")
    creator = await creator_of(broker.lookups, broker.id)
    if not creator.arn:
        return unknown(
            creator.told,
            "IAM cannot be asked what this identity may do. Name the user or role that reboots the"
            " broker: --principal ARN.",
        )
    if is_root(creator.arn):
        return passed(f"{creator.told}: the account's root user.")
    try:
        decision = await _decision(broker, creator)
    except FailedCall as error:
        if error.failure.kind is not Kind.MISSING:
            raise
        return unknown(
            error.failure.sentence,
            "This identity is gone. Name the user or role that will reboot the broker next:"
            " --principal ARN.",
        )
    evidence = (
        f"SimulatePrincipalPolicy of {creator.told}: {CREATE_GROUP} on"
        f" {broker_prefix(broker.id)}* is {decision}."
    )
    if decision == "allowed":
        return passed(evidence)
    fix = allow_creating(broker, creator)
    return warned(
        evidence,
        f"{creator.arn} may not create log groups: a log group that is missing at the next reboot"
        f" stays missing.{elsewhere(fix)}",
        *fix,
    )


async def _decision(broker: Broker, creator: Creator) -> str:
    """What IAM says of creating the broker's log groups."""
    groups = [log.group for log in (await broker.logging()).values()]
    arns = [broker.lookups.log_group_arn(group) for group in groups]
    decisions = await broker.lookups.simulated(creator.arn, (CREATE_GROUP,), *arns)
    return decisions.get(CREATE_GROUP, "implicitDeny")


def allow_creating(broker: Broker, creator: Creator) -> tuple[str, ...]:
    """The commands that let an identity create the log groups; none where IAM takes none."""
    statement = {
        "Effect": "Allow",
        "Action": CREATE_GROUP,
        "Resource": f"arn:{broker.lookups.partition}:logs:*:*:log-group:/aws/amazonmq/*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return grant(creator.arn, "AmazonMQ-create-log-groups", document)


def elsewhere(fix: tuple[str, ...]) -> str:
    """What to do where no inline policy can be put."""
    if fix:
        return ""
    return " It takes permissions from elsewhere, such as a permission set of IAM Identity Center."


@check("mq-resource-policy", "permissions", "A resource policy lets Amazon MQ write", doc=TROUBLE)
async def resource_policy(broker: Broker) -> Finding:
    """Documented case two: no log streams, for lack of a resource-based policy."""
    if await broker.engine() == "RABBITMQ":
        raise Skipped("RabbitMQ brokers write with the service-linked role instead.")
    wanted = await broker.wanted_groups()
    finding = await writing_is_allowed(
        broker.lookups,
        await _writer(broker),
        dict.fromkeys(wanted, f"activemq-{broker.id}-1.log"),
        list(await broker.groups_there()),
    )
    if finding.outcome is not Outcome.FAIL or await broker.has_all_streams():
        return finding
    # The policy has to be there before the broker starts.
    return failed(finding.evidence, finding.cause, *finding.fix, reboot(broker))


async def _writer(broker: Broker) -> Writer:
    partition, account = broker.lookups.partition, broker.lookups.account
    return Writer(
        principal="mq.amazonaws.com",
        name="Amazon MQ",
        context={
            "aws:SourceAccount": account,
            "aws:SourceArn": await broker.arn(),
        },
        statement={
            "Effect": "Allow",
            "Principal": {"Service": "mq.amazonaws.com"},
            "Action": list(WRITING),
            "Resource": f"arn:{partition}:logs:*:*:log-group:/aws/amazonmq/*",
        },
        condition={
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": f"arn:{partition}:mq:*:{account}:broker:*"},
        },
        policy_name="AmazonMQ-logs",
    )


@check("mq-service-linked-role", "permissions", "The service-linked role is there", doc=_ROLE)
async def service_linked_role(broker: Broker) -> Finding:
    """RabbitMQ brokers write with it, instead of a resource policy."""
    if await broker.engine() != "RABBITMQ":
        raise Skipped("ActiveMQ brokers need the resource policy instead.")
    role = await broker.lookups.role(ROLE_NAME)
    if role is not None:
        return passed(f"GetRole: {role['Arn']}.")
    return failed(
        f"GetRole {ROLE_NAME}: not found.",
        "RabbitMQ brokers write their logs with this role. AWS makes it with an account's first"
        " RabbitMQ broker; it has been deleted since.",
        aws("iam", "create-service-linked-role", aws_service_name="mq.amazonaws.com"),
        reboot(broker),
    )
