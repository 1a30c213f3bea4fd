"""Choosing what to tail: who we are, what there is, and signing in elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from botocore import exceptions as aws
from botocore.session import Session

from mqtail.aws.profiles import needs_mfa
from mqtail.aws.signin import SignIn, share_service_data, sign_in
from mqtail.clock import Clock
from mqtail.errors import UsageError
from mqtail.inventory import ListedTarget, Profile, Region
from mqtail.later import Later
from mqtail.listing import Inventory
from mqtail.settings import Settings

SERVICES = ("mq", "kafka")
"""Services whose regions can be chosen."""


class Choice:
    """An account and a region, and what there is to choose.

    Args:
        settings: what was asked for.
        sign_in: what signing in with them has found out.
        clock: tells the time.

    Attributes:
        settings: the same with the profile and region that were chosen.
        sign_in: the sign-in in force.
    """

    def __init__(self, settings: Settings, sign_in: SignIn, clock: Clock | None = None) -> None:
        self.settings = settings
        self.sign_in = sign_in
        self._clock = clock
        self._inventory: Inventory | None = None

    @property
    def region(self) -> str:
        """The region in force."""
        return self.sign_in.region

    @property
    def account(self) -> str:
        """The account's id; empty where it is not known."""
        return self.sign_in.account

    @property
    def identity(self) -> str:
        """The caller's ARN; empty where it is not known."""
        return self.sign_in.identity

    @property
    def profile(self) -> str:
        """The profile in force; empty while keys in the environment serve instead."""
        named = self.settings.profile or Session().get_config_variable("profile")
        if not named and "AWS_ACCESS_KEY_ID" in os.environ:
            return ""
        return named or "default"

    def inventory(self) -> Inventory:
        """What there is, to be found out; it begins with what was known the last time."""
        before: Iterable[ListedTarget] = self._inventory.targets if self._inventory else ()
        self._inventory = Inventory(
            self.settings, self.sign_in, api_calls=True, before=before, clock=self._clock
        )
        return self._inventory

    def regions(self) -> list[Region]:
        """The regions that can be chosen, by name. Reads files.

        Raises:
            UsageError: the AWS configuration cannot be read.
        """
        # Without the profile: one that is gone does not hide the regions.
        session = Session()
        share_service_data(session)
        partition = _partition(session, self.region)
        names = {self.region}
        for service in SERVICES:
            names.update(session.get_available_regions(service, partition_name=partition))
        titles = _titles(session)
        return [Region(name, titles.get(name, "")) for name in sorted(names)]

    def profiles(self) -> list[Profile]:
        """The profiles of the AWS configuration, in its order. Reads files.

        Raises:
            UsageError: the AWS configuration cannot be read.
        """
        profiles = _profiles()
        return [Profile(name, needs_mfa(profiles, name)) for name in profiles]

    async def switch(self, *, profile: str | None = None, region: str | None = None) -> None:
        """Sign in with another profile or in another region; what is None stays as it is.

        Where it fails, or is cancelled, the sign-in stays in force that was.

        Raises:
            MqtailError: signing in failed.
        """
        settings = self._changed(profile, region)
        # Leaving does not wait until AWS answers.
        signing_in = Later(lambda: self._signed_in(settings))
        self._use(settings, await signing_in.ready())

    def switch_asking(self, profile: str) -> None:
        """Sign in with a profile that asks for an MFA code: on the terminal, blocking.

        Raises:
            MqtailError: signing in failed.
        """
        settings = self._changed(profile, None)
        self._use(settings, sign_in(settings))

    def _changed(self, profile: str | None, region: str | None) -> Settings:
        if profile is None:
            return replace(self.settings, region=region or self.region)
        own = _profiles().get(profile, {}).get("region")
        return replace(self.settings, profile=profile, region=region or own or self.region)

    def _signed_in(self, settings: Settings) -> SignIn:
        """Sign in; keys that cost the user an MFA code serve in other regions, too."""
        keys = self.sign_in.session_keys
        if keys is not None and settings.profile == self.settings.profile:
            return replace(self.sign_in, region=settings.region or self.region)
        return sign_in(settings)

    def _use(self, settings: Settings, signed_in: SignIn) -> None:
        self.settings, self.sign_in = settings, signed_in
        self._inventory = None


def _profiles() -> dict[str, dict[str, Any]]:
    try:
        profiles: dict[str, dict[str, Any]] = Session().full_config.get("profiles", {})
    except aws.ConfigParseError as error:
        hint = "Check ~/.aws/config and ~/.aws/credentials, or what AWS_CONFIG_FILE names."
        raise UsageError(f"The AWS configuration cannot be read: {error}", hint) from error
    return profiles


def _partition(session: Session, region: str) -> str:
    try:
        partition: str = session.get_partition_for_region(region)
    except aws.UnknownRegionError:
        return "aws"
    return partition


def _titles(session: Session) -> dict[str, str]:
    """Where the regions are, by their names."""
    partitions = session.get_data("endpoints")["partitions"]
    return {
        name: region.get("description", "")
        for partition in partitions
        for name, region in partition["regions"].items()
    }
