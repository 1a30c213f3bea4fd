"""What documents decide together, through `decide`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.iam.access_control import IAMPolicy, PermissionResult

from mqtail.policies import ABSENT, Decision, Document, Effect, Principal, Request, decide

ALLOWED, DENIED = Effect.ALLOWED, Effect.DENIED
NOT_ALLOWED, UNDECIDED = Effect.NOT_ALLOWED, Effect.UNDECIDED

GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/amazonmq/broker/b-1/general"
MQ = Principal.service("mq.amazonaws.com")
ANN = Principal.aws("arn:aws:iam::111122223333:user/ann", account="111122223333")
SESSION = Principal.aws(
    "arn:aws:sts::111122223333:assumed-role/Operator/ann", account="111122223333"
)
ORGANISATION = {"StringEquals": {"aws:PrincipalOrgID": "o-123"}}


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> Document:
    """A document of statements; what they do not say covers everything."""
    general = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    whole = []
    for statement in statements:
        left_out = {element.removeprefix("Not") for element in statement if "Not" in element}
        kept = {element: said for element, said in general.items() if element not in left_out}
        whole.append(kept | statement)
    return Document.parse({"Version": version, "Statement": whole})


def decided(
    *statements: dict[str, Any],
    action: str = "logs:PutLogEvents",
    resource: str = GROUP,
    principal: Principal | None = MQ,
    context: dict[str, Any] | None = None,
    version: str = "2012-10-17",
) -> Decision:
    """The decision of one document."""
    policy = document(*statements, version=version)
    return decide([policy], Request(action, resource, principal, context or {}))


def sids(decision: Decision) -> list[str]:
    """The Sids of the statements that decide."""
    return [statement.sid for statement in decision.statements]


@pytest.mark.parametrize(
    ("named", "principal", "expected"),
    [
        ({"Principal": "*"}, MQ, ALLOWED),
        ({"Principal": "*"}, ANN, ALLOWED),
        ({"Principal": {"AWS": "*"}}, MQ, ALLOWED),
        ({"Principal": {"AWS": "*"}}, ANN, ALLOWED),
        ({"Principal": {"Service": "mq.amazonaws.com"}}, MQ, ALLOWED),
        ({"Principal": {"Service": ["s3.amazonaws.com", "mq.amazonaws.com"]}}, MQ, ALLOWED),
        ({"Principal": {"Service": "amazonmq.amazonaws.com"}}, MQ, NOT_ALLOWED),
        ({"Principal": {"Service": "*.amazonaws.com"}}, MQ, NOT_ALLOWED),
        ({"Principal": {"Service": "*"}}, MQ, UNDECIDED),
        ({"Principal": {"Service": ["*", "mq.amazonaws.com"]}}, MQ, ALLOWED),
        ({"Principal": {"AWS": "mq.amazonaws.com"}}, MQ, NOT_ALLOWED),
        ({"Principal": {"AWS": "111122223333"}}, MQ, NOT_ALLOWED),
        ({"Principal": {"Federated": "*"}}, MQ, NOT_ALLOWED),
        ({"Principal": {"AWS": ["1", "2"], "Service": "mq.amazonaws.com"}}, MQ, ALLOWED),
        ({"Principal": {"AWS": "111122223333"}}, ANN, ALLOWED),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, ANN, ALLOWED),
        ({"Principal": {"AWS": "arn:aws:iam::444455556666:root"}}, ANN, NOT_ALLOWED),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:user/ann"}}, ANN, ALLOWED),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:user/Ann"}}, ANN, NOT_ALLOWED),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:user/*"}}, ANN, NOT_ALLOWED),
        ({"Principal": {"CanonicalUser": "79a59d"}}, ANN, UNDECIDED),
        ({"Principal": {"CanonicalUser": "79a59d"}}, MQ, NOT_ALLOWED),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:role/Operator"}}, SESSION, ALLOWED),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:role/a/Operator"}}, SESSION, ALLOWED),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:role/Other"}}, SESSION, NOT_ALLOWED),
        ({"Principal": {"AWS": "arn:aws:iam::444455556666:role/Operator"}}, SESSION, NOT_ALLOWED),
        ({"Principal": {"AWS": SESSION.value}}, SESSION, ALLOWED),
        ({"NotPrincipal": {"Service": "mq.amazonaws.com"}}, MQ, NOT_ALLOWED),
        ({"NotPrincipal": {"Service": "s3.amazonaws.com"}}, MQ, ALLOWED),
        ({"NotPrincipal": {"AWS": "111122223333"}}, ANN, NOT_ALLOWED),
        ({"NotPrincipal": {"Service": "*"}}, MQ, UNDECIDED),
        # Identity policies say who it is by where they are attached.
        ({"Principal": {"Service": "s3.amazonaws.com"}}, None, ALLOWED),
    ],
)
def test_principals(named: dict[str, Any], principal: Principal | None, expected: Effect) -> None:
    """Names, accounts, roles and everybody."""
    assert decided(named, principal=principal).effect is expected


def test_a_resource_policy_without_a_principal_covers_nobody() -> None:
    """A statement from an identity policy does nothing there."""
    policy = Document.parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    assert decide([policy], Request("logs:PutLogEvents", GROUP, MQ)).effect is NOT_ALLOWED
    assert decide([policy], Request("logs:PutLogEvents", GROUP)).effect is ALLOWED


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"Action": "logs:PutLogEvents"}, ALLOWED),
        ({"Action": "LOGS:putlogevents"}, ALLOWED),
        ({"Action": ["logs:CreateLogStream", "logs:PutLogEvents"]}, ALLOWED),
        ({"Action": "logs:CreateLogStream"}, NOT_ALLOWED),
        ({"Action": "logs:Put*"}, ALLOWED),
        ({"Action": "logs:?utLogEvents"}, ALLOWED),
        ({"Action": "logs:PutLogEvents?"}, NOT_ALLOWED),
        ({"Action": "logs:PutLog"}, NOT_ALLOWED),
        ({"Action": "*"}, ALLOWED),
        ({"Action": "*:*"}, ALLOWED),
        ({"NotAction": "logs:PutLogEvents"}, NOT_ALLOWED),
        ({"NotAction": ["s3:*", "LOGS:*"]}, NOT_ALLOWED),
        ({"NotAction": "s3:*"}, ALLOWED),
    ],
)
def test_actions(named: dict[str, Any], expected: Effect) -> None:
    """In any case, with wildcards."""
    assert decided(named).effect is expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"Resource": "*"}, ALLOWED),
        ({"Resource": GROUP}, ALLOWED),
        ({"Resource": GROUP.upper()}, NOT_ALLOWED),
        ({"Resource": "arn:aws:logs:*:*:log-group:/aws/amazonmq/*"}, ALLOWED),
        ({"Resource": "arn:aws:logs:us-?ast-1:*:*:/aws/*/general"}, ALLOWED),
        ({"Resource": "arn:aws:logs:us-west-2:*:log-group:/aws/amazonmq/*"}, NOT_ALLOWED),
        ({"Resource": "arn:aws-cn:logs:*:*:log-group:/aws/amazonmq/*"}, NOT_ALLOWED),
        ({"Resource": "arn:aws:logs:*:444455556666:log-group:/aws/amazonmq/*"}, NOT_ALLOWED),
        ({"Resource": "arn:aws:logs:*:*:log-group:/aws/amazonmq"}, NOT_ALLOWED),
        ({"Resource": "arn:aws:logs:*"}, ALLOWED),
        ({"Resource": ["arn:aws:s3:::*", "arn:aws:logs:*"]}, ALLOWED),
        ({"Resource": "arn:aws:logs"}, NOT_ALLOWED),
        ({"NotResource": "arn:aws:logs:*"}, NOT_ALLOWED),
        ({"NotResource": "arn:aws:s3:::*"}, ALLOWED),
    ],
)
def test_resources(named: dict[str, Any], expected: Effect) -> None:
    """With wildcards, which go beyond colons."""
    assert decided(named).effect is expected


@pytest.mark.parametrize("value", ["arn:aws:logs", "arn:aws:logs:us-east-1", "arn:*"])
def test_identity_policies_may_leave_the_end_of_an_arn_out(value: str) -> None:
    """AWS completes it there; elsewhere it is not documented."""
    assert decided({"Resource": value}, principal=None).effect is ALLOWED
    assert decided({"Resource": "arn:aws:s3"}, principal=None).effect is NOT_ALLOWED


def test_a_statement_without_a_resource_is_about_any() -> None:
    """It is about the resource that it is attached to."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*"}
    policy = Document.parse({"Statement": statement})
    assert decide([policy], Request("logs:PutLogEvents", GROUP, MQ)).effect is ALLOWED


