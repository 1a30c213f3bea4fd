"""Who a Principal element covers (AWS JSON policy elements: Principal)."""

from __future__ import annotations

from mqtail.policies.documents import PrincipalElement
from mqtail.policies.matching import arn_part
from mqtail.policies.requests import Principal

EVERYBODY = ("*", "AWS")
"""Kinds of principal with which `*` is everybody, AWS services too.

A Deny to `*` has to exempt services, by aws:PrincipalIsAWSService (AWS global condition context
keys), and so has one to `{"AWS": "*"}` (aws-samples/data-perimeter-policy-examples).
"""


def covers(element: PrincipalElement, principal: Principal) -> bool | None:
    """Whether a principal that a statement names is the one who asks, or an account of theirs.

    None for a canonical user, whose account is not known, and for `*` with a kind for which AWS
    does not document it. An Allow to an account passes the decision on to the policies of its
    identities, which are not looked at here.
    """
    if element.value == "*" and element.kind in EVERYBODY:
        return True
    if element.kind == "CanonicalUser" and principal.kind == "AWS":
        return None
    if element.kind != principal.kind:
        return False
    if element.value == "*":
        return None
    if element.kind == "AWS":
        return _is_identity(element.value, principal)
    return element.value == principal.value


def _is_identity(value: str, principal: Principal) -> bool:
    """An ARN, or an account in one of its two forms, against a user, role or session."""
    if value in (principal.account, principal.value):
        return True
    if arn_part(value, "resource") == "root":
        return arn_part(value, "account") == principal.account
    return _is_role_of(value, principal.value)


def _is_role_of(role: str, session: str) -> bool:
    """Whether a role is that of a session; a session's ARN leaves the role's path out."""
    kind, _, name = arn_part(session, "resource").partition("/")
    role_kind, _, role_name = arn_part(role, "resource").partition("/")
    return (
        (kind, role_kind) == ("assumed-role", "role")
        and name.partition("/")[0] == role_name.rpartition("/")[2]
        and all(
            arn_part(role, part) == arn_part(session, part) for part in ("partition", "account")
        )
    )
