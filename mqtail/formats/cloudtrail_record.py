"""A CloudTrail record, and who made the call that it records."""

from __future__ import annotations

import json
from typing import Any

from msgspec import MsgspecError, Struct, convert, field
from msgspec.json import Decoder


class Record(Struct, rename="camel"):
    """What is needed of a record. Any member can be absent, null, or of another type than usual."""

    user_identity: Any = None
    event_time: Any = None
    event_source: Any = None
    event_name: Any = None
    aws_region: Any = None
    source_ip: Any = field(default=None, name="sourceIPAddress")
    user_agent: Any = None
    error_code: Any = None
    error_message: Any = None
    request_parameters: Any = None
    response_elements: Any = None
    request_id: Any = field(default=None, name="requestID")
    read_only: Any = None
    resources: Any = None
    recipient_account_id: Any = None


_decode = Decoder(Record).decode


def decoded(text: str) -> Record | None:
    """The record that a JSON text holds; None when it is none or nested too deeply."""
    try:
        return _decode(text)
    except (MsgspecError, ValueError, RecursionError):
        return _leniently_decoded(text)


def _leniently_decoded(text: str) -> Record | None:
    """The same, taking halves of surrogate pairs: a caller can put them into its user agent."""
    try:
        return convert(json.loads(text), Record)
    except (MsgspecError, ValueError, RecursionError):
        return None


def one_line(value: Any, limit: int) -> str:
    """A value's text without line breaks, cut to `limit` characters; empty when it is no text."""
    if not isinstance(value, str):
        return ""
    text = " ".join(value[: 2 * limit].split())
    whole = len(text) <= limit and len(value) <= 2 * limit
    return text if whole else text[: limit - 1].rstrip() + "…"


class Caller(Struct, frozen=True):
    """Who made a call."""

    name: str = ""
    """Of the user, role, account or service, as in the record; empty when that names nobody."""
    phrase: str = "someone"
    """The name with what it is the name of: `deploy (role)`."""
    role: str = ""
    """Role that was assumed, in full."""
    session: str = ""
    """Name of the role's session."""
    through: str = ""
    """Service that made the call on the caller's behalf."""


_NAME = 100
_SSO_ROLE = "AWSReservedSSO_"


def caller(identity: Any) -> Caller:
    """Who made a call, of a record's `userIdentity` (CloudTrail: the userIdentity element)."""
    if not isinstance(identity, dict):
        return Caller()
    kind = identity.get("type")
    through = one_line(identity.get("invokedBy"), _NAME)
    arn = one_line(identity.get("arn"), 4 * _NAME)
    account = one_line(identity.get("accountId"), _NAME)
    person = one_line(_member(identity, "onBehalfOf", "userId"), _NAME)
    if kind == "AssumedRole":
        return _assumed(identity, arn, through)
    if kind == "Root":
        return Caller("root", "root", through=through)
    if kind == "FederatedUser" and "/" in arn:
        name = arn.rpartition("/")[2]
        return Caller(name, f"{name} (federated)", through=through)
    if kind == "AWSAccount" and account:
        return Caller(account, f"account {account}", through=through)
    if kind == "IdentityCenterUser" and person:
        return Caller(person, f"Identity Center user {person}", through=through)
    name = one_line(identity.get("userName"), _NAME) or arn.rpartition("/")[2]
    if not name and through:
        return Caller(through, through)
    name = name or one_line(identity.get("principalId"), _NAME) or account
    return Caller(name, name, through=through) if name else Caller()


def _assumed(identity: dict[str, Any], arn: str, through: str) -> Caller:
    """A role, or the person who works with it: Identity Center names sessions after its users."""
    assumed = arn.split("/") if ":assumed-role/" in arn else []
    issuer = _member(identity, "sessionContext", "sessionIssuer", "userName")
    role = one_line(issuer, _NAME) or (assumed[1] if len(assumed) > 1 else "")
    session = one_line(identity.get("principalId"), 2 * _NAME).partition(":")[2]
    if not session and len(assumed) > 2:
        session = assumed[2]
    if session and ("@" in session or role.startswith(_SSO_ROLE)):
        shown = role
        if role.startswith(_SSO_ROLE):
            # AWSReservedSSO_<permission set>_<16 hex digits>
            shown = role.removeprefix(_SSO_ROLE).rpartition("_")[0] or role
        phrase = f"{session} ({shown})" if shown else session
        return Caller(session, phrase, role, session, through)
    if role and session:
        # The name is to be found in the record as it stands.
        phrase = f"{role}/{session}"
        return Caller(phrase if phrase in arn else role, phrase, role, session, through)
    name = role or session
    phrase = f"{name} (role)" if name else "someone"
    return Caller(name, phrase, role, session, through)


def _member(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