def test_nothing_allows_by_itself() -> None:
    """Without documents, without statements."""
    request = Request("logs:PutLogEvents", GROUP, MQ)
    assert decide([], request) == Decision(NOT_ALLOWED)
    assert decide([document()], request) == Decision(NOT_ALLOWED)


def test_those_that_decide_are_named() -> None:
    """All of them, of all documents."""
    first = document({"Sid": "a"}, {"Sid": "b", "Action": "s3:*"}, {"Sid": "c"})
    second = document({"Sid": "d"})
    decision = decide([first, second], Request("logs:PutLogEvents", GROUP, MQ))
    assert decision.effect is ALLOWED
    assert sids(decision) == ["a", "c", "d"]
    assert decision.unjudged == ()


def test_an_explicit_deny_wins() -> None:
    """Wherever it stands, if it applies."""
    deny = {"Sid": "no", "Effect": "Deny", "Action": "logs:Put*"}
    for order in ([{}, deny], [deny, {}]):
        decision = decided(*order)
        assert decision.effect is DENIED
        assert sids(decision) == ["no"]
    assert decided({}, deny, action="logs:CreateLogStream").effect is ALLOWED
    assert decided(deny).effect is DENIED


def test_an_allow_that_cannot_be_judged() -> None:
    """It is undecided, and said why, unless another one allows."""
    maybe = {"Sid": "maybe", "Condition": ORGANISATION}
    decision = decided(maybe)
    assert decision.effect is UNDECIDED
    assert sids(decision) == ["maybe"]
    (unjudged,) = decision.unjudged
    assert unjudged.statement is decision.statements[0]
    assert (unjudged.operator, unjudged.key) == ("StringEquals", "aws:PrincipalOrgID")
    assert unjudged.values == ("o-123",)
    assert unjudged.text == "StringEquals aws:PrincipalOrgID = o-123"
    assert decided(maybe, {"Sid": "yes"}).effect is ALLOWED
    assert sids(decided(maybe, {"Sid": "yes"})) == ["yes"]
    assert decided(maybe, {"Effect": "Deny"}).effect is DENIED
    assert decided(maybe | {"Action": "s3:*"}) == Decision(NOT_ALLOWED)


