"""IAM and STS through real clients: users, roles, and what their policies allow."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mqtail.demo import faults
from mqtail.demo.server import EmbeddedAws

ACCOUNT = "111122223333"
GROUPS = "arn:aws:logs:*:*:log-group:/aws/amazonmq/*"
GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/amazonmq/broker/b-1/general"
CREATE = "logs:CreateLogGroup"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    """An Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    """The error code of what a client raised."""
    return error.value.response["Error"]["Code"]


async def test_default_identities(iam: Any) -> None:
    """The caller, and the service-linked roles that AWS makes."""
    assert (await iam.get_user())["User"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/demo"
    role = (await iam.get_role(RoleName="AWSServiceRoleForAmazonMQ"))["Role"]
    path = "/aws-service-role/mq.amazonaws.com/"
    assert (role["Path"], role["Arn"].endswith(f":role{path}AWSServiceRoleForAmazonMQ")) == (
        path,
        True,
    )
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "mq.amazonaws.com"}
    assert role["CreateDate"].tzinfo is not None


async def test_a_role_is_found_by_its_name_wherever_its_path(aws: EmbeddedAws, iam: Any) -> None:
    """What the ARN of a session leaves out."""
    path = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
    aws.iam.add_role("AWSReservedSSO_Admin_1", path)
    role = (await iam.get_role(RoleName="AWSReservedSSO_Admin_1"))["Role"]
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role{path}AWSReservedSSO_Admin_1"


async def test_keys_belong_to_whom_they_were_given(aws: EmbeddedAws, connect: Any) -> None:
    """A user, a role's session, the root."""
    for number, arn in enumerate(
        (
            f"arn:aws:iam::{ACCOUNT}:user/ops/ann",
            f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/ann",
            f"arn:aws:iam::{ACCOUNT}:root",
        )
    ):
        aws.sts.add_key(f"AKIA{number}", arn)
        client = await connect("sts", key=f"AKIA{number}")
        identity = await client.get_caller_identity()
        assert (identity["Arn"], identity["Account"]) == (arn, ACCOUNT)
        aws.faults.add(faults.AccessDenied(), operation="AssumeRole")
        with pytest.raises(ClientError, match=f"User: {arn} is not authorized"):
            await client.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/x", RoleSessionName="me")


async def test_simulation_tells_each_action_on_each_resource(aws: EmbeddedAws, iam: Any) -> None:
    """Allowed, denied, and allowed by nothing; which statements say so."""
    deny = {"Effect": "Deny", "Action": "logs:Delete*", "Resource": "*"}
    user = aws.iam.add_user("ann", {"mq": policy(allow(CREATE, GROUPS), deny)})
    answer = await iam.simulate_principal_policy(
        PolicySourceArn=user.arn,
        ActionNames=[CREATE, "logs:DeleteLogGroup"],
        ResourceArns=[GROUP, f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/other"],
    )
    assert not answer["IsTruncated"]
    assert [result["EvalDecision"] for result in answer["EvaluationResults"]] == [
        "allowed",
        "implicitDeny",
        "explicitDeny",
        "explicitDeny",
    ]
    first, second = answer["EvaluationResults"][:2]
    assert (first["EvalActionName"], first["EvalResourceName"]) == (CREATE, GROUP)
    assert first["MatchedStatements"] == [
        {"SourcePolicyId": "user_ann_mq", "SourcePolicyType": "user"}
    ]
    assert second["MatchedStatements"] == []


@pytest.mark.parametrize(
    ("given", "decision", "missing"),
    [
        ([], "implicitDeny", ["aws:RequestedRegion"]),
        (["us-east-1"], "allowed", []),
        (["eu-west-1"], "implicitDeny", []),
    ],
)
async def test_context_that_a_simulation_needs(
    aws: EmbeddedAws, iam: Any, given: list[str], decision: str, missing: list[str]
) -> None:
    """A key that nobody gave is missing, and counts as absent."""
    condition = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    role = aws.iam.add_role("ops", policies={"mq": policy(allow(CREATE, Condition=condition))})
    entry = {
        "ContextKeyName": "aws:requestedregion",
        "ContextKeyValues": given,
        "ContextKeyType": "string",
    }
    answer = await iam.simulate_principal_policy(
        PolicySourceArn=role.arn, ActionNames=[CREATE], ContextEntries=[entry] if given else []
    )
    (result,) = answer["EvaluationResults"]
    assert result["EvalResourceName"] == "*"
    assert (result["EvalDecision"], result["MissingContextValues"]) == (decision, missing)


async def test_simulation_in_pages(iam: Any) -> None:
    """The paginator finds every result once."""
    actions = [f"logs:Action{n}" for n in range(12)]
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/demo",
        ActionNames=actions,
        PaginationConfig={"PageSize": 5},
    )
    found = [[r["EvalActionName"] for r in page["EvaluationResults"]] async for page in pages]
    assert [len(page) for page in found] == [5, 5, 2]
    assert [name for page in found for name in page] == actions


@pytest.mark.parametrize(
    ("arn", "expected", "message"),
    [
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/a/b", "InvalidInput", "Invalid Entity Arn"),
        (f"arn:aws:iam::{ACCOUNT}:root", "InvalidInput", "does not clearly define entity type"),
        ("arn:aws:iam::444455556666:role/a", "InvalidInput", "does not have access to policies"),
        (f"arn:aws:iam::{ACCOUNT}:role/none", "NoSuchEntity", "role with name none"),
        (f"arn:aws:iam::{ACCOUNT}:role/AWSServiceRoleForAmazonMQ", "NoSuchEntity", "cannot be"),
    ],
)
async def test_whose_policies_cannot_be_simulated(
    iam: Any, arn: str, expected: str, message: str
) -> None:
    """Sessions, the root, other accounts, and who is not there; a path belongs to the ARN."""
    with pytest.raises(ClientError, match=message) as error:
        await iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[CREATE])
    assert code(error) == expected


