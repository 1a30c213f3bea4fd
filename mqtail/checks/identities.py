"""Users and roles, as IAM can be asked about them."""

from __future__ import annotations

import re

from mqtail.aws.failures import FailedCall, Failure, Kind
from mqtail.checks.commands import aws
from mqtail.checks.lookups import Lookups

_SESSION = re.compile(r"arn:[^:]+:sts::(?P<account>\d*):assumed-role/(?P<role>[^/]+)/.+")
_IDENTITY = re.compile(r"arn:[^:]+:iam::\d*:(?P<type>user|role)/(?:.*/)?(?P<name>[^/]+)")


async def identity_of(lookups: Lookups, arn: str) -> str:
    """The user or role behind an ARN, as IAM takes it; empty: IAM knows none (a federated user).

    A session's ARN lacks its role's path, which iam:GetRole tells.

    Raises:
        FailedCall: the role cannot be looked up.
    """
    session = _SESSION.fullmatch(arn)
    if session is None:
        return arn if _IDENTITY.fullmatch(arn) or is_root(arn) else ""
    if session["account"] != lookups.account:
        # Roles of another account cannot be looked up from here.
        return ""
    role = await lookups.role(session["role"])
    if role is None:
        sentence = f"There is no role {session['role']} any more."
        raise FailedCall(Failure(Kind.MISSING, sentence))
    return str(role["Arn"])


def is_root(arn: str) -> bool:
    """Whether it is an account's root user, who may do everything in it."""
    return arn.endswith(":root")


def grant(arn: str, policy_name: str, document: str) -> tuple[str, ...]:
    """The command that gives an identity an inline policy; none where IAM takes none.

    A role of IAM Identity Center takes it from its permission set.
    """
    found = _IDENTITY.fullmatch(arn)
    if found is None or "/aws-reserved/" in arn or "/aws-service-role/" in arn:
        return ()
    options: dict[str, str] = {f"{found['type']}_name": found["name"]}
    return (
        aws(
            "iam",
            f"put-{found['type']}-policy",
            **options,
            policy_name=policy_name,
            policy_document=document,
        ),
    )
