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
