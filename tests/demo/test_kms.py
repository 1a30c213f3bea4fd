"""KMS through a real client: keys, their state and their policies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mqtail.demo import faults
from mqtail.demo.server import EmbeddedAws

ROOT = "arn:aws:iam::111122223333:root"


def key_policy(principal: dict[str, str]) -> str:
    """A key policy that lets somebody do everything."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


async def test_a_key_has_many_names(aws: EmbeddedAws, kms: Any) -> None:
    """Id, ARN, alias and the alias's ARN; a new key is for its account."""
    key = aws.kms.add_key(aliases=("alias/logs",))
    scope = "arn:aws:kms:us-east-1:111122223333:"
    for name in (key.id, key.arn, "alias/logs", f"{scope}alias/logs"):
        told = (await kms.describe_key(KeyId=name))["KeyMetadata"]
        assert (told["KeyId"], told["Arn"]) == (key.id, key.arn)
        assert (told["KeyState"], told["Enabled"]) == ("Enabled", True)
        assert (told["KeyManager"], told["AWSAccountId"]) == ("CUSTOMER", "111122223333")
        answer = await kms.get_key_policy(KeyId=name, PolicyName="default")
        (statement,) = json.loads(answer["Policy"])["Statement"]
        assert (statement["Principal"], statement["Action"]) == ({"AWS": ROOT}, "kms:*")
    assert (await kms.list_key_policies(KeyId=key.id))["PolicyNames"] == ["default"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("0d330000-0000-4000-8000-0000000000a1", "does not exist"),
        ("alias/none", "Alias .*alias/none is not found"),
        ("arn:aws:kms:us-east-1:444455556666:key/x", "does not exist"),
        ("arn:aws:kms:eu-west-1:111122223333:key/x", "Invalid arn eu-west-1"),
    ],
)
async def test_keys_that_are_not_there(kms: Any, name: str, message: str) -> None:
    """Also those of other accounts and regions."""
    with pytest.raises(kms.exceptions.NotFoundException, match=message):
        await kms.describe_key(KeyId=name)


async def test_the_key_of_s3_is_managed_by_aws(kms: Any) -> None:
    """It is there in every region; its policy can be read and not written."""
    told = (await kms.describe_key(KeyId="alias/aws/s3"))["KeyMetadata"]
    assert (told["KeyManager"], told["KeyState"]) == ("AWS", "Enabled")
    assert (await kms.describe_key(KeyId="alias/aws/s3"))["KeyMetadata"]["Arn"] == told["Arn"]
    document = (await kms.get_key_policy(KeyId="alias/aws/s3"))["Policy"]
    conditions = json.loads(document)["Statement"][0]["Condition"]["StringEquals"]
    assert conditions["kms:ViaService"] == "s3.us-east-1.amazonaws.com"
    for call in (
        kms.put_key_policy(KeyId=told["Arn"], Policy=key_policy({"AWS": ROOT})),
        kms.disable_key(KeyId=told["KeyId"]),
        kms.schedule_key_deletion(KeyId=told["KeyId"]),
    ):
        with pytest.raises(ClientError, match=f"on resource: {told['Arn']}") as error:
            await call
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"


async def test_states(aws: EmbeddedAws, kms: Any) -> None:
    """Disabled, enabled, to be deleted; a key that was saved from deletion is disabled."""
    key = aws.kms.add_key()

    async def state() -> tuple[str, bool]:
        told = (await kms.describe_key(KeyId=key.id))["KeyMetadata"]
        return told["KeyState"], "DeletionDate" in told

    await kms.disable_key(KeyId=key.id)
    assert await state() == ("Disabled", False)
    await kms.enable_key(KeyId=key.id)
    assert await state() == ("Enabled", False)
    with pytest.raises(kms.exceptions.KMSInvalidStateException, match="is not pending deletion"):
        await kms.cancel_key_deletion(KeyId=key.id)
    answer = await kms.schedule_key_deletion(KeyId=key.id, PendingWindowInDays=7)
    assert (answer["KeyState"], answer["PendingWindowInDays"]) == ("PendingDeletion", 7)
    assert await state() == ("PendingDeletion", True)
    for call in (kms.enable_key, kms.disable_key, kms.schedule_key_deletion):
        with pytest.raises(kms.exceptions.KMSInvalidStateException, match="is pending deletion"):
            await call(KeyId=key.id)
    assert (await kms.get_key_policy(KeyId=key.id))["Policy"]
    await kms.cancel_key_deletion(KeyId=key.id)
    assert await state() == ("Disabled", False)


async def test_keys_can_be_added_in_any_state(aws: EmbeddedAws, connect: Any) -> None:
    """And in any region."""
    key = aws.kms.add_key({"Statement": []}, state="PendingDeletion", region="eu-west-1")
    client = await connect("kms", "eu-west-1")
    told = (await client.describe_key(KeyId=key.arn))["KeyMetadata"]
    assert (told["KeyState"], told["Enabled"]) == ("PendingDeletion", False)
    assert told["DeletionDate"]
    assert (await client.get_key_policy(KeyId=key.id))["Policy"] == '{"Statement":[]}'


async def test_key_policies_are_written(aws: EmbeddedAws, kms: Any) -> None:
    """But none that would lock the account out."""
    key = aws.kms.add_key()
    text = key_policy({"AWS": "arn:aws:iam::111122223333:user/demo"})
    await kms.put_key_policy(KeyId=key.id, PolicyName="default", Policy=text)
    assert (await kms.get_key_policy(KeyId=key.id))["Policy"] == text
    locked = key_policy({"Service": "delivery.logs.amazonaws.com"})
    for wrong, message in (("[]", "object"), (locked, "update the key policy in the future")):
        with pytest.raises(kms.exceptions.MalformedPolicyDocumentException, match=f"(?i){message}"):
            await kms.put_key_policy(KeyId=key.id, Policy=wrong)
        with pytest.raises(kms.exceptions.MalformedPolicyDocumentException):
            await kms.create_key(Policy=wrong)
    await kms.put_key_policy(KeyId=key.id, Policy=locked, BypassPolicyLockoutSafetyCheck=True)
    assert (await kms.get_key_policy(KeyId=key.id))["Policy"] == locked


async def test_a_key_is_created(kms: Any) -> None:
    """With the usual policy, or with one that is given."""
    usual = (await kms.create_key(Description="logs"))["KeyMetadata"]
    assert (usual["Description"], usual["KeyManager"]) == ("logs", "CUSTOMER")
    text = key_policy({"AWS": ROOT})
    given = (await kms.create_key(Policy=text))["KeyMetadata"]
    assert (await kms.get_key_policy(KeyId=given["KeyId"]))["Policy"] == text


async def test_permissions(aws: EmbeddedAws, kms: Any) -> None:
    """A denial names the key, also where its alias was asked for."""
    key = aws.kms.add_key(aliases=("alias/logs",))
    aws.faults.add(faults.AccessDenied(), service="kms")
    for name, resource in (("alias/logs", key.arn), (key.id, key.arn), ("x", ":key/x")):
        with pytest.raises(ClientError, match=f"kms:GetKeyPolicy on resource: .*{resource} "):
            await kms.get_key_policy(KeyId=name)
    with pytest.raises(ClientError, match=r"kms:CreateKey on resource: \*"):
        await kms.create_key()
