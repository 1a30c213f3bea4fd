"""What a failed AWS call means, in a sentence that a person can act on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any

import aiohttp
from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from mqtail.errors import CredentialsError, MqtailError, TargetError, UsageError
from mqtail.redaction import redacted


class UnreadableAnswer(Exception):
    """The service said OK, but its body is cut off or is no JSON: read it again."""


class AnswerTooLarge(Exception):
    """An answer has more bytes than are wanted."""


class Kind(Enum):
    """What sort of failure it is, which decides what a reader does about it."""

    THROTTLED = auto()
    CREDENTIALS = auto()
    """Missing, wrong or expired credentials: a person has to sign in."""
    CLOCK = auto()
    """This machine's clock is so far off that AWS refuses its signatures."""
    DENIED = auto()
    MISSING = auto()
    """What was asked for does not exist (yet)."""
    NETWORK = auto()
    SERVER = auto()
    INVALID = auto()
    """The service does not take the parameters."""
    UNEXPECTED = auto()


SIGN_IN_KINDS = (Kind.CREDENTIALS, Kind.CLOCK)
"""Nothing at all will work as long as that is so."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed call, told to people."""

    kind: Kind
    sentence: str
    hint: str = ""

    @property
    def passing(self) -> bool:
        """Whether the same call may well succeed in a moment."""
        return self.kind in (Kind.THROTTLED, Kind.NETWORK, Kind.SERVER)

    def error(self) -> MqtailError:
        """The same as an error with its exit code."""
        kinds = {
            Kind.CREDENTIALS: CredentialsError,
            Kind.CLOCK: CredentialsError,
            Kind.INVALID: UsageError,
        }
        return kinds.get(self.kind, TargetError)(self.sentence, self.hint)


