"""What the profiles of the AWS configuration say of signing in, found out without AWS libraries."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mqtail.settings import Settings

_FILES = {
    "AWS_CONFIG_FILE": "~/.aws/config",
    "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials",
}
"""The variables that name the files of the AWS configuration, and where these are usually."""

Profiles = Mapping[str, Mapping[str, Any]]


def sign_in_can_wait(settings: Settings) -> bool:
    """Whether one can sign in when the UI has the terminal.

    Not where an MFA code may be asked for, or a program be run that asks for something. What is
    plainly wrong, no region or no such profile, is better told without a UI, too.
    """
    # Of both variables the SDK takes this one first.
    in_force = os.environ.get("AWS_DEFAULT_PROFILE") or os.environ.get("AWS_PROFILE")
    named = settings.profile or in_force
    name = named or "default"
    try:
        profiles = _profiles()
    except (OSError, ValueError, configparser.Error):
        # The SDK tells what is wrong with them.
        return False
    if named and named not in profiles:
        return False
    variables = map(os.environ.get, ("AWS_REGION", "AWS_DEFAULT_REGION"))
    if not (settings.region or any(variables) or profiles.get(name, {}).get("region")):
        return False
    asks = any("credential_process" in profiles[one] for one in _chain(profiles, name))
    return not asks and not needs_mfa(profiles, name)


def needs_mfa(profiles: Profiles, name: str | None) -> bool:
    """Whether a profile, or one that it takes its credentials from, assumes a role with MFA."""
    chain = (profiles[one] for one in _chain(profiles, name))
    return any("mfa_serial" in profile and "role_arn" in profile for profile in chain)


def _chain(profiles: Profiles, name: str | None) -> list[str]:
    """A profile, the one that it takes its credentials from, and so on; only what there is."""
    chain: list[str] = []
    while name and name in profiles and name not in chain:
        chain.append(name)
        name = profiles[name].get("source_profile")
    return chain


def _profiles() -> dict[str, dict[str, str]]:
    """What both files say, by the names of the profiles.

    Raises:
        OSError, ValueError, configparser.Error: one cannot be read.
    """
    profiles: dict[str, dict[str, str]] = {}
    for variable, usual in _FILES.items():
        # As the SDK does: a home that is not known stays `~`, and a pipe would be read only once.
        path = os.path.expandvars(os.environ.get(variable) or usual)
        file = Path(os.path.expanduser(path))
        parser = configparser.RawConfigParser(default_section=None)  # type: ignore[call-overload]
        if file.is_file():
            parser.read_string(file.read_text())
        for section in parser.sections():
            if variable == "AWS_CONFIG_FILE" and not section.startswith(("profile", "default")):
                # An SSO session, or services; what is meant for a profile is none for the SDK.
                continue
            name = section.removeprefix("profile ").strip().strip("\"'")
            profiles.setdefault(name, {}).update(parser[section])
    return profiles
