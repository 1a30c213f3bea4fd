"""Amazon MQ beyond the documented cases: what is found, and that fixes do no harm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from mqtail.aws import calls
from mqtail.aws.signin import SignIn
from mqtail.checks.model import Finding, Outcome
from mqtail.checks.runner import Checkup
from mqtail.checks.statements import CHECK_AGAIN
from mqtail.demo.faults import AccessDenied, ErrorFault, ExpiredCredentials
from mqtail.demo.mq_service import Broker
from mqtail.demo.server import EmbeddedAws
from mqtail.errors import CredentialsError
from mqtail.settings import Settings
from tests.checks.apply_fix import apply, run
from tests.checks.brokers import (
    ACCOUNT,
    GROUPS,
    POLICY,
    Plain,
    World,
    document,
    put_policy,
    statement,
    user,
)
from tests.checks.support import checked, told, with_outcome

RESOURCE_POLICY = "mq-resource-policy"
OTHER_SERVICE = {"Service": "es.amazonaws.com"}


async def found_of(world: World, check: str, **options: Any) -> Finding:
    """What one check finds of the broker."""
    await world.make()
    return (await checked(world.aws, "orders", **options))["orders", check]


async def policies(aws: EmbeddedAws) -> dict[str, list[Plain]]:
    """The statements of the account's resource policies, by the policy's name."""
    answer = await run(aws, "aws logs describe-resource-policies")
    return {
        policy["policyName"]: json.loads(policy["policyDocument"])["Statement"]
        for policy in answer["resourcePolicies"]
    }


# Fixes that replace policies.


async def test_a_deny_for_everybody_stays_for_the_others(aws: EmbeddedAws) -> None:
    """Only brokers of this account are left out of it."""
    world = World(aws)
    world.policies["closed"] = document(
        statement(Effect="Deny", Sid="Closed", Principal="*", Action="logs:*", Resource="*")
    )
    found = await found_of(world, RESOURCE_POLICY)
    assert found.outcome is Outcome.FAIL
    assert CHECK_AGAIN in found.cause
    await apply(aws, found.fix)
    (left,) = (await policies(aws))["closed"]
    assert left["Effect"] == "Deny"
    assert left["Principal"] == "*"
    findings = await checked(aws, "orders")
    assert findings["orders", RESOURCE_POLICY].outcome is Outcome.PASS, told(findings)


async def test_a_deny_for_several_services_stays_for_the_others(aws: EmbeddedAws) -> None:
    """Amazon MQ is taken from its principals."""
    world = World(aws)
    both = {"Service": ["es.amazonaws.com", "mq.amazonaws.com"]}
    world.policies["closed"] = document(
        statement(Effect="Deny", Principal=both), statement(Principal=OTHER_SERVICE)
    )
    found = await found_of(world, RESOURCE_POLICY)
    await apply(aws, found.fix)
    denies, allows = (await policies(aws))["closed"]
    assert denies["Effect"] == "Deny"
    assert denies["Principal"] == {"Service": ["es.amazonaws.com"]}
    assert allows["Principal"] == OTHER_SERVICE
    findings = await checked(aws, "orders")
    assert findings["orders", RESOURCE_POLICY].outcome is Outcome.PASS, told(findings)


async def test_a_deny_for_amazon_mq_alone_goes(aws: EmbeddedAws) -> None:
    """With its policy, where that holds nothing else."""
    world = World(aws)
    world.policies["closed"] = document(statement(Effect="Deny"))
    found = await found_of(world, RESOURCE_POLICY)
    await apply(aws, found.fix)
    assert set(await policies(aws)) == {POLICY}


@pytest.mark.parametrize("count", [1, 10], ids=["its own policy", "ten policies"])
async def test_a_fix_that_replaces_a_policy_says_so(aws: EmbeddedAws, count: int) -> None:
    """Two fixes of one run would put back what the other has changed."""
    world = World(aws)
    others = statement(Principal=OTHER_SERVICE, Resource="*")
    names = [POLICY] if count == 1 else [f"search-{n}" for n in range(count)]
    world.policies = {name: document(others) for name in names}
    found = await found_of(world, RESOURCE_POLICY)
    assert CHECK_AGAIN in found.cause
    await apply(aws, found.fix)
    assert all(others in statements for statements in (await policies(aws)).values())


async def test_a_new_policy_replaces_nothing(aws: EmbeddedAws) -> None:
    """So there is nothing to warn about."""
    world = World(aws)
    world.policies.clear()
    assert CHECK_AGAIN not in (await found_of(world, RESOURCE_POLICY)).cause


@pytest.mark.parametrize("sole", [True, False])
async def test_a_policy_that_cannot_be_read_leaves_it_open(aws: EmbeddedAws, sole: bool) -> None:
    """It may allow, or deny; and it is never overwritten."""
    world = World(aws)
    if sole:
        world.policies.clear()
    unreadable = document(statement(Effect="Allow" if sole else "Deny", Condition={"Bool": None}))
    await world.make()
    answer = {"policyName": POLICY if sole else "odd", "policyDocument": json.dumps(unreadable)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mqtail.checks.lookups.Lookups.account_policies", _answering(answer, sole))
        found = (await checked(aws, "orders"))["orders", RESOURCE_POLICY]
    assert found.outcome is Outcome.UNKNOWN
    assert answer["policyName"] in found.cause
    assert found.fix == ()


def _answering(policy: Plain, sole: bool) -> Any:
    async def account_policies(self: Any) -> list[Plain]:
        usual = {"policyName": POLICY, "policyDocument": json.dumps(document(statement()))}
        return [policy] if sole else [usual, policy]

    return account_policies


async def test_a_policy_without_a_deny_that_cannot_be_read_hinders_no_pass(
    aws: EmbeddedAws,
) -> None:
    """Another one allows it, and this one cannot take that away."""
    await World(aws).make()
    odd = document(statement(Principal=OTHER_SERVICE, Condition={"Bool": None}))
    policy = {"policyName": "odd", "policyDocument": json.dumps(odd)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mqtail.checks.lookups.Lookups.account_policies", _answering(policy, False))
        found = (await checked(aws, "orders"))["orders", RESOURCE_POLICY]
    assert found.outcome is Outcome.PASS


async def test_a_group_without_a_policy_may_be_told_as_an_error(aws: EmbeddedAws) -> None:
    """ResourceNotFoundException for the scope RESOURCE says that there is none."""
    await World(aws).make()
    aws.faults.add(
        ErrorFault("ResourceNotFoundException", "No resource policy."),
        operation="DescribeResourcePolicies",
        where=lambda parameters: parameters.get("policyScope") == "RESOURCE",
    )
    found = (await checked(aws, "orders"))["orders", RESOURCE_POLICY]
    assert found.outcome is Outcome.PASS, found


async def test_streams_that_may_not_be_listed_hide_no_missing_policy(aws: EmbeddedAws) -> None:
    """What is wrong for certain is told, whatever else cannot be looked at."""
    world = World(aws)
    world.policies.clear()
    await world.make()
    aws.faults.add(AccessDenied(), operation="DescribeLogStreams")
    found = (await checked(aws, "orders"))["orders", RESOURCE_POLICY]
    assert found.outcome is Outcome.FAIL
    assert "No resource policy" in found.cause


async def test_two_brokers_with_statements_of_their_own_are_mended_by_both_fixes(
    aws: EmbeddedAws,
) -> None:
    """One after the other, as printed in one run."""
    world = World(aws)
    one = "arn:aws:logs:us-west-2:*:log-group:/aws/amazonmq/broker/b-1*"
    world.policies = {POLICY: document(statement(Resource=one), statement(Resource=f"{one}2"))}
    await world.make()
    aws.mq.add_broker("billing", delivers=True)
    findings = await checked(aws, "orders", "billing")
    for name in ("orders", "billing"):
        await apply(aws, findings[name, RESOURCE_POLICY].fix)
    findings = await checked(aws, "orders", "billing")
    assert not with_outcome(findings, Outcome.FAIL), told(findings)


# Where commands go.


async def test_commands_go_where_mqtail_looked(
    aws: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of another profile they would change another account."""
    config = tmp_path / "config"
    config.write_text(
        "[profile blue]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    world = World(aws)
    world.policies.clear()
    await world.make()
    sign_in = SignIn(
        region=aws.region,
        account=ACCOUNT,
        identity=user("demo"),
        endpoint_url=aws.url,
        profile="blue",
    )
    checkup = Checkup(Settings(targets=("orders",), max_requests=1_000), sign_in)
    await checkup.run()
    found = checkup.targets[0].findings[RESOURCE_POLICY]
    assert all(
        command.endswith(f" --profile blue --endpoint-url {aws.url}") for command in found.fix
    )


# Logging.


async def test_switching_one_log_on_names_the_other(aws: EmbeddedAws) -> None:
    """UpdateBroker gets the settings of both, so that neither is lost."""
    world = World(aws)
    world.options |= {"general": False, "audit": True}
    found = await found_of(world, "mq-general-logging")
    assert "General=true,Audit=true" in found.fix[0]


async def test_both_logs_are_switched_on_one_after_the_other(aws: EmbeddedAws) -> None:
    """Running both fixes leaves both on, even where UpdateBroker takes what is absent for off."""
    world = World(aws)
    world.options |= {"general": False, "audit": False}
    await world.make()
    findings = await checked(aws, "orders")
    assert "--logs General=true" in findings["orders", "mq-general-logging"].fix[0]
    assert "--logs General=true,Audit=true" in findings["orders", "mq-audit-logging"].fix[0]


async def test_rabbitmq_is_not_asked_for_an_audit_log(aws: EmbeddedAws) -> None:
    """UpdateBroker refuses that."""
    world = World(aws)
    world.of_rabbitmq(general=False)
    assert "Audit" not in (await found_of(world, "mq-general-logging")).fix[0]


async def test_a_log_that_ends_at_the_next_reboot_is_kept(aws: EmbeddedAws) -> None:
    """A reboot is what would end it."""
    world = World(aws)
    world.options["pending_logs"] = {"general": False, "audit": True}
    found = await found_of(world, "mq-logging-pending")
    assert found.outcome is Outcome.WARN
    assert not any("reboot-broker" in command for command in found.fix)
    await apply(aws, found.fix)
    findings = await checked(aws, "orders")
    assert findings["orders", "mq-general-logging"].outcome is Outcome.PASS
    assert findings["orders", "mq-logging-pending"].outcome is Outcome.PASS


async def test_one_on_and_one_off_waiting(aws: EmbeddedAws) -> None:
    """The reboot comes after what keeps the other log."""
    world = World(aws)
    world.options |= {"audit": False, "pending_logs": {"general": False, "audit": True}}
    found = await found_of(world, "mq-logging-pending")
    assert found.outcome is Outcome.FAIL
    await apply(aws, found.fix)
    findings = await checked(aws, "orders")
    for kind in ("general", "audit"):
        assert findings["orders", f"mq-{kind}-logging"].outcome is Outcome.PASS, told(findings)


# States.


async def test_a_degraded_broker_still_runs(aws: EmbeddedAws) -> None:
    """CRITICAL_ACTION_REQUIRED: what else is wrong is told, too."""
    world = World(aws)
    world.options["state"] = "CRITICAL_ACTION_REQUIRED"
    world.policies.clear()
    await world.make()
    findings = await checked(aws, "orders")
    assert findings["orders", "mq-broker"].outcome is Outcome.WARN
    assert findings["orders", RESOURCE_POLICY].outcome is Outcome.FAIL


async def test_a_degraded_broker_without_log_groups(aws: EmbeddedAws) -> None:
    """Being degraded is no reason for that."""
    world = World(aws)
    world.options["state"] = "CRITICAL_ACTION_REQUIRED"
    world.aws.iam.add_user("dev", {})
    world.options["creator"] = user("dev")
    found = await found_of(world, "mq-log-groups")
    assert found.outcome is Outcome.FAIL


@pytest.mark.parametrize("state", ["CREATION_FAILED", "DELETION_IN_PROGRESS"])
async def test_a_broker_that_is_no_more(aws: EmbeddedAws, state: str) -> None:
    """That is what fails, and the state is said."""
    world = World(aws)
    world.options["state"] = state
    found = await found_of(world, "mq-broker")
    assert found.outcome is Outcome.FAIL
    assert state in found.cause


# Who creates log groups.


async def test_an_explicit_deny_is_not_mended_by_an_allow(aws: EmbeddedAws) -> None:
    """The statement that denies has to go; a reboot before that helps nobody."""
    world = World(aws)
    denying = document({"Effect": "Deny", "Action": "logs:CreateLogGroup", "Resource": "*"})
    aws.iam.add_user("dev", {"closed": denying})
    world.options["creator"] = user("dev")
    await world.make()
    findings = await checked(aws, "orders")
    for check in ("mq-log-groups", "mq-create-log-group"):
        found = findings["orders", check]
        assert found.fix == ()
        assert "explicit Deny" in found.cause


@pytest.mark.parametrize(
    ("detail", "told_as"),
    [
        ({"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}, "organization"),
        (
            {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}},
            "permissions boundary",
        ),
    ],
    ids=["organization", "boundary"],
)
async def test_what_bounds_an_identity_is_not_mended_by_an_allow(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, detail: Plain, told_as: str
) -> None:
    """Its own policies may allow as much as they will."""
    denied = {"EvalActionName": "logs:CreateLogGroup", "EvalDecision": "implicitDeny"} | detail

    async def simulation(*_: Any, **__: Any) -> list[Plain]:
        return [denied]

    await World(aws).make()
    monkeypatch.setattr("mqtail.checks.lookups.Lookups.simulation", simulation)
    found = (await checked(aws, "orders", only=["mq-create-log-group"]))[
        "orders", "mq-create-log-group"
    ]
    assert found.outcome is Outcome.WARN
    assert told_as in found.cause
    assert found.fix == ()


async def test_members_that_are_absent(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is guessed from what DescribeBroker does not tell."""
    world = World(aws)
    broker = await world.make()

    async def described(*_: Any) -> Plain:
        return {"BrokerName": "orders", "EngineType": "ActiveMQ", "Logs": {"General": True}}

    monkeypatch.setattr("mqtail.checks.lookups.Lookups.broker", described)
    arns = f"arn:aws:mq:*:{ACCOUNT}:broker:*"
    await put_policy(
        aws, POLICY, document(statement(Condition={"ArnLike": {"aws:SourceArn": arns}}))
    )
    findings = await checked(aws, broker.id)
    assert findings["orders", "mq-broker"].outcome is Outcome.UNKNOWN
    assert findings["orders", RESOURCE_POLICY].outcome is Outcome.UNKNOWN
    assert not with_outcome(findings, Outcome.FAIL), told(findings)


async def test_a_condition_on_the_creator_that_cannot_be_judged(aws: EmbeddedAws) -> None:
    """The simulation lacks the key, so what it says of it is no answer."""
    world = World(aws)
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    allowing = {
        "Effect": "Allow",
        "Action": "logs:CreateLogGroup",
        "Resource": "*",
        "Condition": condition,
    }
    await world.make()
    aws.iam.add_user("dev", {"mfa": document(allowing)})
    found = (await checked(aws, "orders", principal=user("dev")))["orders", "mq-create-log-group"]
    assert found.outcome is Outcome.UNKNOWN
    assert "aws:MultiFactorAuthPresent" in found.evidence


async def test_a_condition_on_the_region_can_be_judged(aws: EmbeddedAws) -> None:
    """It is the one that is looked at."""
    world = World(aws)
    condition = {"StringEquals": {"aws:RequestedRegion": aws.region}}
    allowing = {
        "Effect": "Allow",
        "Action": "logs:CreateLogGroup",
        "Resource": "*",
        "Condition": condition,
    }
    await world.make()
    aws.iam.add_user("dev", {"here": document(allowing)})
    found = (await checked(aws, "orders", principal=user("dev")))["orders", "mq-create-log-group"]
    assert found.outcome is Outcome.PASS, found


async def test_credentials_that_expire_at_cloudtrail_end_the_run(aws: EmbeddedAws) -> None:
    """They are not taken for a CloudTrail that tells nothing."""
    await World(aws).make()
    aws.faults.add(ExpiredCredentials(), operation="LookupEvents")
    with pytest.raises(CredentialsError):
        await checked(
            aws,
            "orders",
            only=["mq-create-log-group"],
            identity=f"arn:aws:iam::{ACCOUNT}:root",
        )


async def test_a_session_whose_role_is_gone_is_not_the_caller(aws: EmbeddedAws) -> None:
    """CloudTrail does tell who rebooted the broker."""
    world = World(aws)
    broker = await world.make()
    gone = f"arn:aws:sts::{ACCOUNT}:assumed-role/gone/run-7"
    aws.record_call("RebootBroker", broker, by=gone, at=aws.clock())
    found = (await checked(aws, "orders"))["orders", "mq-create-log-group"]
    assert found.outcome is Outcome.UNKNOWN, found
    assert "gone" in found.evidence


# Who and where we are.


async def run_as(aws: EmbeddedAws, *names: str, **sign_in: Any) -> Checkup:
    """A run of somebody else."""
    options = {"region": aws.region, "endpoint_url": aws.url} | sign_in
    checkup = Checkup(Settings(targets=names, max_requests=1_000), SignIn(**options))
    await checkup.run()
    return checkup


async def test_without_sts_the_broker_tells_the_account(aws: EmbeddedAws) -> None:
    """A policy for this account alone still lets the broker in."""
    world = World(aws)
    world.policies = {
        POLICY: document(
            statement(
                Resource=f"arn:aws:logs:*:{ACCOUNT}:log-group:/aws/amazonmq/*",
                Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            )
        )
    }
    await world.make()
    checkup = await run_as(aws, "orders")
    findings = checkup.targets[0].findings
    assert findings[RESOURCE_POLICY].outcome is Outcome.PASS, findings[RESOURCE_POLICY]
    assert findings["mq-create-log-group"].outcome is Outcome.PASS


async def test_without_sts_the_caller_is_not_named(aws: EmbeddedAws) -> None:
    """Nothing is known of them."""
    await World(aws).make()
    aws.faults.add(AccessDenied(), operation="LookupEvents")
    checkup = await run_as(aws, "orders")
    found = checkup.targets[0].findings["mq-create-log-group"]
    assert found.outcome is Outcome.UNKNOWN
    assert found.evidence.startswith("The caller, ")


@pytest.mark.parametrize("form", ["log-group", "broker log-group", "broker"])
async def test_what_is_in_another_account_is_not_looked_for_here(
    aws: EmbeddedAws, form: str
) -> None:
    """It is not missing: it is elsewhere."""
    broker = await World(aws).make()
    arn = {
        "log-group": "arn:aws:logs:us-east-1:999999999999:log-group:app",
        "broker log-group": (
            f"arn:aws:logs:us-east-1:999999999999:log-group:{broker.log_group_prefix}general:*"
        ),
        "broker": f"arn:aws:mq:us-east-1:999999999999:broker:orders:{broker.id}",
    }[form]
    findings = await checked(aws, arn)
    found = findings[arn, "target-found"]
    assert found.outcome is Outcome.UNKNOWN
    assert "999999999999" in found.evidence
    assert len([target for target, _ in findings if target == arn]) == 1


async def test_an_answer_that_never_comes_is_no_error_of_mqtail(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be told then."""

    async def pages(self: calls.Calls, service: str, *_: Any, **__: Any) -> Any:
        raise ReadTimeoutError(endpoint_url=f"https://{service}.us-east-1.amazonaws.com/")

    broker = await World(aws).make()
    monkeypatch.setattr(calls.Calls, "pages", pages)
    found = await checked(aws, broker.id, only=["mq-log-groups"])
    (finding,) = [one for (_, check), one in found.items() if check == "mq-log-groups"]
    assert finding.outcome is Outcome.UNKNOWN
    assert "cannot be reached" in finding.evidence


# Log groups and streams.


async def test_streams_without_a_number_are_counted(aws: EmbeddedAws) -> None:
    """How audit streams are called is not documented."""
    world = World(aws)

    def rename(broker: Broker) -> None:
        group = world.group(broker, "audit")
        for stream, name in zip(sorted(group.streams), ("audit-a", "audit-b"), strict=True):
            group.drop_stream(stream)
            aws.logs.create_stream(broker.log_group_prefix + "audit", name)

    world.after.append(rename)
    found = await found_of(world, "mq-log-streams")
    assert found.outcome is Outcome.PASS, found


async def test_both_keys_are_mended(aws: EmbeddedAws) -> None:
    """Each log group may have one of its own."""
    world = World(aws)

    def encrypt(broker: Broker) -> None:
        for kind in ("general", "audit"):
            world.group(broker, kind).kms_key_id = aws.kms.add_key(state="Disabled").arn

    world.after.append(encrypt)
    found = await found_of(world, "mq-group-key")
    assert len(found.fix) == 2
    await apply(aws, found.fix)
    findings = await checked(aws, "orders")
    assert findings["orders", "mq-group-key"].outcome is Outcome.PASS


async def test_a_policy_for_other_brokers_only(aws: EmbeddedAws) -> None:
    """NotResource and a single statement are read as IAM reads them."""
    world = World(aws)
    world.policies.clear()
    await world.make()
    other = statement(NotResource="arn:aws:logs:*:*:log-group:/aws/amazonmq/broker/b-0*")
    del other["Resource"]
    await put_policy(aws, POLICY, {"Version": "2012-10-17", "Statement": other})
    findings = await checked(aws, "orders")
    assert findings["orders", RESOURCE_POLICY].outcome is Outcome.PASS
    await put_policy(
        aws,
        POLICY,
        {"Version": "2012-10-17", "Statement": other | {"NotResource": GROUPS}},
    )
    findings = await checked(aws, "orders")
    found = findings["orders", RESOURCE_POLICY]
    assert found.outcome is Outcome.FAIL
    await apply(aws, found.fix)
    findings = await checked(aws, "orders")
    assert findings["orders", RESOURCE_POLICY].outcome is Outcome.PASS
