"""Conditions: each operator, on a statement that allows everything else, through `decide`."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.policies import ABSENT, Document, Effect, Request, decide

ALLOWED, NOT_ALLOWED, UNDECIDED = Effect.ALLOWED, Effect.NOT_ALLOWED, Effect.UNDECIDED
MSK_ARN = "arn:aws:logs:us-east-1:111122223333:delivery-source:msk"


def outcome(
    conditions: dict[str, Any], context: dict[str, Any], version: str = "2012-10-17"
) -> Effect:
    """What a statement that allows everything under a condition says."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": conditions}
    document = Document.parse({"Version": version, "Statement": statement})
    return decide([document], Request("s3:PutObject", "arn:aws:s3:::b/key", None, context)).effect


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", "a*", "a*", True),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", [], "b", False),
        ("stringequals", "a", "a", True),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringEqualsIgnoreCase", "Abc", "aBC", True),
        ("StringNotEqualsIgnoreCase", "Abc", "aBC", False),
        ("StringNotEqualsIgnoreCase", "Abc", "abd", True),
        ("StringLike", "a*c", "abc", True),
        ("StringLike", "a*c", "Abc", False),
        ("StringLike", "a?c", "abc", True),
        ("StringLike", "a?c", "ac", False),
        ("StringLike", "a[b]c", "abc", False),
        ("StringLike", "*", "", True),
        ("StringNotLike", "a*", "abc", False),
        ("StringNotLike", "a*", "bc", True),
        # Only ARN operators compare part by part.
        ("StringLike", "arn:*:finance/*", "arn:aws:s:r:1:store:2:finance/x", True),
        ("ArnLike", "arn:aws:logs:us-east-1:111122223333:*", MSK_ARN, True),
        ("ArnEquals", "arn:aws:logs:us-east-1:111122223333:*", MSK_ARN, True),
        ("ArnLike", "arn:aws:logs:*:111122223333:delivery*", MSK_ARN, True),
        ("ArnLike", "arn:aws:logs:us-west-2:111122223333:*", MSK_ARN, False),
        ("ArnLike", "arn:aws:logs:*:delivery-source:msk:*", MSK_ARN, False),
        ("ArnLike", "ARN:aws:logs:us-east-1:111122223333:*", MSK_ARN, False),
        ("ArnLike", "arn:aws:s:*:1:finance/*", "arn:aws:s:r:2:store:1:finance/x", False),
        ("ArnLike", "arn:aws:*", MSK_ARN, None),
        ("ArnLike", "*", MSK_ARN, None),
        ("ArnLike", "arn:aws:logs:*:*:*", "111122223333", False),
        ("ArnNotLike", "arn:aws:logs:us-east-1:111122223333:*", MSK_ARN, False),
        ("ArnNotEquals", "arn:aws:logs:us-west-2:111122223333:*", MSK_ARN, True),
        ("Bool", "true", "true", True),
        ("Bool", True, "True", True),
        ("Bool", "false", "true", False),
        ("Bool", "yes", "true", None),
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", 10, "11", False),
        ("NumericNotEquals", "10", "11", True),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "10", False),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("NumericEquals", "ten", "10", None),
        ("NumericEquals", "NaN", "10", None),
        ("NumericLessThan", "Infinity", "10", None),
        ("NumericEquals", "9" * 5000, "10", False),
        ("NumericEquals", "1e999999999", "10", False),
        ("DateEquals", "2026-11-20T23:20:00Z", "2026-11-21T00:20:00+01:00", True),
        ("DateNotEquals", "2026-11-20", "2026-11-21", True),
        ("DateLessThan", "2026-11-20T23:20:00Z", "2026-11-20T23:19:59Z", True),
        ("DateLessThanEquals", "2026-11-20", "2026-11-20T00:00:00Z", True),
        ("DateGreaterThan", "1795216800", "2026-11-20T23:20:00Z", False),
        ("DateGreaterThanEquals", "1795216800", "2026-11-20T23:20:00Z", True),
        ("DateEquals", "tomorrow", "2026-11-20", None),
        ("DateEquals", "9" * 13, "2026-11-20", None),
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
        ("IpAddress", ["2001:db8::/32", "198.51.100.1"], "198.51.100.1", True),
        ("IpAddress", "203.0.113.0/24", "198.51.100.1", False),
        ("IpAddress", "203.0.113.0/24", "2001:db8::1", False),
        ("NotIpAddress", "203.0.113.0/24", "198.51.100.1", True),
        ("IpAddress", "here", "198.51.100.1", None),
        ("IpAddress", "203.0.113.9/24", "203.0.113.9", None),
        ("Null", "false", "x", True),
        ("Null", "true", "x", False),
        ("Null", ["true", "false"], "x", True),
        ("Null", "perhaps", "x", None),
        ("BinaryEquals", "QQ==", "QQ==", None),
        ("StringMatches", "x", "x", None),
        ("NullIfExists", "true", "x", None),
        ("ForSomeValues:StringEquals", "x", "x", None),
        ("", "x", "x", None),
        # One value that covers is enough, whatever cannot be said of the others.
        ("NumericEquals", ["ten", "10"], "10", True),
        ("NumericNotEquals", ["ten", "10"], "10", False),
        ("NumericNotEquals", ["ten", "10"], "11", None),
    ],
)
def test_operators(operator: str, wanted: Any, value: str, expected: bool | None) -> None:
    """One value of the policy, one of the request; None where it cannot be judged."""
    result = outcome({operator: {"the:key": wanted}}, {"the:key": value})
    assert result is {True: ALLOWED, False: NOT_ALLOWED, None: UNDECIDED}[expected]


