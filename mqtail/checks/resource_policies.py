"""Whether resource policies let a service of AWS write logs, and what would let it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import chain

from mqtail.checks.commands import aws
from mqtail.checks.lookups import Lookups
from mqtail.checks.model import Finding, failed, passed, unknown
from mqtail.checks.statements import (
    CHECK_AGAIN,
    SERVICE_CONTEXT,
    Plain,
    by_effect,
    changed,
    deciding,
    document_names,
    exempting,
    extended,
    missed_text,
    nearest,
    statement_name,
    unjudged_text,
)
from mqtail.policies import (
    Decision,
    Document,
    Effect,
    PolicyError,
    Principal,
    Request,
    Statement,
    decide,
)

MOST_POLICIES = 10
"""Resource policies that an account may have in a region (CloudWatch Logs quotas)."""

WRITING = ("logs:CreateLogStream", "logs:PutLogEvents")
"""What a service that delivers logs has to be allowed."""


@dataclass(frozen=True, slots=True)
class Writer:
    """A service that writes into log groups."""

    principal: str
    """`mq.amazonaws.com`."""
    name: str
    """What people call it."""
    context: Mapping[str, str]
    """Condition keys of its requests for this broker or cluster."""
    statement: Plain
    """The statement that lets it write."""
    policy_name: str
    """The policy that statement goes into where there is none yet."""
    shared: bool = False
    """The same principal writes other logs, too: what allows these is no mistake, and stays."""
    quota_error: str = ""
    """How the service tells that there is no room for another policy."""
    condition: Plain = field(default_factory=dict)
    """What takes the place of a condition that shuts it out, as narrow as serves all of its kind,
    so that the commands for several of them are the same; empty: that of the statement."""

    @property
    def sources(self) -> str:
        """ARN pattern of whatever of this account it writes for (aws:SourceArn)."""
        condition = self.condition or self.statement["Condition"]
        return str(condition["ArnLike"]["aws:SourceArn"])


@dataclass(frozen=True, slots=True)
class Policies:
    """The resource policies that apply to some log groups."""

    documents: tuple[Document, ...]
    described: tuple[Plain, ...]
    """As DescribeResourcePolicies gives them, in the order of `documents`."""
    unreadable: Mapping[str, str]
    """What is wrong with those that cannot be read, each in a sentence, by name."""
    may_deny: bool
    """Whether one that cannot be read may hold a Deny."""
    used: int
    """Policies of account scope."""

    def plain_of(self, document: Document) -> Plain:
        """What describes a document."""
        return self.described[self.documents.index(document)]


async def policies_of(lookups: Lookups, groups: Iterable[str]) -> Policies:
    """The policies of the account, and those of the log groups, which have to exist."""
    asked = [lookups.account_policies(), *map(lookups.group_policies, groups)]
    account, *of_groups = await asyncio.gather(*asked)
    found = [*account, *chain.from_iterable(of_groups)]
    documents: list[Document] = []
    described: list[Plain] = []
    unreadable: dict[str, str] = {}
    may_deny = False
    for policy in found:
        name = policy.get("policyName") or policy.get("resourceArn", "")
        text = policy.get("policyDocument", "")
        try:
            documents.append(Document.parse(text, name))
            described.append(policy)
        except PolicyError as error:
            unreadable[name] = str(error)
            may_deny = may_deny or "Deny" in text
    return Policies(tuple(documents), tuple(described), unreadable, may_deny, len(account))


async def writing_is_allowed(
    lookups: Lookups, writer: Writer, streams: Mapping[str, str], existing: Sequence[str]
) -> Finding:
    """Whether a service may write into log groups.

    Args:
        writer: the service.
        streams: log groups that it has to write into, each with a log stream of it.
        existing: those of them that exist: only these can have policies of their own.
    """
    policies = await policies_of(lookups, existing)
    requests = [
        request
        for group, stream in streams.items()
        for request in _requests(lookups.log_group_arn(group), stream, writer)
    ]
    decisions = [(request, _decided(policies.documents, request)) for request in requests]
    evidence = _evidence(policies, writer)
    found = by_effect(decisions)
    if denied := found[Effect.DENIED]:
        return _denied(lookups, policies, writer, requests, denied, evidence)
    missing = found[Effect.NOT_ALLOWED]
    if policies.may_deny or (missing and policies.unreadable):
        return unknown(
            evidence,
            f"mqtail cannot read {_and(policies.unreadable)}, so whether {writer.name} may write"
            " cannot be told. Look at it by hand: `aws logs describe-resource-policies`.",
        )
    if missing:
        return _not_allowed(lookups, policies, writer, missing, evidence)
    if undecided := found[Effect.UNDECIDED]:
        (_, decision), *_ = undecided
        return unknown(
            f"{evidence} {unjudged_text(decision)}",
            f"Whether {writer.name} meets that condition cannot be told from outside.",
        )
    allowing = document_names(
        statement.document for _, decision in decisions for statement in decision.statements
    )
    return passed(f"{evidence} {allowing} lets {writer.principal} write into {_and(streams)}.")


def _requests(group_arn: str, stream: str, writer: Writer) -> list[Request]:
    """What has to be allowed for one log group."""
    arn = f"{group_arn}:log-stream:{stream}"
    principal = Principal.service(writer.principal)
    context = SERVICE_CONTEXT | dict(writer.context)
    return [Request(action, arn, principal, context) for action in WRITING]


def _decided(documents: Sequence[Document], request: Request) -> Decision:
    """What policies say; a log stream is created in its group, so the group's ARN may do."""
    decision = decide(documents, request)
    if decision.effect is Effect.NOT_ALLOWED and request.action == WRITING[0]:
        group = request.resource.partition(":log-stream:")[0]
        return decide(documents, _on(request, group))
    return decision


