"""The credentials of a run, looked up anew once AWS no longer takes them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from aiobotocore.credentials import AioCredentials, AioRefreshableCredentials
from aiobotocore.session import AioSession
from botocore.credentials import CredentialProvider, ReadOnlyCredentials
from botocore.exceptions import NoCredentialsError

from mqtail.aws.renewal import Renewal
from mqtail.aws.service_time import SigningTime, keep_time
from mqtail.aws.signin import ROLE_SESSION_NAME, SignIn, share_service_data
from mqtail.aws.tracing import trace_calls
from mqtail.redaction import remember_secrets

LOOK_S = 60
"""Looking for other credentials is given up after so long: a program may be asked for them."""

_Found = AioCredentials | AioRefreshableCredentials


class RenewableCredentials(AioCredentials):
    """What all clients of a run sign with.

    The SDK renews by itself what expires at a known time. Files, and the token of a single sign-on,
    it reads once: here they are read again when `renewed` is asked for, so that signing in
    elsewhere helps a run that goes on.

    Args:
        sign_in: whose credentials they are.
        time: what to sign with.

    Attributes:
        number: counts up when other keys were found.
    """

    def __init__(self, sign_in: SignIn, time: SigningTime) -> None:
        super().__init__("", "", method=_Provider.METHOD)
        self._sign_in = sign_in
        self._time = time
        self._found: _Found | None = None
        self._keys: ReadOnlyCredentials | None = None
        self._looking = asyncio.Lock()
        self.number = 0

    @property
    def renewal(self) -> Renewal:
        """What to do when they are no good any more."""
        return self._sign_in.renewal

    async def get_frozen_credentials(self) -> ReadOnlyCredentials:  # type: ignore[override]
        """The keys to sign with now.

        Raises:
            BotoCoreError, ClientError: there are none, or they cannot be renewed.
        """
        # Whose keys work does not wait while others are looked for.
        found = self._found or await self._first()
        self._keys = await found.get_frozen_credentials()
        remember_secrets(self._keys.access_key, self._keys.secret_key, self._keys.token)
        return self._keys

    async def renewed(self, known: int) -> int:
        """Look for other keys where nobody has found any since `number` was `known`.

        Returns:
            The number now: another than `known` when a refused request is worth another try.
        """
        async with self._looking:
            if self.number == known:
                try:
                    async with asyncio.timeout(LOOK_S):
                        found = await self._find()
                        keys = await found.get_frozen_credentials()
                except Exception:
                    # The request that failed tells what is wrong.
                    return known
                if keys != self._keys:
                    self._found, self._keys = found, keys
                    self.number += 1
        return self.number

    async def _first(self) -> _Found:
        async with self._looking:
            if self._found is None:
                self._found = await self._find()
        return self._found

    async def _find(self) -> _Found:
        sign_in = self._sign_in
        if sign_in.role_arn:
            # With a role, the ordinary keys only serve to assume it.
            return AioRefreshableCredentials.create_from_metadata(
                metadata=await self._assume(), refresh_using=self._assume, method="assume-role"
            )
        if keys := sign_in.session_keys:
            return AioCredentials(keys.access_key or "", keys.secret_key or "", keys.token)
        found: _Found | None = await new_session(sign_in, self._time).get_credentials()
        if found is None:
            raise NoCredentialsError
        return found

    async def _assume(self) -> dict[str, str]:
        sign_in = self._sign_in
        create_client: Any = new_session(sign_in, self._time).create_client
        async with create_client(
            "sts", endpoint_url=sign_in.endpoint_url, **_key_arguments(sign_in)
        ) as sts:
            answer = await sts.assume_role(
                RoleArn=sign_in.role_arn, RoleSessionName=ROLE_SESSION_NAME
            )
        keys, skew_ms = answer["Credentials"], self._time.clock.skew_ms
        return {
            "access_key": keys["AccessKeyId"],
            "secret_key": keys["SecretAccessKey"],
            "token": keys["SessionToken"],
            # The SDK compares it with this machine's clock.
            "expiry_time": (keys["Expiration"] - timedelta(milliseconds=skew_ms)).isoformat(),
        }


def new_session(
    sign_in: SignIn, time: SigningTime, credentials: RenewableCredentials | None = None
) -> AioSession:
    """A session of the profile and region of a sign-in, whose clients keep to a time.

    Args:
        credentials: what its clients sign with; None: what the SDK finds.
    """
    session = AioSession(profile=sign_in.profile)
    share_service_data(session)
    # A role that the profile names is assumed there, too, where it has no region itself.
    session.set_config_variable("region", sign_in.region)
    keep_time(session, time)
    trace_calls(session)
    if credentials is not None:
        session.get_component("credential_provider").providers.insert(0, _Provider(credentials))
    return session


class _Provider(CredentialProvider):
    """Gives a session the credentials of the run."""

    METHOD = "mqtail"
    CANONICAL_NAME = None

    def __init__(self, credentials: RenewableCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    async def load(self) -> RenewableCredentials:
        return self._credentials


def _key_arguments(sign_in: SignIn) -> dict[str, str | None]:
    """The keys of an MFA session as `create_client` takes them; empty: the SDK finds its own."""
    keys = sign_in.session_keys
    if keys is None:
        return {}
    return {
        "aws_access_key_id": keys.access_key,
        "aws_secret_access_key": keys.secret_key,
        "aws_session_token": keys.token,
    }