@pytest.mark.parametrize(
    ("operator", "wanted", "expected"),
    [
        ("StringEquals", "a", False),
        ("StringLike", "*", False),
        ("StringNotEquals", "a", True),
        ("StringNotEqualsIgnoreCase", "a", True),
        ("StringNotLike", "*", True),
        ("ArnLike", "arn:aws:logs:*:*:*", False),
        ("ArnNotLike", "arn:aws:logs:*:*:*", True),
        ("Bool", "true", False),
        ("NumericNotEquals", "1", True),
        ("NumericGreaterThan", "1", False),
        ("DateNotEquals", "2026-11-20", True),
        ("IpAddress", "0.0.0.0/0", False),
        ("NotIpAddress", "0.0.0.0/0", True),
        ("StringEqualsIfExists", "a", True),
        ("StringNotEqualsIfExists", "a", True),
        ("boolifexists", "true", True),
        ("Null", "true", True),
        ("Null", "false", False),
        ("ForAllValues:StringEquals", "a", True),
        ("ForAnyValue:StringEquals", "a", False),
        ("ForAnyValue:StringNotEquals", "a", False),
        ("ForAnyValue:StringEqualsIfExists", "a", True),
        ("BinaryEquals", "QQ==", None),
    ],
)
def test_a_key_that_is_not_in_the_request(
    operator: str, wanted: str, expected: bool | None
) -> None:
    """Negated operators match then, IfExists always does."""
    result = outcome({operator: {"the:key": wanted}}, {"the:key": ABSENT})
    assert result is {True: ALLOWED, False: NOT_ALLOWED, None: UNDECIDED}[expected]


@pytest.mark.parametrize(
    "operator",
    [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIfExists",
        "Null",
        "ForAllValues:StringEquals",
    ],
)
def test_a_key_of_which_nothing_is_known(operator: str) -> None:
    """A key that the context does not name is not taken for one that is absent."""
    assert outcome({operator: {"aws:PrincipalOrgID": "true"}}, {}) is UNDECIDED


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "c"), False),
        ("ForAnyValue:StringEquals", ("c", "b"), True),
        ("ForAnyValue:StringEquals", ("c", "d"), False),
        ("foranyvalue:stringlike", ("c", "a"), True),
        ("ForAllValues:StringNotEquals", ("c", "d"), True),
        ("ForAllValues:StringNotEquals", ("c", "a"), False),
        ("ForAnyValue:StringNotEquals", ("c", "a"), True),
        ("ForAnyValue:StringNotEquals", ("b", "a"), False),
        # What AWS does here is not documented.
        ("StringEquals", ("a", "b"), None),
        ("StringNotEquals", ("c", "d"), None),
        # A set of empty strings is an empty set.
        ("ForAllValues:StringEquals", ("",), True),
        ("ForAnyValue:StringEquals", ("",), False),
    ],
)
def test_several_values_in_the_request(
    operator: str, values: tuple[str, ...], expected: bool | None
) -> None:
    """ForAllValues and ForAnyValue say which of the request's values count."""
    result = outcome({operator: {"aws:TagKeys": ["a", "b"]}}, {"aws:TagKeys": values})
    assert result is {True: ALLOWED, False: NOT_ALLOWED, None: UNDECIDED}[expected]