def _on(request: Request, resource: str) -> Request:
    return Request(request.action, resource, request.principal, request.context)


def _evidence(policies: Policies, writer: Writer) -> str:
    count = len(policies.documents)
    if not policies.described and not policies.unreadable:
        return "DescribeResourcePolicies: there is no resource policy in this region."
    named = (
        document_names(doc for doc in policies.documents if writer.principal in doc.text) or "none"
    )
    text = f"DescribeResourcePolicies: {count}; those that name {writer.principal}: {named}."
    if policies.unreadable:
        texts = (f"{name}: {problem}" for name, problem in policies.unreadable.items())
        text += f" Not readable: {'; '.join(texts)}"
    return text


def _and(names: Iterable[str]) -> str:
    return " and ".join(names)


# What is wrong, and what mends it.


def _denied(
    lookups: Lookups,
    policies: Policies,
    writer: Writer,
    requests: Sequence[Request],
    denied: Sequence[tuple[Request, Decision]],
    evidence: str,
) -> Finding:
    """A Deny is in force: it has to go, or to leave the service out where it is for others too."""
    culprits = deciding(denied)
    actions = " and ".join(dict.fromkeys(request.action for request, _ in denied))
    where = ", ".join(map(statement_name, culprits))
    cause = (
        f"{where} explicitly denies {writer.principal} {actions}, and a Deny comes before every"
        f" Allow. The fix removes it; where it is for others, too, it only leaves {writer.name}"
        f" out. {CHECK_AGAIN}"
    )
    documents = [
        _opened(document, culprits, writer) if _any_of(document, culprits) else document
        for document in policies.documents
    ]
    fix = []
    kept = [document for document in documents if document is not None]
    allowed = all(_decided(kept, request).effect is Effect.ALLOWED for request in requests)
    for before, after in zip(policies.documents, documents, strict=True):
        if after is not before:
            fix.append(_put(lookups, policies.plain_of(before), after))
    if not allowed and not policies.unreadable:
        fix.append(_added(lookups, writer, _host(policies, writer, kept)))
    return failed(evidence, cause, *fix)


def _any_of(document: Document, statements: Sequence[Statement]) -> bool:
    return any(statement.document is document for statement in statements)


def _opened(document: Document, denying: Sequence[Statement], writer: Writer) -> Document | None:
    """A document whose denials leave the service out; None where nothing is left of it."""
    kept = (_narrowed(one, writer) if one in denying else one.plain for one in document.statements)
    statements = [plain for plain in kept if plain is not None]
    return changed(document, statements) if statements else None


def _narrowed(statement: Statement, writer: Writer) -> Plain | None:
    """A Deny statement without the service; None where it is about nobody else.

    One for everybody gets a condition: CloudWatch Logs knows aws:SourceArn and aws:SourceAccount
    in resource policies, and no other key that tells one service from another.
    """
    named = [one.value for one in statement.principals or ()]
    if named == [writer.principal]:
        return None
    if writer.principal in named and "*" not in named:
        plain = deepcopy(statement.plain)
        services = plain["Principal"]["Service"]
        others = [] if isinstance(services, str) else [*services]
        plain["Principal"]["Service"] = [one for one in others if one != writer.principal]
        if not plain["Principal"]["Service"]:
            del plain["Principal"]["Service"]
        return plain
    return exempting(statement, writer.sources)


