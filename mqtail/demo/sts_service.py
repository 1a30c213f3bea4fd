"""STS: who the caller is, and roles to assume."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from mqtail.demo.calls import Call, Permission, ServiceError
from mqtail.demo.service import Service
from mqtail.demo.wire import QueryWire

_USER_ID = "AIDADEMODEMODEMODEMO1"
_ROLE_ID = "AROADEMODEMODEMODEMO1"


class StsService(Service):
    """Identities of one account: an IAM user `demo`, and every role that it assumes."""

    wire = QueryWire("https://sts.amazonaws.com/doc/2011-06-15/")

    def __init__(self, clock: Callable[[], int], account: str, region: str) -> None:
        super().__init__(clock, account, region)
        self._assumed: dict[str, str] = {}
        self._numbers = count(1)

    def caller_arn(self, access_key: str) -> str:
        """The ARN behind an access key: that of the assumed role, else of the user `demo`."""
        return self._assumed.get(access_key, f"arn:aws:iam::{self.account}:user/demo")

    def permission(self, call: Call) -> Permission:
        """The role to be assumed, where there is one."""
        return Permission(f"sts:{call.operation}", str(call.parameters.get("RoleArn", "*")))

    def answer(self, call: Call) -> dict[str, Any]:
        """The members of the result, for XML."""
        if call.operation == "GetCallerIdentity":
            assumed = call.access_key in self._assumed
            return {
                "Arn": self.caller_arn(call.access_key),
                "UserId": f"{_ROLE_ID}:session" if assumed else _USER_ID,
                "Account": self.account,
            }
        if call.operation == "AssumeRole":
            return self._assume_role(call)
        raise ServiceError("InvalidAction", f"Could not find operation {call.operation}.")

    def _assume_role(self, call: Call) -> dict[str, Any]:
        role = call.parameters.get("RoleArn", "")
        session = call.parameters.get("RoleSessionName", "")
        seconds = call.parameters.get("DurationSeconds", "3600")
        if not role.startswith("arn:") or ":role/" not in role or not seconds.isdecimal():
            raise ServiceError("ValidationError", f"{role} is invalid")
        account, _, path = role.split(":", 4)[4].partition(":role/")
        arn = f"arn:aws:sts::{account}:assumed-role/{path.rpartition('/')[2]}/{session}"
        number = next(self._numbers)
        access_key = f"ASIADEMO{number:012d}"
        self._assumed[access_key] = arn
        now = datetime.fromtimestamp(self.clock() / 1000, UTC)
        expires = now + timedelta(seconds=int(seconds))
        return {
            "Credentials": {
                "AccessKeyId": access_key,
                "SecretAccessKey": f"demo-secret-of-session-{number:017d}",
                "SessionToken": f"demo-session-{number}",
                "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
            "AssumedRoleUser": {"AssumedRoleId": f"{_ROLE_ID}:{session}", "Arn": arn},
        }