def test_keys_are_the_same_in_any_case() -> None:
    """Condition keys are not case-sensitive."""
    conditions = {"StringEquals": {"AWS:sourceaccount": "1"}}
    assert outcome(conditions, {"aws:SourceAccount": "1"}) is ALLOWED


def test_every_operator_and_key_must_hold() -> None:
    """One that fails keeps the statement from applying."""
    conditions = {
        "StringEquals": {"aws:SourceAccount": "1", "s3:x-amz-acl": "private"},
        "ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:1:*"},
    }
    context = {
        "aws:SourceAccount": "1",
        "s3:x-amz-acl": "private",
        "aws:SourceArn": "arn:aws:logs:us-east-1:1:x",
    }
    assert outcome(conditions, context) is ALLOWED
    for key in context:
        assert outcome(conditions, context | {key: "other"}) is NOT_ALLOWED


def test_a_condition_that_fails_outweighs_one_that_cannot_be_judged() -> None:
    """False and unknown is false."""
    conditions = {"StringEquals": {"aws:PrincipalOrgID": "o-123", "aws:SourceAccount": "1"}}
    assert outcome(conditions, {"aws:SourceAccount": "2"}) is NOT_ALLOWED
    assert outcome(conditions, {"aws:SourceAccount": "1"}) is UNDECIDED


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "expected"),
    [
        ("StringEquals", "${aws:username}", "ann", True),
        ("StringEquals", "${AWS:UserName}", "ann", True),
        ("StringEquals", "home/${aws:username}/", "home/bob/", False),
        ("StringLike", "home/${aws:username}/*", "home/ann/x", True),
        ("StringLike", "${the:wild}", "*", True),
        ("StringLike", "${the:wild}", "x", False),
        ("StringLike", "a${*}b${?}c${$}", "a*b?c$", True),
        ("StringLike", "a${*}", "ab", False),
        ("StringEquals", "a${*}", "a*", True),
        ("ArnLike", "arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/ann", True),
        ("StringEquals", "${the:nothing, 'x, ''y'}", "x, ''y", True),
        ("StringEquals", "${aws:username, 'x'}", "ann", True),
        ("StringEquals", "${the:nothing}", "${the:nothing}", False),
        ("StringNotEquals", "${the:nothing}", "x", True),
        ("StringEquals", ["${the:nothing}", "x"], "x", True),
        ("StringEquals", "${the:unknown}", "x", None),
        ("StringEquals", ["${the:unknown}", "x"], "x", True),
        ("StringNotEquals", ["${the:unknown}", "x"], "x", False),
        ("StringNotEquals", "${the:unknown}", "x", None),
        ("StringEquals", "${the:unknown, 'x'}", "x", None),
        ("StringEquals", "${the:several}", "x", None),
        ("StringEquals", "${aws:username", "x", None),
        # Not for other operators.
        ("NumericEquals", "${the:number}", "1", None),
    ],
)
def test_policy_variables(operator: str, wanted: Any, value: str, expected: bool | None) -> None:
    """A variable is its key's value; one without a value equals nothing."""
    context = {
        "the:key": value,
        "aws:username": "ann",
        "the:wild": "*",
        "the:number": "1",
        "the:several": ("x", "y"),
        "the:nothing": ABSENT,
    }
    result = outcome({operator: {"the:key": wanted}}, context)
    assert result is {True: ALLOWED, False: NOT_ALLOWED, None: UNDECIDED}[expected]


def test_variables_are_plain_text_before_2012() -> None:
    """Version 2008-10-17 has none."""
    conditions = {"StringEquals": {"the:key": "${aws:username}"}}
    context = {"the:key": "${aws:username}", "aws:username": "ann"}
    assert outcome(conditions, context, "2008-10-17") is ALLOWED
    assert outcome(conditions, context | {"the:key": "ann"}, "2008-10-17") is NOT_ALLOWED


