"""Amazon MQ brokers set up wrongly, each in one way: what is found, and that the fix mends it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mqtail.checks.model import Outcome
from mqtail.demo.kms_service import State
from mqtail.demo.mq_service import Broker
from mqtail.demo.server import EmbeddedAws
from tests.checks.apply_fix import apply, run
from tests.checks.brokers import (
    ACCOUNT,
    CREATING,
    GROUPS,
    POLICY,
    Plain,
    World,
    document,
    statement,
    user,
)
from tests.checks.support import checked, told, with_outcome

Change = Callable[[World], None]


@dataclass(frozen=True)
class Case:
    """A broken set-up."""

    id: str
    change: Change
    check: str
    words: tuple[str, ...]
    """What its cause has to say."""
    outcome: Outcome = Outcome.FAIL
    fixed: bool = True
    """The printed commands mend it."""
    also: str = ""
    """Another check that fails: what keeps something away is not known for certain."""


def option(**options: Any) -> Change:
    """Other arguments of the broker."""
    return lambda world: world.options.update(options)


def policy(*statements: Plain) -> Change:
    """Another resource policy."""
    return lambda world: world.policies.update({POLICY: document(*statements)})


def no_policy(world: World) -> None:
    """No resource policy at all."""
    world.policies.clear()


def ten_policies(world: World) -> None:
    """Ten policies of other services."""
    other = {"Principal": {"Service": "es.amazonaws.com"}, "Resource": "*"}
    world.policies = {f"search-{n}": document(statement(**other)) for n in range(10)}


def deny_by_group(world: World) -> None:
    """The policy of the general log's group denies."""

    async def put(broker: Broker) -> None:
        group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{broker.log_group_prefix}general"
        text = json.dumps(document(statement(Effect="Deny", Sid="Closed", Resource=f"{group}:*")))
        await run(
            world.aws,
            f"aws logs put-resource-policy --resource-arn {group} --policy-document '{text}'",
        )

    world.after.append(put)


def without_permission(*, denied: bool = False) -> Change:
    """Who created the broker may not create log groups."""

    def change(world: World) -> None:
        effect = "Deny" if denied else "Allow"
        actions = "logs:CreateLogGroup" if denied else "mq:*"
        policies = {"mq": document({"Effect": effect, "Action": actions, "Resource": "*"})}
        world.aws.iam.add_user("dev", policies)
        world.options["creator"] = user("dev")

    return change


def role_without_permission(world: World) -> None:
    """The same with a role whose ARN has a path, as its sessions' ARNs have not."""
    role = world.aws.iam.add_role("deploy", path="/ci/", policies={})
    world.options["creator"] = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/run-7"


def permitted_since(world: World) -> None:
    """The permission came after the broker."""
    without_permission()(world)
    world.after.append(
        lambda broker: world.aws.iam.put_user_policy("dev", "logs", document(CREATING))
    )


def drop_group(kind: str) -> Change:
    """A log group is deleted."""

    def change(world: World) -> None:
        async def drop(broker: Broker) -> None:
            name = broker.log_group_prefix + kind
            await run(world.aws, f"aws logs delete-log-group --log-group-name {name}")

        world.after.append(drop)

    return change


def drop_stream(kind: str, number: int) -> Change:
    """A log stream is deleted."""

    def change(world: World) -> None:
        def drop(broker: Broker) -> None:
            names = sorted(world.group(broker, kind).streams)
            world.group(broker, kind).drop_stream(names[number - 1])

        world.after.append(drop)

    return change


def silent(*, age_days: float | None) -> Change:
    """No events, or only old ones."""

    def change(world: World) -> None:
        def empty(broker: Broker) -> None:
            for kind in ("general", "audit"):
                name = broker.log_group_prefix + kind
                for stream in sorted(world.group(broker, kind).streams):
                    world.group(broker, kind).drop_stream(stream)
                    world.aws.logs.create_stream(name, stream)
                    if age_days is not None:
                        time = world.aws.clock() - int(age_days * 86_400_000)
                        world.aws.logs.put(name, stream, [(time, "old")], ingested=time)

        world.after.append(empty)

    return change


