"""Reading a policy document: its shape is checked here, what it means elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn, TypeVar

MAX_CHARACTERS = 102_400
"""The longest document that is read, twice what any service takes (CloudWatch Logs: 51,200)."""

CURRENT_VERSION = "2012-10-17"
_OLD_VERSION = "2008-10-17"
_Value = TypeVar("_Value")
_PRINCIPAL_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")


class PolicyError(Exception):
    """A document that cannot be read; its text is one sentence."""


class PrincipalElement(NamedTuple):
    """One principal that a statement names."""

    kind: str
    """`AWS`, `Service`, `Federated` or `CanonicalUser`; `*` where the element is just `"*"`."""
    value: str


class Condition(NamedTuple):
    """One operator and key of a Condition element, with the values that are compared with."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement of a document. Of each pair of elements at most one is there, not None.

    A statement without Resource and NotResource is about the resource that it is attached to.
    """

    document: Document = field(repr=False)
    index: int
    """Its place in the document, from 0."""
    sid: str
    """Empty where it has none."""
    effect: str
    """`Allow` or `Deny`."""
    principals: tuple[PrincipalElement, ...] | None
    not_principals: tuple[PrincipalElement, ...] | None
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    conditions: tuple[Condition, ...]
    plain: dict[str, Any] = field(repr=False)
    """The statement as the document has it."""


class Document:
    """A policy document. Made by `parse`."""

    def __init__(self, plain: dict[str, Any], text: str, name: str) -> None:
        self.name = name
        """What the document is called where it comes from."""
        self.plain = plain
        """The document itself."""
        self.text = text
        """The document as compact JSON."""
        self.version = _version(plain)
        """`2008-10-17` or `2012-10-17`; the former where none is named."""
        self.statements = tuple(
            _statement(self, index, statement) for index, statement in enumerate(_statements(plain))
        )

    @classmethod
    def parse(cls, text_or_dict: str | Mapping[str, Any], name: str = "") -> Document:
        """The document that a text or a decoded JSON object holds.

        Raises:
            PolicyError: it is no JSON object, too long, or not shaped as a policy.
        """
        if isinstance(text_or_dict, str):
            plain = _decoded(text_or_dict)
        else:
            plain = _decoded(_encoded(text_or_dict))
        return cls(plain, _encoded(plain), name)

    def __repr__(self) -> str:
        return f"Document({self.name!r}, {len(self.statements)} statements)"


def _encoded(plain: Mapping[str, Any]) -> str:
    try:
        text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()  # half of a surrogate pair could not be written anywhere
    except (TypeError, ValueError, RecursionError):
        raise PolicyError("The policy document is no JSON.") from None
    return text


def _decoded(text: str) -> dict[str, Any]:
    if len(text) > MAX_CHARACTERS:
        raise PolicyError(f"The policy document is longer than {MAX_CHARACTERS:,} characters.")
    try:
        plain = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise PolicyError("The policy document is no JSON.") from None
    if not isinstance(plain, dict):
        raise PolicyError("The policy document is no JSON object.")
    return plain


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; no element may hold a key twice (Grammar of the IAM JSON policy language)."""
    plain = dict(pairs)
    if len(plain) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise PolicyError(f"The policy document has {_quoted(twice)} twice in one object.")
    return plain


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(constant)


def _version(plain: dict[str, Any]) -> str:
    version = plain.get("Version", _OLD_VERSION)
    if version not in (CURRENT_VERSION, _OLD_VERSION):
        raise PolicyError(f"The policy document has an unknown Version, {_quoted(version)}.")
    return str(version)


def _statements(plain: dict[str, Any]) -> list[Any]:
    if "Statement" not in plain:
        raise PolicyError("The policy document has no Statement.")
    statements = plain["Statement"]
    return statements if isinstance(statements, list) else [statements]


def _statement(document: Document, index: int, plain: Any) -> Statement:
    where = f"Statement {index + 1}"
    if not isinstance(plain, dict):
        raise PolicyError(f"{where} is no JSON object.")
    sid = plain.get("Sid", "")
    if not isinstance(sid, str):
        raise PolicyError(f"{where} has a Sid that is no string.")
    effect = plain.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f'{where} has an Effect that is neither "Allow" nor "Deny".')
    principals, not_principals = _pair(plain, "Principal", _principals, where)
    actions, not_actions = _pair(plain, "Action", _strings, where)
    if actions is None and not_actions is None:
        raise PolicyError(f"{where} has neither Action nor NotAction.")
    resources, not_resources = _pair(plain, "Resource", _strings, where)
    return Statement(
        document=document,
        index=index,
        sid=sid,
        effect=effect,
        principals=principals,
        not_principals=not_principals,
        actions=actions,
        not_actions=not_actions,
        resources=resources,
        not_resources=not_resources,
        conditions=_conditions(plain.get("Condition", {}), where),
        plain=plain,
    )


def _pair(
    plain: dict[str, Any],
    element: str,
    read: Callable[[Any, str], tuple[_Value, ...]],
    where: str,
) -> tuple[tuple[_Value, ...] | None, tuple[_Value, ...] | None]:
    """The values of an element and of its Not element; None for one that is not there."""
    negated = f"Not{element}"
    if element in plain and negated in plain:
        raise PolicyError(f"{where} has both {element} and {negated}.")
    return (
        read(plain[element], f"the {element} of {where}") if element in plain else None,
        read(plain[negated], f"the {negated} of {where}") if negated in plain else None,
    )


def _strings(value: Any, what: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(item, str) and item for item in values):
        raise PolicyError(f"In the policy document, {what} is no string and no list of strings.")
    return tuple(values)


def _principals(value: Any, what: str) -> tuple[PrincipalElement, ...]:
    if value == "*":
        return (PrincipalElement("*", "*"),)
    if not isinstance(value, dict) or not value:
        raise PolicyError(f'In the policy document, {what} is neither "*" nor an object.')
    for kind in value:
        if kind not in _PRINCIPAL_KINDS:
            raise PolicyError(
                f"In the policy document, {what} has the unknown kind {_quoted(kind)}."
            )
    return tuple(
        PrincipalElement(kind, item)
        for kind, items in value.items()
        for item in _strings(items, what)
    )


def _conditions(blocks: Any, where: str) -> tuple[Condition, ...]:
    if not isinstance(blocks, dict) or not all(isinstance(keys, dict) for keys in blocks.values()):
        raise PolicyError(f"{where} has a Condition that is no object of operators and keys.")
    return tuple(
        Condition(operator, key, _condition_values(values, where))
        for operator, keys in blocks.items()
        for key, values in keys.items()
    )


def _condition_values(value: Any, where: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str | bool | int | float) for item in values):
        raise PolicyError(f"{where} has a condition value that is no string, number or boolean.")
    return tuple(item if isinstance(item, str) else json.dumps(item) for item in values)


def _quoted(value: Any) -> str:
    """A value of the document as JSON, short enough for a sentence."""
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