async def test_parameters_that_make_no_sense(iam: Any) -> None:
    """An action without a service, a policy that is none, a marker that nobody gave."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/demo"
    for expected, parameters in (
        ("InvalidInput", {"ActionNames": ["CreateLogGroup"]}),
        ("InvalidInput", {"ActionNames": [CREATE], "PolicyInputList": ["{}"]}),
        ("ValidationError", {"ActionNames": [CREATE], "Marker": "x"}),
    ):
        with pytest.raises(ClientError) as error:
            await iam.simulate_principal_policy(PolicySourceArn=arn, **parameters)
        assert code(error) == expected


async def test_writing_users(aws: EmbeddedAws, iam: Any) -> None:
    """A policy that is put takes effect, one that is deleted ends."""
    user = (await iam.create_user(UserName="bob"))["User"]
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        await iam.create_user(UserName="bob")
    assert not aws.iam.allows(user["Arn"], CREATE, GROUP)
    text = json.dumps(policy(allow(CREATE, GROUPS)))
    await iam.put_user_policy(UserName="bob", PolicyName="mq", PolicyDocument=text)
    assert aws.iam.allows(user["Arn"], CREATE, GROUP)
    await iam.delete_user_policy(UserName="bob", PolicyName="mq")
    assert not aws.iam.allows(user["Arn"], CREATE, GROUP)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        await iam.delete_user_policy(UserName="bob", PolicyName="mq")
    aws.iam.remove_user("bob")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        await iam.get_user(UserName="bob")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "JSON"),
        (json.dumps(policy(allow(CREATE, Principal={"AWS": ACCOUNT}))), "specify a principal"),
        (json.dumps(policy({"Effect": "Allow", "Action": CREATE})), "contain resources"),
    ],
)
async def test_identity_policies_that_are_refused(iam: Any, document: str, message: str) -> None:
    """Also the form with a Principal, which older documentation of Amazon MQ shows."""
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException, match=message):
        await iam.put_user_policy(UserName="demo", PolicyName="p", PolicyDocument=document)


async def test_writing_roles(aws: EmbeddedAws, iam: Any) -> None:
    """A role's sessions have its rights; with a policy it cannot be deleted."""
    trust = json.dumps(
        policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
    )
    await iam.create_role(RoleName="ops", Path="/team/", AssumeRolePolicyDocument=trust)
    text = json.dumps(policy(allow(CREATE, GROUPS)))
    await iam.put_role_policy(RoleName="ops", PolicyName="mq", PolicyDocument=text)
    assert aws.iam.allows(f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/ann", CREATE, GROUP)
    assert aws.iam.allows(f"arn:aws:iam::{ACCOUNT}:role/team/ops", CREATE, GROUP)
    with pytest.raises(iam.exceptions.DeleteConflictException):
        await iam.delete_role(RoleName="ops")
    await iam.delete_role_policy(RoleName="ops", PolicyName="mq")
    await iam.delete_role(RoleName="ops")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        await iam.get_role(RoleName="ops")


async def test_service_linked_roles(aws: EmbeddedAws, iam: Any) -> None:
    """They can be made where they are not there, and nobody else may change them."""
    aws.iam.remove_role("AWSServiceRoleForLogDelivery")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        await iam.get_role(RoleName="AWSServiceRoleForLogDelivery")
    service = "delivery.logs.amazonaws.com"
    role = (await iam.create_service_linked_role(AWSServiceName=service))["Role"]
    assert role["RoleName"] == "AWSServiceRoleForLogDelivery"
    for name in (service, "mq.amazonaws.com", "none.amazonaws.com"):
        with pytest.raises(iam.exceptions.InvalidInputException):
            await iam.create_service_linked_role(AWSServiceName=name)
    for change in (
        iam.delete_role(RoleName="AWSServiceRoleForAmazonMQ"),
        iam.put_role_policy(
            RoleName="AWSServiceRoleForAmazonMQ", PolicyName="p", PolicyDocument="{}"
        ),
    ):
        with pytest.raises(iam.exceptions.UnmodifiableEntityException):
            await change


async def test_permissions(aws: EmbeddedAws, iam: Any) -> None:
    """A denial names the user, the role, or whose policies are simulated."""
    aws.iam.add_role("ops", "/team/")
    aws.faults.add(faults.AccessDenied(), service="iam")
    scope = f"arn:aws:iam::{ACCOUNT}:"
    for call, action, resource in (
        (iam.get_role(RoleName="ops"), "GetRole", f"{scope}role/team/ops"),
        (iam.get_user(), "GetUser", f"{scope}user/demo"),
        (iam.create_user(UserName="x", Path="/a/"), "CreateUser", f"{scope}user/a/x"),
        (
            iam.simulate_principal_policy(PolicySourceArn=f"{scope}user/y", ActionNames=[CREATE]),
            "SimulatePrincipalPolicy",
            f"{scope}user/y",
        ),
        (
            iam.create_service_linked_role(AWSServiceName="mq.amazonaws.com"),
            "CreateServiceLinkedRole",
            f"{scope}role/aws-service-role/mq.amazonaws.com/*",
        ),
    ):
        with pytest.raises(ClientError) as error:
            await call
        assert code(error) == "AccessDenied"
        assert f"perform: iam:{action} on resource: {resource} because" in str(error.value)