def test_a_deny_that_cannot_be_judged() -> None:
    """It leaves undecided what another statement allows, or may allow."""
    maybe = {"Sid": "maybe", "Effect": "Deny", "Condition": ORGANISATION}
    allow = {"Sid": "yes"}
    decision = decided(maybe, allow)
    assert decision.effect is UNDECIDED
    assert sids(decision) == ["maybe"]
    assert [one.text for one in decision.unjudged] == ["StringEquals aws:PrincipalOrgID = o-123"]
    assert decided(maybe) == Decision(NOT_ALLOWED)
    assert decided(maybe, allow, {"Effect": "Deny", "Sid": "no"}).effect is DENIED
    both = decided(maybe, allow | {"Condition": {"Bool": {"the:key": "true"}}})
    assert both.effect is UNDECIDED
    assert sids(both) == ["maybe", "yes"]


def test_all_that_cannot_be_judged_is_named() -> None:
    """Each condition, a long list of values in short."""
    conditions = {
        "StringLike": {"a:a": [str(number) for number in range(9)]},
        "BinaryEquals": {"b:b": "x" * 5000},
        "StringEquals": {"c:c": "1"},
    }
    context = {"c:c": "1", "b:b": "1"}
    decision = decided({"Condition": conditions}, context=context)
    first, second = (one.text for one in decision.unjudged)
    assert first == "StringLike a:a = 0, 1, 2 and 6 more"
    assert second.startswith("BinaryEquals b:b = xxx")
    assert len(second) < 600


