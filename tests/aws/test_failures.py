"""What failed calls mean, in sentences for people."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from mqtail.aws.failures import Kind, failure_of
from mqtail.errors import CredentialsError


def refused(code: str, message: str, **more: str) -> ClientError:
    """A refusal as botocore raises it."""
    detail = {"Code": code, "Message": message, **more}
    response: Any = {"Error": detail, "ResponseMetadata": {"HTTPStatusCode": 403}}
    return ClientError(response, "FilterLogEvents")


CLOCK_REFUSALS = {
    "json": refused(
        "InvalidSignatureException",
        "Signature expired: 20260101T000000Z is now earlier than 20260101T000600Z"
        " (20260101T001100Z - 5 min.)",
    ),
    "query": refused(
        "SignatureDoesNotMatch",
        "Signature expired: 20260101T000000Z is now earlier than 20260101T235600Z"
        " (20260101T001100Z - 15 min.)",
    ),
    "s3": refused(
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
        RequestTime="20260101T000000Z",
        ServerTime="2026-01-01T00:11:00Z",
    ),
}


@pytest.mark.parametrize("service", CLOCK_REFUSALS)
def test_a_clock_that_cannot_be_made_up_for_is_named(service: str) -> None:
    """With how far it is off; the credentials are not to blame."""
    failure = failure_of(CLOCK_REFUSALS[service], "reading")
    assert failure.kind is Kind.CLOCK
    assert failure.sentence.startswith("This machine's clock is 11 min behind AWS's")
    assert "clock" in failure.hint
    assert "redential" not in failure.sentence + failure.hint
    assert isinstance(failure.error(), CredentialsError)


def test_a_quoted_request_is_not_told() -> None:
    """What AWS says of a wrong signature holds the session token."""
    error = refused(
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided.\n\n"
        "The Canonical String for this request should have been\n'POST\n/\n\n"
        "x-amz-security-token:IQoJb3JpZ2luX2VjEAAaCXVzLWVhc3QtMSJHMEUCIQ",
    )
    sentence = failure_of(error, "reading").sentence
    assert sentence.endswith("does not match the signature you provided.")
