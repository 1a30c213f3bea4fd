"""IAM users and roles, and how they are named: in ARNs, in policies, in records of CloudTrail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from mqtail.policies import Document

Kind = Literal["user", "role"]

USER_ID = "AIDADEMODEMODEMODEMO1"
"""The id of a user of whom nothing is known."""

ROLE_ID = "AROADEMODEMODEMODEMO1"
"""The id of a role of which nothing is known."""


@dataclass(slots=True)
class Identity:
    """A user or a role."""

    kind: Kind
    name: str
    path: str
    """`/`, or one that begins and ends with a slash."""
    account: str
    id: str
    """`AIDA...` of a user, `AROA...` of a role."""
    created: int
    """ms since the epoch."""
    policies: dict[str, Document] = field(default_factory=dict)
    """Inline policies by name."""
    trust: str = ""
    """Of a role: who may assume it, as a policy document."""
    service_linked: bool = False

    @property
    def arn(self) -> str:
        """Its ARN, the path included."""
        return f"arn:aws:iam::{self.account}:{self.kind}{self.path}{self.name}"

    def described(self, created: str) -> dict[str, Any]:
        """The members of GetUser and GetRole; `created` is the moment in ISO 8601."""
        kind = self.kind.title()
        told: dict[str, Any] = {
            "Path": self.path,
            f"{kind}Name": self.name,
            f"{kind}Id": self.id,
            "Arn": self.arn,
            "CreateDate": created,
        }
        if self.kind == "role":
            # As the API reference of Role says: URL-encoded.
            told |= {"AssumeRolePolicyDocument": quote(self.trust), "MaxSessionDuration": 3600}
        return told


def session_role(arn: str) -> str:
    """The name of the role whose session an ARN of STS names; empty where it is none."""
    _, assumed, rest = arn.partition(":assumed-role/")
    return rest.partition("/")[0] if assumed else ""


def trust_of(service: str) -> str:
    """The trust policy of a role that a service assumes."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    return msgspec.json.encode({"Version": "2012-10-17", "Statement": [statement]}).decode()


def user_identity(arn: str, identity: Identity | None = None) -> dict[str, Any]:
    """The `userIdentity` of a CloudTrail record.

    Args:
        arn: who called: a user, a session of a role, or the account's root.
        identity: the user, or the role of the session, where it is known.
    """
    account = arn.split(":")[4]
    told = {"arn": arn, "accountId": account}
    name = arn.rpartition("/")[2]
    role = session_role(arn)
    if role:
        number = identity.id if identity else ROLE_ID
        session_issuer = {
            "type": "Role",
            "principalId": number,
            "arn": identity.arn if identity else f"arn:aws:iam::{account}:role/{role}",
            "accountId": account,
            "userName": role,
        }
        context = {"sessionIssuer": session_issuer, "attributes": {"mfaAuthenticated": "false"}}
        return {
            "type": "AssumedRole",
            "principalId": f"{number}:{name}",
            **told,
            "sessionContext": context,
        }
    if arn.endswith(":root"):
        return {"type": "Root", "principalId": account, **told}
    number = identity.id if identity else USER_ID
    return {"type": "IAMUser", "principalId": number, **told, "userName": name}
