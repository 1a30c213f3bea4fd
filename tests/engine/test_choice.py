"""Signing in elsewhere from the chooser."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from mqtail.aws.signin import SignIn
from mqtail.choice import Choice
from mqtail.demo.faults import Hang, UnrecognizedClient
from mqtail.demo.server import EmbeddedAws
from mqtail.errors import CredentialsError, UsageError
from mqtail.inventory import Profile, Region
from mqtail.settings import Settings
from tests.engine.support import HURRIED

CONFIG = """
[default]
aws_access_key_id = first
aws_secret_access_key = secret

[profile paris]
aws_access_key_id = second
aws_secret_access_key = secret
region = eu-west-3

[profile guarded]
role_arn = arn:aws:iam::111122223333:role/log-readers
source_profile = default
mfa_serial = arn:aws:iam::111122223333:mfa/demo
"""


@pytest.fixture
def choice(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Choice:
    """Signed in with the default profile of an AWS configuration with three of them."""
    (tmp_path / "aws-config").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "REGION", "DEFAULT_REGION"):
        monkeypatch.delenv(f"AWS_{name}")
    aws.sts.add_key("second", "arn:aws:iam::111122223333:user/pierre")
    settings = Settings(pace=HURRIED, max_requests=1000)
    return Choice(settings, SignIn(aws.region, aws.account, "arn:aws:iam::1:user/first"))


def test_regions(choice: Choice) -> None:
    """Those of the partition that have one of the services, with where they are."""
    regions = choice.regions()
    assert Region("eu-west-1", "Europe (Ireland)") in regions
    assert [region.name for region in regions] == sorted(region.name for region in regions)
    elsewhere = Choice(Settings(), SignIn("cn-north-1")).regions()
    assert [region.name for region in elsewhere] == ["cn-north-1", "cn-northwest-1"]
    assert Region("home-1", "") in Choice(Settings(), SignIn("home-1")).regions()


def test_profiles(choice: Choice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the configuration, in its order; keys in the environment stand for none."""
    assert choice.profiles() == [
        Profile("default", False),
        Profile("paris", False),
        Profile("guarded", True),
    ]
    assert choice.profile == "default"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    assert choice.profile == ""
    monkeypatch.setenv("AWS_PROFILE", "paris")
    assert choice.profile == "paris"


def test_an_unreadable_configuration(choice: Choice, tmp_path: Path) -> None:
    """Is said in a sentence."""
    (tmp_path / "aws-config").write_text("no section")
    with pytest.raises(UsageError, match="cannot be read"):
        choice.profiles()


async def test_another_profile_in_its_region(choice: Choice, aws: EmbeddedAws) -> None:
    """Then everything is read with it, and nothing that was known before is shown."""
    aws.mq.add_broker("paris-mq", region="eu-west-3")
    before = choice.inventory()
    with pytest.raises(Exception, match="There are no"):
        await before.run()
    await choice.switch(profile="paris")
    assert (choice.profile, choice.region) == ("paris", "eu-west-3")
    assert choice.identity == "arn:aws:iam::111122223333:user/pierre"
    assert (choice.settings.profile, choice.settings.region) == ("paris", "eu-west-3")
    found = choice.inventory()
    assert list(found.targets) == []
    await found.run()
    assert [target.name for target in found.targets] == ["paris-mq", "cloudtrail"]
    assert choice.inventory().targets == found.targets


async def test_another_region(choice: Choice) -> None:
    """With the same profile."""
    await choice.switch(region="eu-central-1")
    assert (choice.region, choice.profile) == ("eu-central-1", "default")
    await choice.switch(profile="default")
    assert choice.region == "eu-central-1"


async def test_a_failed_sign_in_changes_nothing(choice: Choice, aws: EmbeddedAws) -> None:
    """The former one stays in force."""
    before = (choice.settings, choice.sign_in)
    aws.faults.add(UnrecognizedClient(), operation="GetCallerIdentity")
    with pytest.raises(CredentialsError, match="not accepted"):
        await choice.switch(profile="paris")
    with pytest.raises(UsageError, match="nobody"):
        await choice.switch(profile="nobody")
    assert (choice.settings, choice.sign_in) == before


async def test_nobody_waits_for_a_sign_in_that_was_given_up(
    choice: Choice, aws: EmbeddedAws
) -> None:
    """The program can end at once."""
    threads = set(threading.enumerate())
    aws.faults.add(Hang(), operation="GetCallerIdentity")
    switching = asyncio.create_task(choice.switch(profile="paris"))
    await asyncio.sleep(0)
    switching.cancel()
    assert all(thread.daemon for thread in set(threading.enumerate()) - threads)
    assert choice.profile == "default"


async def test_an_mfa_code_is_asked_for_once(
    choice: Choice, aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys that it gave serve in other regions, too."""
    # The prompt is bound when botocore is imported.
    provider = "botocore.credentials.AssumeRoleProvider.__init__.__defaults__"
    monkeypatch.setattr(provider, (lambda prompt: "123456", None, None))
    await asyncio.to_thread(choice.switch_asking, "guarded")
    keys = choice.sign_in.session_keys
    assert keys is not None
    await choice.switch(region="eu-west-1")
    assert (choice.region, choice.sign_in.session_keys) == ("eu-west-1", keys)
    assert len(aws.calls_of("AssumeRole")) == 1