def test_principals_and_variables_that_cannot_be_judged_are_named() -> None:
    """As conditions are."""
    (principal,) = decided({"Principal": {"Service": "*"}}).unjudged
    assert principal.text == "Principal Service = *"
    value = "arn:aws:logs:*:*:log-group:/${aws:username}/*"
    (resource,) = decided({"Resource": ["arn:aws:s3:::*", value]}).unjudged
    assert resource.text == f"Resource aws:username = {value}"


@pytest.mark.parametrize(
    ("named", "name", "expected"),
    [
        ({"Resource": "arn:aws:s3:::b/${aws:username}/*"}, "ann", ALLOWED),
        ({"Resource": "arn:aws:s3:::b/${aws:username}/*"}, "bob", NOT_ALLOWED),
        ({"Resource": "arn:aws:s3:::b/${aws:username}/*"}, "*", NOT_ALLOWED),
        ({"Resource": "arn:aws:s3:::b/${aws:username}/*"}, None, UNDECIDED),
        ({"Resource": "arn:aws:s3:::b/${aws:username}/*"}, ABSENT, NOT_ALLOWED),
        ({"Resource": ["arn:aws:s3:::b/${aws:username}/*", "*"]}, None, ALLOWED),
        ({"Resource": "arn:aws:s3:::b/${aws:username, 'ann'}/*"}, ABSENT, ALLOWED),
        ({"NotResource": "arn:aws:s3:::b/${aws:username}/*"}, "ann", NOT_ALLOWED),
        ({"NotResource": "arn:aws:s3:::b/${aws:username}/*"}, None, UNDECIDED),
        ({"NotResource": "arn:aws:s3:::b/${aws:username}/*"}, ABSENT, ALLOWED),
    ],
)
def test_variables_in_resources(
    named: dict[str, Any], name: str | tuple[str, ...] | None, expected: Effect
) -> None:
    """One without a value covers no resource (Policy variables with no value)."""
    context = {} if name is None else {"aws:username": name}
    decision = decided(named, resource="arn:aws:s3:::b/ann/key", principal=None, context=context)
    assert decision.effect is expected


def test_no_variables_in_resources_before_2012() -> None:
    """They are plain text there, wildcards are not."""
    named = {"Resource": "arn:aws:s3:::b/${aws:username}/*"}
    for name, expected in (("ann", NOT_ALLOWED), ("${aws:username}", ALLOWED)):
        decision = decided(
            named,
            resource=f"arn:aws:s3:::b/{name}/key",
            context={"aws:username": "ann"},
            version="2008-10-17",
        )
        assert decision.effect is expected


@pytest.mark.parametrize("everybody", ["*", {"AWS": "*"}])
def test_services_are_exempt_from_a_deny_by_what_they_are(everybody: Any) -> None:
    """Condition keys follow from the principal, unless the context says otherwise."""
    deny = {
        "Effect": "Deny",
        "Principal": everybody,
        "Condition": {
            "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-1"},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }
    context: dict[str, Any] = {"aws:SourceVpc": ABSENT}
    assert decided({}, deny, context=context).effect is ALLOWED
    assert decided({}, deny, principal=ANN, context=context).effect is DENIED
    context["AWS:principalIsAwsService"] = "false"
    assert decided({}, deny, context=context).effect is DENIED


