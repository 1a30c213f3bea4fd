"""Whether one can sign in while the UI has the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from mqtail.aws.profiles import sign_in_can_wait
from mqtail.settings import Settings

CONFIG = """
[default]
region = eu-west-1

[profile plain]
region = eu-west-1
s3 =
    addressing_style = path

[profile nowhere]
output = json

[profile "with mfa"]
role_arn = arn:aws:iam::111122223333:role/ops
source_profile = plain
mfa_serial = arn:aws:iam::111122223333:mfa/jane
region = eu-west-1

[profile behind]
role_arn = arn:aws:iam::111122223333:role/deeper
source_profile = with mfa
region = eu-west-1

[profile circular]
role_arn = arn:aws:iam::111122223333:role/a
source_profile = circular
region = eu-west-1

[profile sso]
sso_session = company
region = eu-west-1

[unmarked]
region = eu-west-1
"""
CREDENTIALS = """
[asking]
credential_process = /usr/local/bin/ask
region = eu-west-1
"""


@pytest.fixture(autouse=True)
def configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An AWS configuration, and nothing in the environment."""
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text(CONFIG)
    credentials.write_text(CREDENTIALS)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    return config


@pytest.mark.parametrize(
    ("profile", "waits"),
    [
        (None, True),
        ("plain", True),
        ("circular", True),
        ("sso", True),
        ("with mfa", False),
        ("behind", False),
        ("asking", False),
        ("nowhere", False),
        ("unmarked", False),
        ("missing", False),
    ],
)
def test_profiles(monkeypatch: pytest.MonkeyPatch, profile: str | None, waits: bool) -> None:
    """Not with one that may ask for something, has no region, or is not there."""
    assert sign_in_can_wait(Settings(profile=profile)) is waits
    if profile is not None:
        monkeypatch.setenv("AWS_PROFILE", profile)
        assert sign_in_can_wait(Settings()) is waits


def test_of_both_variables_the_sdk_takes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longer one."""
    monkeypatch.setenv("AWS_PROFILE", "plain")
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "with mfa")
    assert not sign_in_can_wait(Settings())


def test_variables_in_the_name_of_a_file(
    configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They stand for their values, as for the SDK."""
    configuration.write_text("[default]\nregion = eu-west-1\ncredential_process = ask\n")
    monkeypatch.setenv("CONFIGURED", str(configuration.parent))
    monkeypatch.setenv("AWS_CONFIG_FILE", "$CONFIGURED/config")
    assert not sign_in_can_wait(Settings(region="eu-west-1"))


def test_a_home_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no configuration in it."""
    monkeypatch.setenv("AWS_CONFIG_FILE", "~nobody-of-that-name/config")
    assert sign_in_can_wait(Settings(region="eu-west-1"))


def test_a_region_may_come_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the command line, or a variable."""
    assert sign_in_can_wait(Settings(profile="nowhere", region="eu-west-1"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert sign_in_can_wait(Settings(profile="nowhere"))


@pytest.mark.parametrize("content", [b"[profile", b"[default]\nregion = \xff\n"])
def test_a_configuration_that_cannot_be_read(configuration: Path, content: bytes) -> None:
    """What is wrong with it is told without the UI."""
    configuration.write_bytes(content)
    assert not sign_in_can_wait(Settings(region="eu-west-1"))


def test_no_configuration_at_all(configuration: Path) -> None:
    """Keys may come from the environment, or from the machine."""
    configuration.unlink()
    assert sign_in_can_wait(Settings(region="eu-west-1"))
