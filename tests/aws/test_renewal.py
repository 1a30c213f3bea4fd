"""How credentials are renewed, by what they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.session import Session

from mqtail.aws.renewal import renewal_of

PROFILES = """
[default]
aws_access_key_id = key
[profile sso]
sso_session = corp
[profile role]
role_arn = arn:aws:iam::111122223333:role/a
source_profile = sso
[profile role-by-keys]
role_arn = arn:aws:iam::111122223333:role/a
source_profile = role-by-keys
aws_access_key_id = key
[profile role-of-environment]
role_arn = arn:aws:iam::111122223333:role/a
credential_source = Environment
[profile process]
credential_process = tool
"""


@pytest.mark.parametrize(
    ("profile", "method", "hint", "taken_up"),
    [
        ("sso", "sso", "`aws sso login --profile sso`", True),
        ("default", "login", "`aws login`", True),
        ("role", "assume-role", "`aws sso login --profile sso`", True),
        ("role-by-keys", "assume-role", "the keys of the profile role-by-keys", True),
        ("role-of-environment", "assume-role", "AWS_ACCESS_KEY_ID", False),
        ("default", "env", "AWS_ACCESS_KEY_ID", False),
        ("default", "shared-credentials-file", "the keys of the profile default in", True),
        ("process", "custom-process", "credential_process of the profile process", True),
        ("default", "iam-role", "role", True),
        ("default", "new-in-the-sdk", "aws sso login", True),
    ],
)
def test_what_to_do_depends_on_what_the_credentials_are(
    profile: str,
    method: str,
    hint: str,
    taken_up: bool,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A sign-in that could not help is not proposed."""
    config = tmp_path / "config"
    config.write_text(PROFILES)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    renewal = renewal_of(Session(), profile, method)
    assert hint in renewal.hint
    assert renewal.is_taken_up is taken_up