@pytest.mark.parametrize(
    ("key", "value", "principal", "expected"),
    [
        ("aws:PrincipalServiceName", "mq.amazonaws.com", MQ, ALLOWED),
        ("aws:PrincipalServiceName", "mq.amazonaws.com", ANN, NOT_ALLOWED),
        ("aws:PrincipalAccount", "111122223333", ANN, ALLOWED),
        ("aws:PrincipalAccount", "111122223333", MQ, UNDECIDED),
        ("aws:PrincipalAccount", "111122223333", None, UNDECIDED),
    ],
)
def test_keys_that_follow_from_the_principal(
    key: str, value: str, principal: Principal | None, expected: Effect
) -> None:
    """What is not sure of it stays unknown."""
    conditions = {"StringEquals": {key: value}}
    assert decided({"Condition": conditions}, principal=principal).effect is expected


def test_a_broker_shut_out_by_conditions() -> None:
    """The policy of the Amazon MQ guide, with the conditions against the confused deputy."""
    policy = document(
        {
            "Principal": {"Service": "mq.amazonaws.com"},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "arn:aws:logs:*:*:log-group:/aws/amazonmq/*",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": "111122223333"},
                "ArnLike": {"aws:SourceArn": "arn:aws:mq:us-east-1:111122223333:broker:*"},
            },
        }
    )
    context = {
        "aws:SourceAccount": "111122223333",
        "aws:SourceArn": "arn:aws:mq:us-east-1:111122223333:broker:orders:b-1",
    }
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        request = Request(action, f"{GROUP}:log-stream:activemq-b-1-1.log", MQ, context)
        assert decide([policy], request).effect is ALLOWED
    for key, value in (
        ("aws:SourceAccount", "444455556666"),
        ("aws:SourceArn", "arn:aws:mq:us-west-2:111122223333:broker:orders:b-1"),
        ("aws:SourceArn", ABSENT),
    ):
        request = Request("logs:PutLogEvents", GROUP, MQ, context | {key: value})
        assert decide([policy], request).effect is NOT_ALLOWED


STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.sampled_from(["*", "logs:*", "s3:*", ["s3:Get*", "logs:Put*"]]),
        "Resource": st.sampled_from(["*", "arn:aws:logs:*", GROUP, "arn:aws:s3:::*"]),
        "Principal": st.sampled_from(["*", {"Service": "mq.amazonaws.com"}, {"AWS": "1"}]),
        "Condition": st.sampled_from([{}, ORGANISATION, {"Bool": {"aws:SecureTransport": "true"}}]),
    }
)
REQUESTS = st.builds(
    Request,
    st.sampled_from(["logs:PutLogEvents", "s3:GetObject"]),
    st.sampled_from([GROUP, "arn:aws:s3:::b/key"]),
    st.sampled_from([MQ, ANN, None]),
    st.sampled_from([{}, {"aws:SecureTransport": "true"}, {"aws:PrincipalOrgID": "o-123"}]),
)


@given(st.permutations(range(4)), st.lists(STATEMENTS, min_size=4, max_size=4), REQUESTS)
def test_order_and_grouping_decide_nothing(
    order: list[int], statements: list[dict[str, Any]], request: Request
) -> None:
    """One document with all statements says what one for each says, in any order."""
    together = decide([document(*statements)], request)
    apart = decide([document(statements[index]) for index in order], request)
    assert apart.effect is together.effect


