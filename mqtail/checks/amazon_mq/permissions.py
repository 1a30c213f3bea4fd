"""Checks of who may write a broker's logs, and who may create their log groups."""

from __future__ import annotations

import json
from dataclasses import dataclass

from mqtail.aws.failures import SIGN_IN_KINDS, FailedCall, Kind
from mqtail.checks.amazon_mq.broker import Broker
from mqtail.checks.amazon_mq.creators import Creator, creator_of
from mqtail.checks.amazon_mq.logging import GUIDE, OFFLINE, reboot
from mqtail.checks.asking import Described
from mqtail.checks.commands import aws
from mqtail.checks.identities import grant, is_root
from mqtail.checks.lookups import decisions_of
from mqtail.checks.model import Finding, Outcome, Skipped, check, failed, passed, unknown, warned
from mqtail.checks.resource_policies import WRITING, Writer, writing_is_allowed
from mqtail.targets import broker_prefix

TROUBLE = GUIDE + "troubleshooting-activemq.html"
_ROLE = GUIDE + "using-service-linked-roles.html"

CREATE_GROUP = "logs:CreateLogGroup"
ROLE_NAME = "AWSServiceRoleForAmazonMQ"

_SAID = {"implicitDeny": "allowed by no policy", "explicitDeny": "explicitly denied"}
"""IAM's decisions in words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What IAM says of an identity that creates a broker's log groups."""

    decision: str
    """`allowed`, `implicitDeny` or `explicitDeny`."""
    barrier: str
    """What forbids it, whatever else allows it; empty: nothing does."""
    unjudged: tuple[str, ...]
    """Condition keys that the policies ask for, and whose values only a real request has."""


@check("mq-create-log-group", "permissions", "Log groups can be created", doc=TROUBLE)
async def may_create_groups(broker: Broker) -> Finding:
    """logs:CreateLogGroup of whoever reboots the broker: with it Amazon MQ makes the groups."""
    if await broker.engine() == "RABBITMQ":
        raise Skipped("For RabbitMQ the service-linked role creates the log groups.")
    creator = await creator_of(broker.lookups, broker.id)
    if not creator.arn:
        return unknown(
            f"{creator.told}.",
            "IAM cannot be asked what this identity may do. Name the user or role that reboots the"
            " broker: --principal ARN.",
        )
    if is_root(creator.arn):
        return passed(f"{creator.told}: the account's root user.")
    try:
        answer = await answer_for(broker, creator)
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
        f" {broker_prefix(broker.id)}* is {_SAID.get(answer.decision, answer.decision)}."
    )
    if answer.unjudged:
        evidence += f" Conditions that could not be judged: {', '.join(answer.unjudged)}."
    if answer.decision == "allowed":
        return passed(evidence)
    if answer.unjudged:
        return unknown(
            evidence,
            "Whether the conditions hold when that identity reboots the broker cannot be told from"
            " outside.",
        )
    advice, fix = remedy(broker, creator, answer)
    return warned(
        evidence,
        f"{creator.arn} may not create log groups: a log group that is missing at the next reboot"
        f" stays missing.{advice}",
        *fix,
    )


async def answer_for(broker: Broker, creator: Creator) -> Answer:
    """What IAM says of creating the broker's log groups.

    Raises:
        FailedCall: IAM cannot be asked.
    """
    lookups = broker.lookups
    arns = [lookups.log_group_arn(log.group) for log in (await broker.logging()).values()]
    context = (("aws:RequestedRegion", lookups.region),)
    results = await lookups.simulation(creator.arn, (CREATE_GROUP,), *arns, context=context)
    decision = decisions_of(results).get(CREATE_GROUP, "implicitDeny")
    barriers = (_barrier(result) for result in results)
    unjudged = {
        key: None
        for result in results
        for one in (result, *result.get("ResourceSpecificResults", ()))
        for key in one.get("MissingContextValues", ())
    }
    return Answer(decision, next(filter(None, barriers), ""), tuple(unjudged))


def _barrier(result: Described) -> str:
    """What forbids an action, of one of SimulatePrincipalPolicy's results; empty: nothing."""
    if result["EvalDecision"] == "allowed":
        return ""
    organization = result.get("OrganizationsDecisionDetail", {})
    if not organization.get("AllowedByOrganizations", True):
        return "A policy of the organization (SCP)"
    if result["EvalDecision"] == "explicitDeny":
        return "An explicit Deny"
    boundary = result.get("PermissionsBoundaryDecisionDetail", {})
    return "" if boundary.get("AllowedByPermissionsBoundary", True) else "A permissions boundary"


def remedy(broker: Broker, creator: Creator, answer: Answer) -> tuple[str, tuple[str, ...]]:
    """What to do for an identity that may not create the log groups: in words, and commands.

    There are none where another policy has to be changed first, or where IAM takes none.
    """
    if answer.barrier:
        return f" {answer.barrier} forbids it: change that first, no Allow helps before.", ()
    statement = {
        "Effect": "Allow",
        "Action": CREATE_GROUP,
        "Resource": f"arn:{broker.lookups.partition}:logs:*:*:log-group:/aws/amazonmq/*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    fix = grant(creator.arn, "AmazonMQ-create-log-groups", document)
    source = "such as a permission set of IAM Identity Center"
    advice = "" if fix else f" Add it where this identity gets its permissions, {source}."
    return advice, fix


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
    if finding.outcome is not Outcome.FAIL or not await _lacks_streams(broker):
        return finding
    cause = (
        f"{finding.cause} Log streams are made when the broker starts, so reboot it then{OFFLINE}."
    )
    return failed(finding.evidence, cause, *finding.fix, reboot(broker))


async def _lacks_streams(broker: Broker) -> bool:
    """Whether a log stream is missing; no where that may not be looked at."""
    try:
        return not await broker.has_all_streams()
    except FailedCall as error:
        if error.failure.kind in SIGN_IN_KINDS:
            raise
        return False


async def _writer(broker: Broker) -> Writer:
    arn = await broker.arn()
    partition, account = broker.lookups.partition, broker.lookups.account
    context = {"aws:SourceAccount": account, "aws:SourceArn": arn}
    return Writer(
        principal="mq.amazonaws.com",
        name="Amazon MQ",
        # What is not known cannot be judged.
        context={key: value for key, value in context.items() if value},
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
        " RabbitMQ broker; it has been deleted since. Create it again, then reboot the"
        f" broker{OFFLINE}.",
        aws("iam", "create-service-linked-role", aws_service_name="mq.amazonaws.com"),
        reboot(broker),
    )