def key(state: State) -> Change:
    """The general log is encrypted with a key in some state."""

    def change(world: World) -> None:
        def encrypt(broker: Broker) -> None:
            world.group(broker, "general").kms_key_id = world.aws.kms.add_key(state=state).arn

        world.after.append(encrypt)

    return change


def infrequent(world: World) -> None:
    """The general log's group has a class that cannot be tailed."""

    def change(broker: Broker) -> None:
        world.group(broker, "general").log_group_class = "INFREQUENT_ACCESS"

    world.after.append(change)


def endless(world: World) -> None:
    """Nothing expires."""

    def change(broker: Broker) -> None:
        world.group(broker, "general").retention_in_days = None

    world.after.append(change)


def rabbitmq(*changes: Change) -> Change:
    """A RabbitMQ cluster, and what is wrong with it."""

    def change(world: World) -> None:
        world.of_rabbitmq()
        for one in changes:
            one(world)

    return change


def degraded(world: World) -> None:
    """Something is wrong with the broker since it runs."""
    world.after.append(lambda broker: setattr(broker, "state", "CRITICAL_ACTION_REQUIRED"))


def no_linked_role(world: World) -> None:
    """The service-linked role is deleted."""
    world.after.append(lambda broker: world.aws.iam.remove_role("AWSServiceRoleForAmazonMQ"))


OTHER = "arn:aws:mq:us-east-1:111122223333:broker:other:b-00000000-0000-4000-8000-000000000000"