@given(st.lists(STATEMENTS, max_size=4), STATEMENTS, REQUESTS)
def test_one_more_deny_never_allows_and_one_more_allow_never_denies(
    statements: list[dict[str, Any]], more: dict[str, Any], request: Request
) -> None:
    """An allow can also take nothing away, a deny give nothing."""
    before = decide([document(*statements)], request).effect
    after = decide([document(*statements, more)], request).effect
    if more["Effect"] == "Deny":
        assert (
            after
            in {
                ALLOWED: (ALLOWED, UNDECIDED, DENIED),
                UNDECIDED: (UNDECIDED, DENIED),
                NOT_ALLOWED: (NOT_ALLOWED, DENIED),
                DENIED: (DENIED,),
            }[before]
        )
    else:
        assert (
            after
            in {
                ALLOWED: (ALLOWED,),
                UNDECIDED: (UNDECIDED, ALLOWED),
                NOT_ALLOWED: (NOT_ALLOWED, UNDECIDED, ALLOWED),
                DENIED: (DENIED,),
            }[before]
        )


@given(
    st.lists(STATEMENTS, max_size=4),
    st.sampled_from(["logs:PutLogEvents", "s3:GetObject"]),
    st.sampled_from([MQ, ANN, None]),
)
def test_what_is_decided_holds_whatever_the_unknown_is(
    statements: list[dict[str, Any]], action: str, principal: Principal | None
) -> None:
    """Whether it is the value that the policies name, another one, or not there."""
    policies = [document(*statements)]
    unknown = decide(policies, Request(action, GROUP, principal)).effect
    effects = {
        decide(
            policies,
            Request(
                action,
                GROUP,
                principal,
                {"aws:PrincipalOrgID": organisation, "aws:SecureTransport": secure},
            ),
        ).effect
        for organisation in ("o-123", "o-4", ABSENT)
        for secure in ("true", "false")
    }
    if unknown is UNDECIDED:
        assert effects != {DENIED}
    elif unknown is NOT_ALLOWED:
        assert ALLOWED not in effects
    else:
        assert effects == {unknown}


PLAIN_ACTIONS = st.lists(
    st.sampled_from(["*", "logs:*", "logs:Put*", "s3:GetObject", "s3:Get*", "*:Get*"]),
    min_size=1,
    max_size=3,
)
PLAIN_RESOURCES = st.lists(
    st.sampled_from(
        ["*", "arn:aws:logs:*", GROUP, "arn:aws:logs:us-*:*:log-group:/aws/*", "arn:aws:s3:::b*"]
    ),
    min_size=1,
    max_size=2,
)
PLAIN_STATEMENTS = st.builds(
    lambda effect, element, actions, resources: {
        "Effect": effect,
        element: actions[0] if len(actions) == 1 else actions,
        "Resource": resources[0] if len(resources) == 1 else resources,
    },
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from(["Action", "NotAction"]),
    PLAIN_ACTIONS,
    PLAIN_RESOURCES,
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(PLAIN_STATEMENTS, min_size=1, max_size=4),
    st.sampled_from(["logs:PutLogEvents", "logs:GetLogEvents", "s3:GetObject", "kms:Decrypt"]),
    st.sampled_from([GROUP, "arn:aws:logs:eu-west-1:1:log-group:x", "arn:aws:s3:::b/key"]),
)
def test_moto_decides_the_same(
    statements: list[dict[str, Any]], action: str, resource: str
) -> None:
    """Identity policies with Effect, Action, NotAction, Resource and `*`.

    Left out, as moto does not do it as AWS does: `?` and what else is special in a regular
    expression, upper and lower case of actions, NotResource, conditions (of which it knows
    StringEquals, and takes one that fails for a Deny), principals other than `*`, variables.
    """
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    theirs = IAMPolicy(text).is_action_permitted(action, resource)
    ours = decide([Document.parse(text)], Request(action, resource)).effect
    assert (
        ours
        is {
            PermissionResult.PERMITTED: ALLOWED,
            PermissionResult.DENIED: DENIED,
            PermissionResult.NEUTRAL: NOT_ALLOWED,
        }[theirs]
    )
