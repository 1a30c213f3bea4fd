"""STS: who the caller is, and roles to assume."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple

from mqtail.demo.calls import Call, Permission, ServiceError
from mqtail.demo.identities import ROLE_ID, USER_ID
from mqtail.demo.service import Service
from mqtail.demo.wire import QueryWire


class Session(NamedTuple):
    """The keys of a role's session."""

    access_key: str
    secret_key: str
    token: str
    expires: int
    """ms since the epoch."""


class StsService(Service):
    """Who is behind an access key: the user `demo`, a role that it assumed, or who was added."""

    wire = QueryWire("https://sts.amazonaws.com/doc/2011-06-15/")

    def __init__(self, clock: Callable[[], int], account: str, region: str) -> None:
        super().__init__(clock, account, region)
        self._keys: dict[str, str] = {}
        self._numbers = count(1)
        self._operations = {
            "GetCallerIdentity": self._caller_identity,
            "AssumeRole": self._assume_role,
        }

    def caller_arn(self, access_key: str) -> str:
        """The ARN behind an access key: what was added or assumed, else that of the user `demo`."""
        return self._keys.get(access_key, f"arn:aws:iam::{self.account}:user/demo")

    def add_key(self, access_key: str, arn: str) -> None:
        """Say whose an access key is: a user's, a role session's, the root's of an account."""
        self._keys[access_key] = arn

    def open_session(self, arn: str, seconds: int) -> Session:
        """Make keys of a role's session that say that they are valid for so long.

        The server takes them for ever; a fault by access key ends that.
        """
        number = next(self._numbers)
        session = Session(
            f"ASIADEMO{number:012d}",
            f"demo-secret-of-session-{number:017d}",
            f"demo-session-{number}",
            self.clock() + seconds * 1000,
        )
        self.add_key(session.access_key, arn)
        return session

    def permission(self, call: Call) -> Permission:
        """The role to be assumed, where there is one."""
        return Permission(f"sts:{call.operation}", str(call.parameters.get("RoleArn", "*")))

    def _caller_identity(self, call: Call) -> dict[str, Any]:
        arn = call.caller
        account = arn.split(":")[4]
        number = account if arn.endswith(":root") else USER_ID
        if ":assumed-role/" in arn:
            number = f"{ROLE_ID}:{arn.rpartition('/')[2]}"
        return {"Arn": arn, "UserId": number, "Account": account}

    def _assume_role(self, call: Call) -> dict[str, Any]:
        role = call.parameters.get("RoleArn", "")
        session = call.parameters.get("RoleSessionName", "")
        seconds = call.parameters.get("DurationSeconds", "3600")
        if not role.startswith("arn:") or ":role/" not in role or not seconds.isdecimal():
            raise ServiceError("ValidationError", f"{role} is invalid")
        account, _, path = role.split(":", 4)[4].partition(":role/")
        arn = f"arn:aws:sts::{account}:assumed-role/{path.rpartition('/')[2]}/{session}"
        opened = self.open_session(arn, int(seconds))
        expires = datetime.fromtimestamp(opened.expires // 1000, UTC)
        return {
            "Credentials": {
                "AccessKeyId": opened.access_key,
                "SecretAccessKey": opened.secret_key,
                "SessionToken": opened.token,
                "Expiration": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
            },
            "AssumedRoleUser": {"AssumedRoleId": f"{ROLE_ID}:{session}", "Arn": arn},
        }
