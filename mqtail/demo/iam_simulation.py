"""SimulatePrincipalPolicy: what the policies of a user or role say to actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct

from mqtail.demo.calls import Call, ServiceError
from mqtail.demo.identities import Identity
from mqtail.demo.paging import Tokens
from mqtail.demo.policy_decisions import decide_in_full
from mqtail.demo.service import Service
from mqtail.policies import Document, Effect, PolicyError, Request

_DECISIONS = {Effect.ALLOWED: "allowed", Effect.DENIED: "explicitDeny"}


class _ContextEntry(Struct, rename="pascal"):
    context_key_name: str
    context_key_values: list[str] = []


class _Simulate(Struct, rename="pascal"):
    policy_source_arn: str
    action_names: Annotated[list[str], Meta(min_length=1)]
    resource_arns: list[str] = []
    policy_input_list: list[str] = []
    context_entries: list[_ContextEntry] = []
    max_items: Annotated[int, Meta(ge=1, le=1000)] = 100
    marker: str | None = None


def simulate(
    service: Service, call: Call, identity_of: Callable[[str], Identity], tokens: Tokens
) -> dict[str, Any]:
    """The answer to SimulatePrincipalPolicy: one result for each action on each resource.

    Args:
        service: IAM.
        call: the call.
        identity_of: gives the user or role of an ARN, or raises the error for it.
        tokens: makes the markers of pages.

    Raises:
        ServiceError: InvalidInput, NoSuchEntity, ValidationError.
    """
    request = service.request(call, _Simulate, strict=False)
    identity = identity_of(request.policy_source_arn)
    wrong = [action for action in request.action_names if not _is_action(action)]
    if wrong:
        raise ServiceError("InvalidInput", f"Invalid Action Name: {wrong[0]}")
    try:
        added = [Document.parse(text) for text in request.policy_input_list]
    except PolicyError as error:
        raise ServiceError("InvalidInput", str(error)) from None
    documents = [*identity.policies.values(), *added]
    context = {
        entry.context_key_name: tuple(entry.context_key_values) for entry in request.context_entries
    }
    resources = request.resource_arns or ["*"]
    asked = [(action, resource) for action in request.action_names for resource in resources]
    named = [(f"{n:06d}", pair) for n, pair in enumerate(asked)]
    bound = (identity.arn, request.action_names, resources)
    page, marker = tokens.list_page(named, bound, request.marker, request.max_items, call.time)
    results = [_result(identity, documents, *pair, context) for pair in page]
    told: dict[str, Any] = {
        "EvaluationResults": {"member": results},
        "IsTruncated": marker is not None,
    }
    return told | ({"Marker": marker} if marker else {})


def _is_action(name: str) -> bool:
    service, colon, action = name.partition(":")
    return bool(service and colon and action)


def _result(
    identity: Identity,
    documents: list[Document],
    action: str,
    resource: str,
    context: Mapping[str, tuple[str, ...]],
) -> dict[str, Any]:
    asked = Request(action, resource, None, context)
    decision, missing = decide_in_full(documents, asked)
    judged = decision.effect in _DECISIONS
    matched = [
        {
            "SourcePolicyId": f"{identity.kind}_{identity.name}_{statement.document.name}",
            "SourcePolicyType": identity.kind,
        }
        for statement in (decision.statements if judged else ())
    ]
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": _DECISIONS.get(decision.effect, "implicitDeny"),
        "MatchedStatements": {"member": matched},
        "MissingContextValues": {"member": missing},
    }
