"""Commands of the AWS CLI that mend what a check finds, quoted for a POSIX shell."""

from __future__ import annotations

import json
import shlex
from typing import Any


def aws(service: str, operation: str, *, region: str = "", **options: Any) -> str:
    """A command of the AWS CLI.

    Args:
        service: `logs`.
        operation: `put-resource-policy`.
        region: empty for services that have none (IAM).
        options: by their names with underscores; objects and lists become JSON, True a flag.
    """
    words = ["aws", service, operation]
    if region:
        words += ["--region", region]
    for name, value in options.items():
        words.append("--" + name.replace("_", "-"))
        if value is not True:
            words.append(value if isinstance(value, str) else json.dumps(value))
    return shlex.join(words)


def signed_in(command: str, profile: str | None, endpoint_url: str | None) -> str:
    """A command that goes to the account, or to the emulator, that was looked at."""
    options = {"--profile": profile, "--endpoint-url": endpoint_url}
    words = [word for name, value in options.items() if value for word in (name, value)]
    return " ".join((command, shlex.join(words))) if words else command
