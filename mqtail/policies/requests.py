"""What is asked of policy documents: may this principal do this to this resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

ABSENT: Final[tuple[str, ...]] = ()
"""The value of a condition key that is known not to be in the request.

A key that the context does not name at all is not known, and conditions on it cannot be judged.
"""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. Made by `service` and `aws`."""

    kind: str
    """`Service` or `AWS`, as in a Principal element."""
    value: str
    """A service principal's name, or an ARN."""
    account: str = ""
    """The account's 12 digits; empty for a service."""

    @classmethod
    def service(cls, name: str) -> Principal:
        """An AWS service that calls by itself, such as `mq.amazonaws.com`."""
        return cls("Service", name)

    @classmethod
    def aws(cls, arn: str, account: str) -> Principal:
        """A user, a role, a role session or the root user of an account."""
        return cls("AWS", arn, account)

    @property
    def context(self) -> dict[str, tuple[str, ...]]:
        """The condition keys that follow from who it is (AWS global condition context keys)."""
        if self.kind == "Service":
            return {
                "aws:principalisawsservice": ("true",),
                "aws:principalservicename": (self.value,),
            }
        return {
            "aws:principalisawsservice": ("false",),
            "aws:principalservicename": ABSENT,
            "aws:principalaccount": (self.account,),
        }


@dataclass(frozen=True, slots=True)
class Request:
    """One action on one resource."""

    action: str
    """As in `logs:PutLogEvents`."""
    resource: str
    """One ARN."""
    principal: Principal | None = None
    """None where identity policies are asked: they have no Principal elements."""
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Condition keys, in any case, and their values; `ABSENT` for a key that is not there."""

    def values(self, key: str) -> tuple[str, ...] | None:
        """The values of a condition key, in any case; None where they are not known."""
        wanted = key.lower()
        for name, value in self.context.items():
            if name.lower() == wanted:
                return (value,) if isinstance(value, str) else value
        return self.principal.context.get(wanted) if self.principal else None
