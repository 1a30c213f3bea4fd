"""Reading policy documents, through `Document.parse`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.policies import Condition, Document, PolicyError, PrincipalElement

ALLOW = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}


def changed(**elements: Any) -> dict[str, Any]:
    """A document whose one statement has these elements; None takes one away."""
    statement = ALLOW | elements
    return {"Statement": {key: value for key, value in statement.items() if value is not None}}


def test_everything_of_a_statement_is_read() -> None:
    """Strings and lists become tuples, numbers and booleans text."""
    text = """{
      "Version": "2012-10-17",
      "Id": "delivery",
      "Statement": [{
        "Sid": "Write",
        "Effect": "Deny",
        "NotPrincipal": {"Service": ["mq.amazonaws.com", "a.amazonaws.com"], "AWS": "111122223333"},
        "NotAction": ["logs:Get*", "logs:Describe*"],
        "NotResource": "arn:aws:logs:*:*:log-group:/aws/amazonmq/*",
        "Condition": {
          "StringEquals": {"aws:SourceAccount": ["111122223333", "444455556666"]},
          "Bool": {"aws:SecureTransport": true},
          "NumericLessThan": {"s3:max-keys": 10}
        }
      }]
    }"""
    document = Document.parse(text, "amq")
    assert document.name == "amq"
    assert document.plain == json.loads(text)
    assert json.loads(document.text) == document.plain
    assert "\n" not in document.text
    (statement,) = document.statements
    assert statement.document is document
    assert (statement.index, statement.sid, statement.effect) == (0, "Write", "Deny")
    assert statement.not_principals == (
        PrincipalElement("Service", "mq.amazonaws.com"),
        PrincipalElement("Service", "a.amazonaws.com"),
        PrincipalElement("AWS", "111122223333"),
    )
    assert statement.not_actions == ("logs:Get*", "logs:Describe*")
    assert statement.not_resources == ("arn:aws:logs:*:*:log-group:/aws/amazonmq/*",)
    assert (statement.principals, statement.actions, statement.resources) == (None, None, None)
    assert statement.conditions == (
        Condition("StringEquals", "aws:SourceAccount", ("111122223333", "444455556666")),
        Condition("Bool", "aws:SecureTransport", ("true",)),
        Condition("NumericLessThan", "s3:max-keys", ("10",)),
    )
    assert statement.plain == document.plain["Statement"][0]


def test_one_statement_needs_no_list() -> None:
    """Nor does one action or one resource."""
    (statement,) = Document.parse({"Statement": ALLOW}).statements
    assert statement.actions == ("logs:PutLogEvents",)
    assert statement.resources == ("*",)
    assert statement.sid == ""
    assert statement.conditions == ()


def test_statements_keep_their_order() -> None:
    """And know their place."""
    document = Document.parse({"Statement": [ALLOW | {"Sid": sid} for sid in "abc"]})
    assert [(one.index, one.sid) for one in document.statements] == [(0, "a"), (1, "b"), (2, "c")]


def test_everybody_as_principal() -> None:
    """A principal that is no object."""
    (statement,) = Document.parse(changed(Principal="*")).statements
    assert statement.principals == (PrincipalElement("*", "*"),)


def test_a_statement_may_name_no_resource() -> None:
    """It is about what it is attached to."""
    (statement,) = Document.parse(changed(Resource=None)).statements
    assert (statement.resources, statement.not_resources) == (None, None)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ('"Statement"', "no JSON object"),
        ('{"Statement": NaN}', "no JSON"),
        ('{"Statement": [], "Id": 1e999}', "no JSON"),
        ('{"Statement": [], "Id": "\\ud800"}', "no JSON"),
        ("[" * 50_000, "no JSON"),
        ('{"a":' * 15_000, "no JSON"),
        ({"Statement": {1, 2}}, "no JSON"),
        ({"Statement": [float("inf")]}, "no JSON"),
        ({}, "no Statement"),
        ({"Statement": "Allow"}, "Statement 1 is no JSON object"),
        ({"Statement": [ALLOW, 7]}, "Statement 2 is no JSON object"),
        ({"Version": "2020-01-01", "Statement": []}, 'unknown Version, "2020-01-01"'),
        ({"Version": ["2012-10-17"], "Statement": []}, "unknown Version"),
        (changed(Sid=3), "Sid"),
        (changed(Effect=None), "neither"),
        (changed(Effect="allow"), "neither"),
        (changed(Effect=["Allow"]), "neither"),
        (changed(Action=None), "neither Action nor NotAction"),
        (changed(NotAction="logs:*"), "both Action and NotAction"),
        (changed(NotResource="*"), "both Resource and NotResource"),
        (changed(Principal="*", NotPrincipal="*"), "both Principal and NotPrincipal"),
        (changed(Action=[]), "the Action of Statement 1"),
        (changed(Action=""), "the Action of Statement 1"),
        (changed(Action=["logs:*", 1]), "the Action of Statement 1"),
        (changed(Resource={"arn": "*"}), "the Resource of Statement 1"),
        (changed(Principal="mq.amazonaws.com"), "the Principal of Statement 1"),
        (changed(Principal=["*"]), "the Principal of Statement 1"),
        (changed(Principal={}), "the Principal of Statement 1"),
        (changed(Principal={"service": "mq.amazonaws.com"}), 'unknown kind "service"'),
        (changed(Principal={"x" * 1000: "*"}), "…"),
        (changed(Principal={"Service": []}), "the Principal of Statement 1"),
        (changed(Condition="none"), "Condition"),
        (changed(Condition={"StringEquals": "x"}), "Condition"),
        (changed(Condition={"StringEquals": {"aws:SourceAccount": {}}}), "condition value"),
        (changed(Condition={"StringEquals": {"aws:SourceAccount": [["1"]]}}), "condition value"),
        (changed(Resource="x" * 110_000), "longer than"),
        ('{"Statement": [], "Id": "' + "x" * 110_000 + '"}', "longer than"),
        ('{"Statement": {"Effect": "Allow", "Effect": "Deny"}}', '"Effect" twice'),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(
    document: str | dict[str, Any], words: str
) -> None:
    """One sentence, short, whatever is wrong."""
    with pytest.raises(PolicyError) as raised:
        Document.parse(document)
    sentence = str(raised.value)
    assert words in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 250


def test_a_document_that_holds_itself() -> None:
    """An object can, though JSON cannot."""
    document: dict[str, Any] = {"Statement": []}
    document["Statement"].append(document)
    with pytest.raises(PolicyError):
        Document.parse(document)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)


@given(st.dictionaries(st.sampled_from(_ELEMENTS), _JSON | st.just("Allow") | st.just("*")))
def test_any_statement_is_read_or_refused(statement: dict[str, Any]) -> None:
    """And what is read can be read again."""
    try:
        document = Document.parse({"Statement": [statement]})
    except PolicyError:
        return
    assert Document.parse(document.text).plain == document.plain


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but PolicyError comes out."""
    with pytest.raises(PolicyError):
        Document.parse(text)
