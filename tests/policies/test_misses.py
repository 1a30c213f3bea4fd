"""What keeps a statement from applying, through `misses`, `arn_difference` and `arn_part`."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.policies import (
    ABSENT,
    ARN_PARTS,
    Document,
    Effect,
    Miss,
    Principal,
    Request,
    arn_difference,
    arn_part,
    decide,
    misses,
)

GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/amazonmq/broker/b-1/general"
REQUEST = Request(
    "logs:PutLogEvents",
    GROUP,
    Principal.service("mq.amazonaws.com"),
    {"aws:SourceAccount": "111122223333", "aws:SourceArn": ABSENT},
)
STATEMENT = {
    "Effect": "Allow",
    "Principal": {"Service": "mq.amazonaws.com"},
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "arn:aws:logs:*:*:log-group:/aws/amazonmq/*",
}


def missed(without: str = "", **elements: Any) -> tuple[Miss, ...]:
    """What keeps the statement, changed so, from applying to the request."""
    statement = {key: said for key, said in STATEMENT.items() if key != without} | elements
    (read,) = Document.parse({"Version": "2012-10-17", "Statement": statement}).statements
    return misses(read, REQUEST)


def test_a_statement_that_applies_has_none() -> None:
    """Whether it allows or denies."""
    assert missed() == ()
    assert missed(Effect="Deny") == ()


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        (
            {"Principal": {"Service": ["s3.amazonaws.com", "logs.amazonaws.com"]}},
            Miss(
                "principal",
                "Service s3.amazonaws.com, Service logs.amazonaws.com",
                "Service mq.amazonaws.com",
            ),
        ),
        (
            {"Principal": {"AWS": "mq.amazonaws.com"}},
            Miss("principal", "AWS mq.amazonaws.com", "Service mq.amazonaws.com"),
        ),
        (
            {"without": "Principal", "NotPrincipal": "*"},
            Miss("principal", "all but *", "Service mq.amazonaws.com"),
        ),
        ({"without": "Principal"}, Miss("principal", "", "Service mq.amazonaws.com")),
        (
            {"Action": "logs:CreateLogStream"},
            Miss("action", "logs:CreateLogStream", "logs:PutLogEvents"),
        ),
        (
            {"Action": ["a:a", "b:b", "c:c", "d:d", "e:e"]},
            Miss("action", "a:a, b:b, c:c and 2 more", "logs:PutLogEvents"),
        ),
        (
            {"without": "Action", "NotAction": "logs:Put*"},
            Miss("action", "all but logs:Put*", "logs:PutLogEvents"),
        ),
        (
            {"Resource": "arn:aws:logs:us-west-2:*:log-group:/aws/amazonmq/*"},
            Miss("resource", "arn:aws:logs:us-west-2:*:log-group:/aws/amazonmq/*", GROUP),
        ),
        (
            {"without": "Resource", "NotResource": "arn:aws:logs:*"},
            Miss("resource", "all but arn:aws:logs:*", GROUP),
        ),
        (
            {"Condition": {"StringEquals": {"AWS:SourceAccount": ["1", "2"]}}},
            Miss(
                "condition",
                "StringEquals AWS:SourceAccount = 1, 2",
                "AWS:SourceAccount = 111122223333",
            ),
        ),
        (
            {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:mq:*:*:broker:*"}}},
            Miss(
                "condition",
                "ArnLike aws:SourceArn = arn:aws:mq:*:*:broker:*",
                "no aws:SourceArn",
            ),
        ),
    ],
)
def test_one_element_that_does_not_fit(elements: dict[str, Any], expected: Miss) -> None:
    """What the statement says, and what the request is."""
    assert missed(**elements) == (expected,)


def test_all_that_do_not_fit_are_named() -> None:
    """Each condition by itself."""
    found = missed(
        Principal={"Service": "s3.amazonaws.com"},
        Action="s3:*",
        Resource="arn:aws:s3:::*",
        Condition={
            "StringEquals": {"aws:SourceAccount": "1", "aws:PrincipalOrgID": "o-123"},
            "Null": {"aws:SourceArn": "false"},
        },
    )
    assert [miss.element for miss in found] == [
        "principal",
        "action",
        "resource",
        "condition",
        "condition",
    ]
    assert [miss.has for miss in found[3:]] == [
        "StringEquals aws:SourceAccount = 1",
        "Null aws:SourceArn = false",
    ]


def test_what_cannot_be_judged_is_no_miss() -> None:
    """`decide` names it."""
    assert missed(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-123"}}) == ()


def test_principals_are_not_looked_at_in_identity_policies() -> None:
    """A request without a principal asks such."""
    (statement,) = Document.parse({"Statement": STATEMENT}).statements
    assert misses(statement, Request("logs:PutLogEvents", GROUP)) == ()


def test_texts_are_short() -> None:
    """However long the policy is."""
    (miss,) = missed(Resource=["x" * 5000, "y" * 5000, "z" * 5000, "arn:aws:s3:::*"])
    assert len(miss.has) < 2000
    assert miss.has.endswith(" and 1 more")


@given(
    st.fixed_dictionaries(
        {
            "Principal": st.sampled_from(["*", {"Service": "a"}, {"AWS": "1"}]),
            "Action": st.sampled_from(["*", "s3:*", "logs:Put*"]),
            "Resource": st.sampled_from(["*", "arn:aws:logs:*", "arn:aws:s3:::*"]),
            "Condition": st.sampled_from(
                [
                    {},
                    {"StringEquals": {"aws:SourceAccount": "111122223333"}},
                    {"StringNotLike": {"aws:SourceAccount": "1111*"}},
                    {"Null": {"aws:SourceArn": "true"}},
                ]
            ),
        }
    )
)
def test_nothing_is_missed_where_the_statement_decides(elements: dict[str, Any]) -> None:
    """And something is where it does not."""
    policy = Document.parse({"Statement": {"Effect": "Allow"} | elements})
    allowed = decide([policy], REQUEST).effect is Effect.ALLOWED
    assert allowed is (misses(policy.statements[0], REQUEST) == ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("*", None),
        (GROUP, None),
        ("arn:aws:logs:*:*:log-group:/aws/amazonmq/*", None),
        ("arn:aws:logs:*", None),
        ("/aws/amazonmq/*", "arn"),
        ("", "arn"),
        ("arn:aws-cn:logs:*:*:log-group:/aws/amazonmq/*", "partition"),
        ("arn:aws:s3:::bucket", "service"),
        ("arn:aws:logs:us-west-2:*:log-group:/aws/amazonmq/*", "region"),
        ("arn:aws:logs:us-west-2:1:log-group:x", "region"),
        ("arn:aws:logs:us-east-?:1:log-group:/aws/amazonmq/*", "account"),
        ("arn:aws:logs:*:*:log-group:/aws/msk/*", "resource"),
        ("arn:aws:logs:us-east-1", "resource"),
        ("arn:aws:logs:*:*:log-group:/${aws:username}/*", "resource"),
    ],
)
def test_the_part_of_an_arn_that_differs(value: str, expected: str | None) -> None:
    """The first one."""
    assert arn_difference(value, GROUP) == expected


@given(st.lists(st.sampled_from(["arn", "aws", "*", "a?", "", "b:c"]), max_size=7), st.data())
def test_a_part_differs_where_the_resource_is_missed(parts: list[str], data: st.DataObject) -> None:
    """For any value, the two agree."""
    value = ":".join(["arn", *parts])
    resource = ":".join(
        ["arn", *data.draw(st.lists(st.sampled_from(["aws", "ab", "", "c"]), max_size=6))]
    )
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": value}
    (read,) = Document.parse({"Statement": statement}).statements
    request = Request("s3:GetObject", resource, Principal.service("a.amazonaws.com"))
    difference = arn_difference(value, resource)
    assert (difference is None) is (misses(read, request) == ())
    assert difference is None or difference in ARN_PARTS


def test_the_parts_of_an_arn() -> None:
    """The resource may hold colons; what is not there is empty."""
    assert [arn_part(GROUP, part) for part in ARN_PARTS] == [
        "arn",
        "aws",
        "logs",
        "us-east-1",
        "111122223333",
        "log-group:/aws/amazonmq/broker/b-1/general",
    ]
    assert arn_part("arn:aws:logs", "region") == ""
