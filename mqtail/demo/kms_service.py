"""KMS: keys with their state and their key policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import uuid4

import msgspec
from msgspec import Meta, Struct

from mqtail.demo.calls import Call, Permission, ServiceError, access_denied
from mqtail.demo.service import Service
from mqtail.demo.wire import JsonWire
from mqtail.policies import Document, Effect, PolicyError, Principal, Request, decide

State = Literal["Enabled", "Disabled", "PendingDeletion", "PendingImport", "Unavailable"]
Manager = Literal["CUSTOMER", "AWS"]

S3_ALIAS = "alias/aws/s3"
"""Alias of the key that AWS manages for S3; there is one in every region."""

_DAY_MS = 24 * 3600 * 1000


class _OneKey(Struct, rename="pascal"):
    key_id: Annotated[str, Meta(min_length=1, max_length=2048)]


class _KeyPolicy(_OneKey):
    policy_name: Literal["default"] = "default"


class _PutKeyPolicy(_OneKey):
    policy: Annotated[str, Meta(min_length=1, max_length=131_072)]
    policy_name: Literal["default"] = "default"
    bypass_policy_lockout_safety_check: bool = False


class _ScheduleKeyDeletion(_OneKey):
    pending_window_in_days: Annotated[int, Meta(ge=7, le=30)] = 30


class _CreateKey(Struct, rename="pascal"):
    policy: str | None = None
    description: str = ""
    bypass_policy_lockout_safety_check: bool = False


@dataclass(slots=True)
class Key:
    """A symmetric key."""

    id: str
    arn: str
    policy: str
    """Its key policy, JSON."""
    state: State
    manager: Manager
    created: int
    """ms since the epoch."""
    description: str = ""
    deleted_at: int | None = None
    """When it will be deleted, ms since the epoch."""

    @property
    def account(self) -> str:
        """Whose it is."""
        return self.arn.split(":")[4]


class KmsService(Service):
    """Keys of one account in any number of regions.

    Args:
        clock: gives the time, ms since the epoch.
        account: account id, for ARNs.
        region: the region of keys that are added without one.
    """

    wire = JsonWire("TrentService")

    def __init__(self, clock: Callable[[], int], account: str, region: str) -> None:
        super().__init__(clock, account, region)
        self._keys: dict[str, dict[str, Key]] = {}
        self._aliases: dict[str, dict[str, str]] = {}
        self._operations = {
            "DescribeKey": self.taking(_OneKey, self._describe_key),
            "GetKeyPolicy": self.taking(_KeyPolicy, self._get_key_policy),
            "ListKeyPolicies": self.taking(_OneKey, self._list_key_policies),
            "CreateKey": self.taking(_CreateKey, self._create_key),
            "PutKeyPolicy": self.taking(_PutKeyPolicy, self._put_key_policy),
            "EnableKey": self.taking(_OneKey, self._enable_key),
            "DisableKey": self.taking(_OneKey, self._disable_key),
            "ScheduleKeyDeletion": self.taking(_ScheduleKeyDeletion, self._schedule_deletion),
            "CancelKeyDeletion": self.taking(_OneKey, self._cancel_deletion),
        }

    # For tests and stories.

    def add_key(
        self,
        policy: Mapping[str, Any] | None = None,
        *,
        state: State = "Enabled",
        manager: Manager = "CUSTOMER",
        aliases: Sequence[str] = (),
        region: str | None = None,
    ) -> Key:
        """Add a key.

        Args:
            policy: its key policy; None: the account may do everything with it.
            state: `Enabled`, `Disabled`...
            manager: whose to change it is.
            aliases: `alias/...`.
            region: where it is.
        """
        region = region or self.region
        number = str(uuid4())
        document = self._usual_policy() if policy is None else policy
        key = Key(
            number,
            f"arn:aws:kms:{region}:{self.account}:key/{number}",
            msgspec.json.encode(document).decode(),
            state,
            manager,
            self.clock(),
        )
        if state == "PendingDeletion":
            key.deleted_at = self.clock() + 30 * _DAY_MS
        self._keys.setdefault(region, {})[number] = key
        self._aliases.setdefault(region, {}).update(dict.fromkeys(aliases, number))
        return key

    def key(self, identifier: str, *, region: str | None = None) -> Key | None:
        """The key of an id, an ARN, an alias or an alias's ARN; None where there is none."""
        region = region or self.region
        if identifier.startswith("arn:"):
            parts = identifier.split(":", 5)
            if parts[2:5] != ["kms", region, self.account]:
                return None
            identifier = parts[-1].removeprefix("key/")
        if identifier == S3_ALIAS and S3_ALIAS not in self._aliases.get(region, {}):
            policy = self._s3_policy(region)
            self.add_key(policy, manager="AWS", aliases=(S3_ALIAS,), region=region)
        number = self._aliases.get(region, {}).get(identifier, identifier)
        return self._keys.get(region, {}).get(number)

    # For clients.

    def permission(self, call: Call) -> Permission:
        """The key, also where its alias is named."""
        name = str(call.parameters.get("KeyId", "*"))
        found = self.key(name, region=call.region)
        arn = name if name.startswith("arn:") else self._arn(call.region, name)
        return Permission(f"kms:{call.operation}", found.arn if found else arn)

    def _arn(self, region: str, name: str) -> str:
        if name == "*":
            return name
        resource = name if name.startswith("alias/") else f"key/{name}"
        return f"arn:aws:kms:{region}:{self.account}:{resource}"

    def _describe_key(self, request: _OneKey, call: Call) -> dict[str, Any]:
        return {"KeyMetadata": _metadata(self._find(request, call))}

    def _get_key_policy(self, request: _KeyPolicy, call: Call) -> dict[str, Any]:
        return {"Policy": self._find(request, call).policy, "PolicyName": "default"}

    def _list_key_policies(self, request: _OneKey, call: Call) -> dict[str, Any]:
        # There is no other than this one (API reference of ListKeyPolicies).
        self._find(request, call)
        return {"PolicyNames": ["default"], "Truncated": False}

    def _create_key(self, request: _CreateKey, call: Call) -> dict[str, Any]:
        key = self.add_key(region=call.region)
        key.description = request.description
        if request.policy is not None:
            try:
                self._set_policy(
                    key, request.policy, call, request.bypass_policy_lockout_safety_check
                )
            except ServiceError:
                del self._keys[call.region][key.id]
                raise
        return {"KeyMetadata": _metadata(key)}

    def _put_key_policy(self, request: _PutKeyPolicy, call: Call) -> dict[str, Any]:
        key = self._changeable(request, call)
        self._set_policy(key, request.policy, call, request.bypass_policy_lockout_safety_check)
        return {}

    def _set_policy(self, key: Key, text: str, call: Call, bypass: bool) -> None:
        """Set a key policy that lets the caller change it again (API reference, lockout)."""
        try:
            document = Document.parse(text)
        except PolicyError as error:
            raise ServiceError("MalformedPolicyDocumentException", str(error)) from None
        caller = Principal.aws(call.caller, key.account)
        account = Principal.aws(f"arn:aws:iam::{key.account}:root", key.account)
        requests = [Request("kms:PutKeyPolicy", key.arn, who) for who in (caller, account)]
        refused = (Effect.DENIED, Effect.NOT_ALLOWED)
        if not bypass and all(decide([document], asked).effect in refused for asked in requests):
            text = "The new key policy will not allow you to update the key policy in the future."
            raise ServiceError("MalformedPolicyDocumentException", text)
        key.policy = text

    def _enable_key(self, request: _OneKey, call: Call) -> dict[str, Any]:
        self._usable(request, call).state = "Enabled"
        return {}

    def _disable_key(self, request: _OneKey, call: Call) -> dict[str, Any]:
        self._usable(request, call).state = "Disabled"
        return {}

    def _schedule_deletion(self, request: _ScheduleKeyDeletion, call: Call) -> dict[str, Any]:
        key = self._usable(request, call)
        key.state = "PendingDeletion"
        key.deleted_at = call.time + request.pending_window_in_days * _DAY_MS
        return {
            "KeyId": key.arn,
            "KeyState": key.state,
            "DeletionDate": key.deleted_at / 1000,
            "PendingWindowInDays": request.pending_window_in_days,
        }

    def _cancel_deletion(self, request: _OneKey, call: Call) -> dict[str, Any]:
        key = self._changeable(request, call)
        if key.state != "PendingDeletion":
            text = f"{key.arn} is not pending deletion."
            raise ServiceError("KMSInvalidStateException", text)
        # It has to be enabled by a call of its own (API reference of CancelKeyDeletion).
        key.state, key.deleted_at = "Disabled", None
        return {"KeyId": key.arn}

    def _find(self, request: _OneKey, call: Call) -> Key:
        name = request.key_id
        key = self.key(name, region=call.region)
        if key is not None:
            return key
        arn = name if name.startswith("arn:") else self._arn(call.region, name)
        if arn.startswith("arn:") and arn.split(":")[3] != call.region:
            raise ServiceError("NotFoundException", f"Invalid arn {arn.split(':')[3]}")
        if ":alias/" in arn:
            raise ServiceError("NotFoundException", f"Alias {arn} is not found.")
        raise ServiceError("NotFoundException", f"Key '{arn}' does not exist")

    def _changeable(self, request: _OneKey, call: Call) -> Key:
        """The key, where it is not AWS that manages it."""
        key = self._find(request, call)
        if key.manager == "AWS":
            raise access_denied(call.caller, self.permission(call))
        return key

    def _usable(self, request: _OneKey, call: Call) -> Key:
        """The key, where it can be changed and is not to be deleted."""
        key = self._changeable(request, call)
        if key.state == "PendingDeletion":
            raise ServiceError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
        return key

    def _usual_policy(self) -> dict[str, Any]:
        statement = {
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{self.account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
        return {"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}

    def _s3_policy(self, region: str) -> dict[str, Any]:
        """What the policy of the key that AWS manages for S3 looks like."""
        conditions = {
            "kms:CallerAccount": self.account,
            "kms:ViaService": f"s3.{region}.amazonaws.com",
        }
        through_s3 = {
            "Sid": "Allow access through S3 for all principals in the account",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:DescribeKey",
            ],
            "Resource": "*",
            "Condition": {"StringEquals": conditions},
        }
        metadata = {
            "Sid": "Allow direct access to key metadata to the account",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{self.account}:root"},
            "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
            "Resource": "*",
        }
        return {
            "Version": "2012-10-17",
            "Id": "auto-s3-2",
            "Statement": [through_s3, metadata],
        }


def _metadata(key: Key) -> dict[str, Any]:
    told: dict[str, Any] = {
        "AWSAccountId": key.account,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": key.created / 1000,
        "Enabled": key.state == "Enabled",
        "Description": key.description,
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": key.state,
        "Origin": "AWS_KMS",
        "KeyManager": key.manager,
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }
    return told | ({"DeletionDate": key.deleted_at / 1000} if key.deleted_at else {})