CASES = (
    Case("general-off", option(general=False), "mq-general-logging", ("general log",)),
    Case("audit-off", option(audit=False), "mq-audit-logging", ("audit log",), Outcome.WARN),
    Case(
        "general-waits",
        option(general=False, pending_logs={"general": True, "audit": True}),
        "mq-logging-pending",
        ("General logging on", "rebooted"),
    ),
    Case(
        "audit-waits",
        option(audit=False, pending_logs={"general": True, "audit": True}),
        "mq-logging-pending",
        ("Audit logging on", "rebooted"),
    ),
    Case(
        "switching-off-waits",
        option(pending_logs={"general": True, "audit": False}),
        "mq-logging-pending",
        ("Audit logging off",),
        Outcome.WARN,
    ),
    Case(
        "no-group-user-may-not",
        without_permission(),
        "mq-log-groups",
        (f"{user('dev')} lacks logs:CreateLogGroup",),
    ),
    Case(
        "no-group-user-denied",
        without_permission(denied=True),
        "mq-log-groups",
        ("user/dev lacks logs:CreateLogGroup", "An explicit Deny forbids it"),
        fixed=False,
    ),
    Case(
        "no-group-role-may-not",
        role_without_permission,
        "mq-log-groups",
        (f"arn:aws:iam::{ACCOUNT}:role/ci/deploy lacks logs:CreateLogGroup",),
    ),
    Case(
        "no-group-permitted-since",
        permitted_since,
        "mq-log-groups",
        ("may create log groups now", "next reboot"),
    ),
    Case("no-audit-group", drop_group("audit"), "mq-log-groups", ("next reboot",)),
    Case("no-policy", no_policy, "mq-resource-policy", ("No resource policy", "mq.amazonaws.com")),
    Case(
        "ten-policies",
        ten_policies,
        "mq-resource-policy",
        ("All 10 resource policies", "take the statement in"),
    ),
    Case(
        "wrong-principal",
        policy(statement(Principal={"Service": "amazonmq.amazonaws.com"})),
        "mq-resource-policy",
        ("names the principal Service amazonmq.amazonaws.com, not Service mq.amazonaws.com",),
    ),
    Case(
        "principal-is-an-account",
        policy(statement(Principal={"AWS": ACCOUNT})),
        "mq-resource-policy",
        ("names the principal",),
    ),
    Case(
        "no-put",
        policy(statement(Action="logs:CreateLogStream")),
        "mq-resource-policy",
        ("lack logs:PutLogEvents",),
    ),
    Case(
        "no-create-stream",
        policy(statement(Action=["logs:PutLogEvents"])),
        "mq-resource-policy",
        ("lack logs:CreateLogStream",),
    ),
    Case(
        "wrong-prefix",
        policy(statement(Resource="arn:aws:logs:*:*:log-group:/aws/mq/*")),
        "mq-resource-policy",
        ("/aws/mq/* does not match",),
    ),
    Case(
        "wrong-region",
        policy(statement(Resource="arn:aws:logs:us-west-2:*:log-group:/aws/amazonmq/*")),
        "mq-resource-policy",
        ("the region of the ARN differs",),
    ),
    Case(
        "wrong-partition",
        policy(statement(Resource="arn:aws-cn:logs:*:*:log-group:/aws/amazonmq/*")),
        "mq-resource-policy",
        ("the partition of the ARN differs",),
    ),
    Case(
        "wrong-account",
        policy(statement(Resource="arn:aws:logs:*:999999999999:log-group:/aws/amazonmq/*")),
        "mq-resource-policy",
        ("the account of the ARN differs",),
    ),
    Case(
        "only-the-general-log",
        policy(statement(Resource="arn:aws:logs:*:*:log-group:/aws/amazonmq/broker/*/general:*")),
        "mq-resource-policy",
        ("does not match", "/audit"),
    ),
    Case(
        "group-without-streams",
        policy(statement(Resource="arn:aws:logs:*:*:log-group:/aws/amazonmq/broker/*/????l")),
        "mq-resource-policy",
        ("does not match",),
    ),
    Case(
        "deny",
        policy(statement(), statement(Effect="Deny", Sid="NoLogs", Action="logs:*", Resource="*")),
        "mq-resource-policy",
        ("Statement NoLogs of AmazonMQ-logs explicitly denies", "a Deny comes before every Allow"),
    ),
    Case(
        "deny-by-the-group",
        deny_by_group,
        "mq-resource-policy",
        ("Statement Closed", "explicitly denies"),
    ),
    Case(
        "condition-account",
        policy(statement(Condition={"StringEquals": {"aws:SourceAccount": "999999999999"}})),
        "mq-resource-policy",
        ("aws:SourceAccount = 999999999999 shuts this one out",),
    ),
    Case(
        "condition-broker",
        policy(statement(Condition={"StringEquals": {"aws:SourceArn": OTHER}})),
        "mq-resource-policy",
        (f"aws:SourceArn = {OTHER} shuts this one out",),
    ),
    Case(
        "condition-region",
        policy(
            statement(
                Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:mq:eu-*:{ACCOUNT}:broker:*"}}
            )
        ),
        "mq-resource-policy",
        ("ArnLike aws:SourceArn", "shuts this one out"),
    ),
    Case(
        "condition-unknown",
        policy(statement(Condition={"StringEquals": {"aws:SourceOrgID": "o-d3m0"}})),
        "mq-resource-policy",
        ("cannot be told from outside",),
        Outcome.UNKNOWN,
        fixed=False,
        also="mq-log-streams",
    ),
    Case(
        "standby-has-no-stream",
        drop_stream("general", 2),
        "mq-log-streams",
        ("Instance 2 has no log stream in", "/general"),
    ),
    Case(
        "active-has-no-audit-stream",
        drop_stream("audit", 1),
        "mq-log-streams",
        ("Instance 1 has no log stream in", "/audit"),
    ),
    Case("nothing-ever", silent(age_days=None), "mq-events", ("hold no event",)),
    Case(
        "nothing-lately",
        silent(age_days=3),
        "mq-events",
        ("about 3 d old",),
        Outcome.WARN,
        fixed=False,
    ),
    Case("class", infrequent, "mq-group-class", ("cannot be tailed", "STANDARD only"), fixed=False),
    Case("key-disabled", key("Disabled"), "mq-group-key", ("KMS key",)),
    Case("key-to-be-deleted", key("PendingDeletion"), "mq-group-key", ("KMS key",)),
    Case("endless", endless, "mq-group-retention", ("never deleted",), Outcome.WARN),
    Case(
        "critical",
        degraded,
        "mq-broker",
        ("runs, but is degraded",),
        Outcome.WARN,
        fixed=False,
    ),
    Case(
        "rebooting",
        option(state="REBOOT_IN_PROGRESS"),
        "mq-broker",
        ("come when it runs",),
        Outcome.WARN,
        fixed=False,
    ),
    Case(
        "rabbitmq-no-role",
        rabbitmq(no_linked_role),
        "mq-service-linked-role",
        ("has been deleted",),
    ),
    Case("rabbitmq-off", rabbitmq(option(general=False)), "mq-general-logging", ("general log",)),
    Case("rabbitmq-no-group", rabbitmq(drop_group("general")), "mq-log-groups", ("reboot",)),
    Case(
        "rabbitmq-node-silent",
        rabbitmq(drop_stream("general", 3)),
        "mq-log-streams",
        ("3 nodes",),
        Outcome.WARN,
        fixed=False,
    ),
)