class FailedCall(Exception):
    """A call that failed, where who made it has said what that means."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


# Error codes differ between services for one and the same cause.
_CODES: dict[str, Kind] = {
    code: kind
    for kind, codes in {
        Kind.THROTTLED: "Throttling ThrottlingException ThrottledException TooManyRequestsException"
        " RequestLimitExceeded LimitExceededException SlowDown RequestThrottled",
        Kind.CREDENTIALS: "ExpiredToken ExpiredTokenException RequestExpired AuthFailure"
        " UnrecognizedClientException InvalidClientTokenId InvalidAccessKeyId TokenRefreshRequired"
        " InvalidSignatureException SignatureDoesNotMatch IncompleteSignature InvalidToken"
        " MissingAuthenticationToken MissingAuthenticationTokenException",
        Kind.CLOCK: "RequestTimeTooSkewed",
        Kind.DENIED: "AccessDenied AccessDeniedException ForbiddenException UnauthorizedException"
        " UnauthorizedOperation OptInRequired SubscriptionRequiredException"
        " AllAccessDisabled AccountProblem 403",
        Kind.MISSING: "ResourceNotFoundException NotFoundException NoSuchEntity NoSuchBucket"
        " TrailNotFoundException 404",
        Kind.SERVER: "ServiceUnavailableException ServiceUnavailable InternalFailure"
        " InternalError InternalServerError InternalServerErrorException InternalServiceError"
        " RequestTimeout 500 502 503 504",
        Kind.INVALID: "InvalidParameterException BadRequestException ValidationException"
        " InvalidParameter ValidationError InvalidTrailNameException CloudTrailARNInvalidException"
        " InvalidArgument InvalidBucketName InvalidRequest",
    }.items()
    for code in codes.split()
}

MOST_BYTES = 64_000_000
"""Bytes that an answer may have; what AWS answers stays far below."""

NETWORK_ERRORS = (
    aws.EndpointConnectionError,
    aws.ConnectTimeoutError,
    aws.ReadTimeoutError,
    aws.ConnectionClosedError,
    aws.ProxyConnectionError,
    aws.HTTPClientError,
    aiohttp.ClientError,
    asyncio.TimeoutError,
    ConnectionError,
)
"""What a call raises when the service cannot be reached, or the answer stops halfway."""

_SIGN_IN = (
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.CredentialRetrievalError,
    aws.TokenRetrievalError,
    aws.SSOError,
    aws.RefreshWithMFAUnsupportedError,
    aws.MetadataRetrievalError,
    aws.LoginError,
)

_ACTION = re.compile(r"perform: ([\w-]+:\w+)")

_WRONG_TIME = re.compile(r"Signature (expired|not yet current)")
_MOMENT = re.compile(r"\d{8}T\d{6}Z")

_QUOTED = ("The Canonical String", "The String-to-Sign")
"""From here on AWS quotes the request that it refuses, with the session token."""

_CLOCK_HINT = "Set the clock, best by NTP (`timedatectl set-ntp true`)."

RENEW_HINT = "Run `aws sso login` or `aws configure`, or set AWS_PROFILE or AWS_ACCESS_KEY_ID."
"""What to do about credentials that are no good any more."""

SIGN_IN_HINT = f"{RENEW_HINT[:-1]}; `mqtail demo` works without an account."
"""What to do without any."""


def failure_of(error: BaseException, what: str) -> Failure:
    """Say what went wrong while doing `what` (`"reading the log group /x"`)."""
    failure = _judged(error, what)
    sentence = failure.sentence
    return failure if sentence.endswith((".", "…")) else replace(failure, sentence=f"{sentence}.")


def _judged(error: BaseException, what: str) -> Failure:
    if isinstance(error, FailedCall):
        return error.failure
    if isinstance(error, aws.ClientError):
        return _of_answer(error, what)
    if isinstance(error, _SIGN_IN):
        return Failure(Kind.CREDENTIALS, _sign_in_sentence(error), SIGN_IN_HINT)
    if isinstance(error, RuntimeError) and "still expired" in str(error):
        # In these words botocore tells of keys that have just been given out.
        sentence = f"New credentials are expired by this machine's clock, while {what}."
        return Failure(Kind.CLOCK, sentence, _CLOCK_HINT)
    if isinstance(error, UnreadableAnswer | ResponseParserError):
        # botocore's text quotes the answer, which may be one with keys in it.
        return Failure(Kind.SERVER, f"The answer was cut off while {what}.")
    if isinstance(error, aws.SSLError | aiohttp.ClientSSLError):
        return Failure(
            Kind.NETWORK,
            f"The TLS connection failed while {what}: {one_line(error)}",
            "Behind a proxy, set AWS_CA_BUNDLE to its certificate.",
        )
    if isinstance(error, aws.HTTPClientError) and _is_too_large(error):
        return Failure(
            Kind.UNEXPECTED,
            f"What answered for AWS sent more than {MOST_BYTES // 1_000_000} MB while {what};"
            " that was not read.",
            "Check --endpoint-url, and whether a proxy answers in AWS's place.",
        )
    if isinstance(error, NETWORK_ERRORS):
        return Failure(
            Kind.NETWORK,
            f"AWS cannot be reached while {what}: {one_line(error)}",
            "Check the network, the region (--region) and --endpoint-url.",
        )
    if isinstance(error, aws.ParamValidationError | aws.InvalidRegionError | ValueError):
        return Failure(Kind.INVALID, f"Wrong value while {what}: {one_line(error)}")
    return Failure(Kind.UNEXPECTED, f"{type(error).__name__} while {what}: {one_line(error)}")


def _of_answer(error: aws.ClientError, what: str) -> Failure:
    response: dict[str, Any] = dict(error.response)
    detail = response.get("Error", {})
    code = str(detail.get("Code", ""))
    text = one_line(without_quotation(str(detail.get("Message", ""))) or code)
    if is_clock_refusal(detail):
        return wrong_clock(detail, what)
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    kind = _CODES.get(code) or (Kind.SERVER if status >= 500 else Kind.UNEXPECTED)
    if kind is Kind.THROTTLED:
        return Failure(
            kind,
            f"AWS throttles mqtail while {what} ({code}).",
            "It slows down by itself; --max-requests lowers its share.",
        )
    if kind is Kind.CREDENTIALS:
        word = "have expired" if "xpired" in code else "are not accepted"
        return Failure(kind, f"The AWS credentials {word}: {text}", RENEW_HINT)
    if kind is Kind.DENIED:
        return Failure(kind, f"Not permitted while {what}: {text}", _permission_hint(error, text))
    if kind is Kind.MISSING:
        hint = "Check the name, the region (--region) and the account (--profile)."
        return Failure(kind, f"Not found while {what}: {text}", hint)
    if kind is Kind.SERVER:
        return Failure(kind, f"AWS answered with an error while {what}: {code} {text}".rstrip())
    if kind is Kind.INVALID:
        return Failure(kind, f"AWS does not accept the request while {what}: {text}")
    return Failure(kind, f"{code} while {what}: {text}")


def is_clock_refusal(error: Mapping[str, Any]) -> bool:
    """Whether AWS refused a request because of the time of its signature.

    Args:
        error: `Error` of an answer.
    """
    wrong = _WRONG_TIME.search(str(error.get("Message", "")))
    return _CODES.get(str(error.get("Code", ""))) is Kind.CLOCK or wrong is not None


def wrong_clock(error: Mapping[str, Any], what: str) -> Failure:
    """The failure that this machine's clock is, see `is_clock_refusal`; AWS tells by how much."""
    # S3 has members for the two times; elsewhere they are the first and last in the sentence.
    told = " ".join(str(error.get(name, "")) for name in ("Message", "RequestTime", "ServerTime"))
    moments = _MOMENT.findall(re.sub("[-:]", "", told))
    off = "wrong"
    if len(moments) > 1:
        ours, theirs = (
            datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            for moment in (moments[0], moments[-1])
        )
        minutes = round((ours - theirs).total_seconds() / 60)
        off = f"{abs(minutes)} min {'ahead of' if minutes > 0 else 'behind'} AWS's"
    sentence = f"This machine's clock is {off}, so AWS refused a request while {what}."
    return Failure(Kind.CLOCK, sentence, _CLOCK_HINT)


def _is_too_large(error: aws.HTTPClientError) -> bool:
    return isinstance(error.kwargs.get("error"), AnswerTooLarge)


def _permission_hint(error: aws.ClientError, text: str) -> str:
    """What to ask for; most services name the action in their message."""
    if "MultiFactorAuthentication" in text:
        return "Enter the code that the MFA device shows now."
    named = _ACTION.search(text)
    action = named[1] if named else error.operation_name
    return f"Ask for the permission {action}."


def _sign_in_sentence(error: Exception) -> str:
    if isinstance(error, aws.NoCredentialsError):
        return "No AWS credentials were found."
    if isinstance(error, aws.RefreshWithMFAUnsupportedError):
        return "The session that was opened with an MFA code has expired."
    return f"Signing in to AWS failed: {one_line(error)}"


def without_quotation(message: str) -> str:
    """What AWS says of a wrong signature, without the request that it quotes."""
    for begin in _QUOTED:
        message = message.partition(begin)[0]
    return message


def one_line(error: object) -> str:
    """An error's text folded to one line and to a bearable length, without keys and tokens."""
    text = redacted(" ".join(str(error).split()))
    return text if len(text) <= 400 else text[:399] + "…"
