"""Keys and tokens are kept out of what mqtail tells, and nothing else is."""

from __future__ import annotations

import pytest

from mqtail.redaction import HIDDEN, error_text, redacted, remember_secrets

TOKEN = "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ+/=="
CANONICAL = (
    "The Canonical String for this request should have been 'POST\n/\n\n"
    f"host:logs.us-east-1.amazonaws.com\nx-amz-date:20261121T100000Z\nx-amz-security-token:{TOKEN}"
    "\n\nhost;x-amz-date;x-amz-security-token\n0a1b2c'"
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"x-amz-security-token:{TOKEN}\n\nhost", f"x-amz-security-token:{HIDDEN}\n\nhost"),
        (f"'X-Amz-Security-Token': b'{TOKEN}'", f"'X-Amz-Security-Token': b'{HIDDEN}'"),
        (
            "https://b.s3.amazonaws.com/k?X-Amz-Credential=AK%2F1&X-Amz-Signature=0a1b&list=2",
            f"https://b.s3.amazonaws.com/k?X-Amz-Credential={HIDDEN}&X-Amz-Signature={HIDDEN}"
            "&list=2",
        ),
        (
            "Authorization: AWS4-HMAC-SHA256 Credential=AKID/1/logs, SignedHeaders=host,"
            " Signature=0a1b",
            f"Authorization: AWS4-HMAC-SHA256 Credential={HIDDEN}, SignedHeaders=host,"
            f" Signature={HIDDEN}",
        ),
        ("authorization: Bearer abc.def", f"authorization: Bearer {HIDDEN}"),
        ('{"SecretAccessKey": "abc/+"}', f'{{"SecretAccessKey": "{HIDDEN}"}}'),
        ("aws_secret_access_key = abc/+", f"aws_secret_access_key = {HIDDEN}"),
        ("<SecretAccessKey>abc/+</Secret", f"<SecretAccessKey>{HIDDEN}</Secret"),
        ("AWS_SESSION_TOKEN=abc", f"AWS_SESSION_TOKEN={HIDDEN}"),
        ("TokenCode='123456'", f"TokenCode='{HIDDEN}'"),
        ("http://me:pass@proxy:8080/", f"http://{HIDDEN}@proxy:8080/"),
        ("user with key ASIAQWERTYUIOPASDFGH", f"user with key {HIDDEN}"),
    ],
    ids=[
        *(
            "header",
            "bytes",
            "signed-url",
            "authorization",
            "bearer",
            "json",
            "file",
            "xml",
            "variable",
        ),
        *("code", "url-with-a-password", "key-id"),
    ],
)
def test_secrets_are_hidden_by_their_names_and_shapes(text: str, left: str) -> None:
    """Whatever they are."""
    assert redacted(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "The security token included in the request is expired",
        "Signature expired: 20261121T100000Z is now earlier than 20261121T100500Z",
        "They come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: set new ones.",
        "nextToken=... logGroupName=/aws/amazonmq/broker/b-1/general",
        "User: arn:aws:sts::111122223333:assumed-role/ops/me is not authorized to perform: mq:X",
        "AWS cannot be reached: http://127.0.0.1:9/ asiapacificbrokers",
    ],
    ids=["expired", "clock", "prose", "parameters", "denied", "network"],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Else nobody could find out what is wrong."""
    assert redacted(text) == text


def test_secrets_of_the_run_are_hidden_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the end was cut off; ordinary words are no secrets, whoever uses them so."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    remember_secrets("AQoDYXdzEPT//////////wEXAMPLE", None, "short")
    told = "a wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY b AQoDYXdzEPT//////… c short"
    assert redacted(told) == f"a {HIDDEN} b {HIDDEN}… c short"


def test_a_quoted_request() -> None:
    """As AWS quotes it in its errors."""
    assert TOKEN[:20] not in redacted(CANONICAL)
    assert "x-amz-date:20261121T100000Z" in redacted(CANONICAL)
    assert error_text(ValueError(CANONICAL)) == f"ValueError: {redacted(CANONICAL)}"