PAIRS = [
    ("StringEquals", "StringNotEquals"),
    ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    ("StringLike", "StringNotLike"),
    ("ArnLike", "ArnNotLike"),
    ("ArnEquals", "ArnNotEquals"),
    ("NumericEquals", "NumericNotEquals"),
    ("DateEquals", "DateNotEquals"),
    ("IpAddress", "NotIpAddress"),
]
VALUES = st.sampled_from(
    [
        "a",
        "A",
        "a*",
        "?",
        "1",
        "1.0",
        "2026-11-20",
        "10.0.0.1",
        "10.0.0.0/8",
        "arn:aws:s3:::b",
        "arn:aws:s3:::*",
        "${k:v}",
        "",
    ]
)


@given(st.sampled_from(PAIRS), st.lists(VALUES, max_size=3), VALUES)
def test_a_negated_operator_is_the_opposite(
    pair: tuple[str, str], wanted: list[str], value: str
) -> None:
    """Of the plain one, for any values."""
    opposite = {ALLOWED: NOT_ALLOWED, NOT_ALLOWED: ALLOWED, UNDECIDED: UNDECIDED}
    plain, negated = (outcome({name: {"k:k": wanted}}, {"k:k": value}) for name in pair)
    assert negated is opposite[plain]


@given(
    st.sampled_from([name for pair in PAIRS for name in pair] + ["Bool", "NumericLessThan"]),
    st.lists(VALUES, max_size=3),
    VALUES.filter(bool),
)
def test_suffix_and_prefixes_change_nothing_for_one_value(
    name: str, wanted: list[str], value: str
) -> None:
    """They are about keys with no or several values."""
    plain = outcome({name: {"k:k": wanted}}, {"k:k": value})
    for other in (f"{name}IfExists", f"ForAllValues:{name}", f"ForAnyValue:{name}", name.upper()):
        assert outcome({other: {"k:k": wanted}}, {"k:k": value}) is plain


GLOBS = st.text("ab*?.[", max_size=10)


@given(GLOBS, st.text("ab.[\n", max_size=10))
def test_wildcards_are_those_of_a_regular_expression(glob: str, value: str) -> None:
    """`*` is `.*` and `?` is `.`; nothing else is special."""
    expression = re.escape(glob).replace(r"\*", ".*").replace(r"\?", ".")
    expected = ALLOWED if re.fullmatch(expression, value, re.DOTALL) else NOT_ALLOWED
    assert outcome({"StringLike": {"k:k": glob}}, {"k:k": value}) is expected


@pytest.mark.parametrize("glob", ["*a" * 40_000 + "b", "*" * 90_000 + "b", "a*" * 500 + "b"])
def test_hostile_wildcards_come_to_an_end(glob: str) -> None:
    """The work does not grow with the number of wildcards."""
    assert outcome({"StringLike": {"k:k": glob}}, {"k:k": "a" * 1000}) is NOT_ALLOWED


@pytest.mark.parametrize(
    "value",
    ["${" * 40_000, "${a" * 30_000 + "}", "${a,'" + "'" * 80_000 + "x}", "${a, '" + " " * 80_000],
)
def test_hostile_variables_come_to_an_end(value: str) -> None:
    """What is not closed, or has no value, cannot be judged."""
    assert outcome({"StringEquals": {"k:k": value}}, {"k:k": "a"}) is UNDECIDED


@given(st.text(), st.text(), st.lists(st.text(), max_size=2), st.text())
def test_any_condition_is_judged_or_said_to_be_unjudged(
    operator: str, key: str, wanted: list[str], value: str
) -> None:
    """No operator, key or value raises."""
    result = outcome({operator: {key: wanted}}, {key: value})
    assert result in (ALLOWED, NOT_ALLOWED, UNDECIDED)


@given(
    st.sampled_from([name for pair in PAIRS for name in pair] + ["Bool", "Null", "DateLessThan"]),
    st.lists(st.text(), max_size=2),
    st.text(),
)
def test_any_values_can_be_compared(operator: str, wanted: list[str], value: str) -> None:
    """No text that is no number, date or ARN raises."""
    assert outcome({operator: {"k:k": wanted}}, {"k:k": value}) is not Effect.DENIED