def _not_allowed(
    lookups: Lookups,
    policies: Policies,
    writer: Writer,
    missing: Sequence[tuple[Request, Decision]],
    evidence: str,
) -> Finding:
    """Nothing allows it: tell what is nearest to allowing it, and what has to be added."""
    requests = [request for request, _ in missing]
    near = nearest(policies.documents, requests, _about(writer, requests))
    host = _host(policies, writer, policies.documents)
    again = f" {CHECK_AGAIN}" if host else ""
    if near is None:
        cause = (
            f"No resource policy lets {writer.name} ({writer.principal}) write, so it cannot make"
            f" log streams.{_quota(policies, writer)}{again}"
        )
        return failed(evidence, cause, _added(lookups, writer, host))
    statement, missed = near
    cause = f"{statement_name(statement)} does not apply: {missed_text(statement, missed)}."
    own = _is_own(statement, writer, requests)
    plain = policies.plain_of(statement.document)
    if plain.get("policyScope") == "RESOURCE":
        return failed(evidence, cause + again, _added(lookups, writer, host))
    wanted = dict(writer.statement)
    if own and statement.conditions and writer.condition:
        wanted["Condition"] = writer.condition
    if own and statement.sid:
        wanted = {"Sid": statement.sid} | wanted
    mended = extended(statement.document, [wanted], without=statement if own else None)
    return failed(evidence, f"{cause} {CHECK_AGAIN}", _put(lookups, plain, mended))


def _about(writer: Writer, requests: Sequence[Request]) -> Callable[[Statement], bool]:
    """Whether a statement is about the log groups of requests, if only in another place."""
    return lambda statement: (
        not writer.shared
        or any(
            _names_group(resource, request.resource)
            for resource in statement.resources or ()
            for request in requests
        )
    )


def _is_own(statement: Statement, writer: Writer, requests: Sequence[Request]) -> bool:
    """Whether a statement is for these logs only, so that another may take its place."""
    if [one.value for one in statement.principals or ()] != [writer.principal]:
        return False
    return not writer.shared or all(
        any(_names_group(resource, request.resource) for request in requests)
        for resource in statement.resources or ("*",)
    )


def _names_group(resource: str, arn: str) -> bool:
    """Whether a Resource value names the log group of an ARN, whatever else it names."""
    named, group = (text.partition(":log-group:")[2].partition(":")[0] for text in (resource, arn))
    return named == group


def _quota(policies: Policies, writer: Writer) -> str:
    if policies.used < MOST_POLICIES:
        return ""
    error = f" ({writer.quota_error})" if writer.quota_error else ""
    return (
        f" All {MOST_POLICIES} resource policies that an account can have are used{error}, so one"
        " of them has to take the statement in."
    )


def _host(policies: Policies, writer: Writer, documents: Sequence[Document]) -> Document | None:
    """The policy that takes the statement in; None: a new one does.

    It is the one of the writer's name, or a short one where there can be no further policy.
    """
    account = {
        document.name: document
        for document in documents
        if any(
            plain.get("policyName") == document.name and plain.get("policyScope") != "RESOURCE"
            for plain in policies.described
        )
    }
    if writer.policy_name not in account and policies.used >= MOST_POLICIES and account:
        return min(account.values(), key=lambda document: len(document.text))
    return account.get(writer.policy_name)


def _added(lookups: Lookups, writer: Writer, host: Document | None) -> str:
    """The command that adds the statement: to a policy, or in a new one."""
    if host is not None:
        grown = extended(host, [writer.statement])
        return _put(lookups, {"policyName": host.name}, grown)
    text = json.dumps(
        {"Version": "2012-10-17", "Statement": [writer.statement]}, separators=(",", ":")
    )
    return aws(
        "logs",
        "put-resource-policy",
        region=lookups.region,
        policy_name=writer.policy_name,
        policy_document=text,
    )


def _put(lookups: Lookups, plain: Plain, document: Document | None) -> str:
    """The command that puts a policy in the place of the one that `plain` describes."""
    options: Plain = {"policy_name": plain.get("policyName", "")}
    if plain.get("policyScope") == "RESOURCE":
        options = {"resource_arn": plain["resourceArn"]}
        if plain.get("revisionId"):
            options["expected_revision_id"] = plain["revisionId"]
    if document is None:
        return aws("logs", "delete-resource-policy", region=lookups.region, **options)
    return aws(
        "logs",
        "put-resource-policy",
        region=lookups.region,
        **options,
        policy_document=document.text,
    )
