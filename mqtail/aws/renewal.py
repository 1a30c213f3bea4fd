"""How a person renews credentials that are no good any more, by where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.session import Session

from mqtail.aws.failures import RENEW_HINT


class Renewal(NamedTuple):
    """What to do about credentials that have expired."""

    hint: str = RENEW_HINT
    """A sentence for people."""
    is_taken_up: bool = True
    """A run that goes on finds the new ones by itself."""


UNKNOWN = Renewal()
"""Where nobody knows what they are."""

AGAIN = Renewal(
    "The session that was opened with an MFA code has ended: start mqtail again.", is_taken_up=False
)
"""Of keys that cost an MFA code."""

_ENVIRONMENT = Renewal(
    "They come from AWS_ACCESS_KEY_ID: set new ones, or unset it and run `aws sso login`; then"
    " start mqtail again.",
    is_taken_up=False,
)
_MACHINE = Renewal("This machine's role gives them: see to the role.")
_WEB_IDENTITY = Renewal("See to the token file that AWS_WEB_IDENTITY_TOKEN_FILE names.")

_MEMBERS = {
    "sso_session": "sso",
    "sso_start_url": "sso",
    "login_session": "login",
    "web_identity_token_file": "assume-role-with-web-identity",
    "credential_process": "custom-process",
    "aws_access_key_id": "shared-credentials-file",
}
"""What a profile has, and the botocore provider that makes credentials of it."""

Profiles = Mapping[str, Mapping[str, Any]]


def renewal_of(session: Session, profile: str, method: str) -> Renewal:
    """What to do when credentials have expired.

    Args:
        session: botocore's, with the profiles.
        profile: the one in force.
        method: what botocore calls the provider that found the credentials.
    """
    if method == "assume-role":
        profile, method = _source(session.full_config.get("profiles", {}), profile)
    option = "" if profile == "default" else f" --profile {profile}"
    if method in ("shared-credentials-file", "config-file"):
        variable = "credentials_file" if method == "shared-credentials-file" else "config_file"
        file = session.get_config_variable(variable)
        return Renewal(f"Renew the keys of the profile {profile} in {file}.")
    if method == "custom-process":
        return Renewal(f"See to the credential_process of the profile {profile}.")
    simple = {
        "sso": Renewal(f"Run `aws sso login{option}`."),
        "login": Renewal(f"Run `aws login{option}`."),
        "env": _ENVIRONMENT,
        "iam-role": _MACHINE,
        "container-role": _MACHINE,
        "assume-role-with-web-identity": _WEB_IDENTITY,
    }
    return simple.get(method, UNKNOWN)


def _source(profiles: Profiles, name: str) -> tuple[str, str]:
    """The profile that the keys come from which assume a role, and their provider."""
    visited: set[str] = set()
    profile = profiles.get(name, {})
    while (source := profile.get("source_profile")) and source not in visited:
        visited.add(source)
        name, profile = source, profiles.get(source, {})
    if "credential_source" in profile:
        from_environment = profile["credential_source"] == "Environment"
        return name, "env" if from_environment else "iam-role"
    return name, next((method for key, method in _MEMBERS.items() if key in profile), "")
