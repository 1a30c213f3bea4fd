"""Signing in before anything is asked of AWS, so that problems are told and prompts work.

Synchronous on purpose, with botocore's own session: an MFA prompt would freeze an event loop. The
UI signs in in a thread while its first frame is shown, unless something may be asked: nobody could
answer it then (`mqtail.aws.profiles`).
"""

from __future__ import annotations

import getpass
import os
import warnings
from dataclasses import dataclass, field
from functools import cache

import boto3
from botocore import exceptions as aws
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.loaders import Loader, create_loader
from botocore.parsers import ResponseParserError
from botocore.session import Session

from mqtail.aws.failures import SIGN_IN_HINT, Kind, failure_of
from mqtail.aws.profiles import needs_mfa
from mqtail.aws.renewal import AGAIN, UNKNOWN, Renewal, renewal_of
from mqtail.aws.service_time import SigningTime, keep_time
from mqtail.aws.tracing import trace_calls
from mqtail.clock import Clock
from mqtail.errors import CredentialsError, UsageError
from mqtail.redaction import remember_secrets
from mqtail.settings import Settings

ROLE_SESSION_NAME = "mqtail"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who we are, where, and with which keys."""

    region: str
    account: str = ""
    """Account id; empty when STS could not be reached."""
    identity: str = ""
    """The caller's ARN; empty when STS could not be reached."""
    profile: str | None = None
    endpoint_url: str | None = None
    role_arn: str | None = None
    session_keys: ReadOnlyCredentials | None = field(default=None, repr=False)
    """Keys of a session opened with an MFA code; None: the SDK finds (and renews) them itself."""
    renewal: Renewal = UNKNOWN
    """What to do when the credentials have expired."""


def sign_in(settings: Settings) -> SignIn:
    """Find credentials, asking for an MFA code if the profile wants one, and see whether they work.

    Raises:
        UsageError: no region, an unknown profile, or an unreadable AWS configuration.
        CredentialsError: no credentials, expired or refused ones.
    """
    try:
        session = Session(profile=settings.profile)
        session.get_scoped_config()  # where an unknown profile is found out
        share_service_data(session)
        keep_time(session, SigningTime(Clock()))
        trace_calls(session)
        region = (
            settings.region or os.environ.get("AWS_REGION") or session.get_config_variable("region")
        )
        profiles = session.full_config.get("profiles", {})
        profile = session.profile or "default"
    except aws.ProfileNotFound as error:
        raise UsageError(f"{error}", f"Profiles: {_profile_names()}") from error
    except aws.ConfigParseError as error:
        hint = "Check ~/.aws/config and ~/.aws/credentials, or what AWS_CONFIG_FILE names."
        raise UsageError(f"The AWS configuration cannot be read: {error}", hint) from error
    if not region:
        raise UsageError("No AWS region is set.", "Use --region, or set AWS_REGION.")
    # A role that the profile names is assumed there, too, where the profile itself has no region.
    session.set_config_variable("region", region)
    asks = needs_mfa(profiles, profile)
    keys, method = _find_keys(session)
    renewal = AGAIN if asks else renewal_of(session, profile, method)
    account, identity = _who_am_i(session, settings, region, renewal)
    return SignIn(
        region=region,
        account=account,
        identity=identity,
        profile=settings.profile,
        endpoint_url=settings.endpoint_url,
        role_arn=settings.role_arn,
        session_keys=keys if asks else None,
        renewal=renewal,
    )


def share_service_data(session: Session) -> None:
    """Have a session use AWS's service descriptions that another one has read: each takes 0.1 s."""
    loader = _loader(session.get_config_variable("data_path"))
    session.register_component("data_loader", loader)


@cache
def _loader(data_path: str | None) -> Loader:
    return create_loader(data_path)


def _find_keys(session: Session) -> tuple[ReadOnlyCredentials, str]:
    """Resolve credentials now, which may ask for an MFA code; and what the SDK calls their kind."""
    try:
        with warnings.catch_warnings():
            # No terminal to ask on: better an error than a code typed in plain sight.
            warnings.simplefilter("error", getpass.GetPassWarning)
            credentials = session.get_credentials()
            if credentials is None:
                raise CredentialsError("No AWS credentials were found.", SIGN_IN_HINT)
            keys: ReadOnlyCredentials = credentials.get_frozen_credentials()
            remember_secrets(keys.access_key, keys.secret_key, keys.token)
    except (EOFError, getpass.GetPassWarning) as error:
        raise CredentialsError(
            "The profile needs an MFA code, and none was given.",
            "Run mqtail on a terminal, or sign in first and pass the session's keys.",
        ) from error
    except (
        *(aws.BotoCoreError, aws.ClientError, ResponseParserError),
        # A credential_process that is not there, or prints something else.
        *(OSError, ValueError),
    ) as error:
        raise _credentials_error(error) from error
    return keys, credentials.method


def _who_am_i(
    session: Session, settings: Settings, region: str, renewal: Renewal
) -> tuple[str, str]:
    """Account and ARN of the caller (sts:GetCallerIdentity needs no permission)."""
    options = Config(connect_timeout=4, read_timeout=6, retries={"total_max_attempts": 2})
    try:
        sts = boto3.Session(botocore_session=session, region_name=region).client(
            "sts", endpoint_url=settings.endpoint_url, config=options
        )
        if settings.role_arn:
            user = sts.assume_role(RoleArn=settings.role_arn, RoleSessionName=ROLE_SESSION_NAME)[
                "AssumedRoleUser"
            ]["Arn"]
            return settings.role_arn.split(":")[4], user
        caller = sts.get_caller_identity()
    except (aws.BotoCoreError, aws.ClientError, ResponseParserError, ValueError) as error:
        failure = failure_of(error, "signing in")
        if failure.passing:
            # STS alone may be out of reach (a private network), or busy: what is read will tell.
            return "", ""
        if failure.kind is Kind.INVALID:
            hint = "Check --region, --endpoint-url and --role-arn."
            raise UsageError(failure.sentence, hint) from error
        raise _credentials_error(error, renewal.hint) from error
    return caller["Account"], caller["Arn"]


def _credentials_error(error: Exception, renewal_hint: str = "") -> CredentialsError:
    """The error that a failed sign-in is.

    Args:
        renewal_hint: how to renew the credentials, where it is known what they are.
    """
    failure = failure_of(error, "signing in")
    hint = renewal_hint if failure.kind is Kind.CREDENTIALS else failure.hint
    return CredentialsError(failure.sentence, hint or failure.hint or SIGN_IN_HINT)


def _profile_names() -> str:
    names = Session().available_profiles
    return ", ".join(names) if names else "none are configured"