BAD = (Outcome.FAIL, Outcome.UNKNOWN)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_one_thing_is_wrong(aws: EmbeddedAws, case: Case) -> None:
    """One check finds it and says why, no other fails, and its fix mends it."""
    world = World(aws)
    case.change(world)
    await world.make()
    findings = await checked(aws, "orders")
    found = findings["orders", case.check]
    assert found.outcome is case.outcome, told(findings)
    for word in case.words:
        assert word in found.cause, found
    others = with_outcome(findings, *BAD).keys() - {case.check, case.also}
    assert not others, told(findings)
    if case.fixed:
        await apply(aws, found.fix)
        findings = await checked(aws, "orders")
        assert findings["orders", case.check].outcome is Outcome.PASS, told(findings)
        assert not with_outcome(findings, *BAD), told(findings)


HEALTHY: dict[str, Change] = {
    "as documented": lambda world: None,
    "single instance": option(deployment="SINGLE_INSTANCE"),
    "rabbitmq": rabbitmq(),
    "this account only": policy(
        statement(Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})
    ),
    "brokers of this account": policy(
        statement(Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:mq:*:{ACCOUNT}:broker:*"}})
    ),
    "anyone, anything": policy(statement(Principal="*", Action="*", Resource="*")),
    "all but deletion": policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": ["es.amazonaws.com", "mq.amazonaws.com"]},
            "NotAction": "logs:Delete*",
            "Resource": [GROUPS, "arn:aws:logs:*:*:log-group:/aws/opensearch/*"],
        }
    ),
    "two statements": policy(
        statement(Action="logs:CreateLogStream"), statement(Action="logs:PutLogEvents")
    ),
    "a deny for another service": policy(
        statement(), statement(Effect="Deny", Principal={"Service": "es.amazonaws.com"})
    ),
}


@pytest.mark.parametrize("name", HEALTHY)
async def test_nothing_is_wrong(aws: EmbeddedAws, name: str) -> None:
    """Brokers whose logs come pass, whatever form their policies have."""
    world = World(aws)
    HEALTHY[name](world)
    await world.make()
    findings = await checked(aws, "orders")
    of_broker = {id: found for (target, id), found in findings.items() if target == "orders"}
    assert {found.outcome for found in of_broker.values()} <= {Outcome.PASS, Outcome.SKIP}, told(
        findings
    )
