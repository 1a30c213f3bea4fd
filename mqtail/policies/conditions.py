"""Condition elements: each operator and key against what the request says.

A result is True, False, or None where it cannot be judged. The rules are those of "IAM JSON
policy elements: Condition operators" and "Single-valued vs. multivalued context keys".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import Any

from mqtail.policies.documents import Condition
from mqtail.policies.matching import NoValue, Pattern, arn_matches, matches, pattern
from mqtail.policies.requests import Request

Compare = Callable[[Pattern, str], bool | None]
"""Whether a value of the policy covers one of the request; None where that cannot be said."""

_OPERATOR = re.compile(
    r"(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?", re.IGNORECASE | re.ASCII
)
_EPOCH = re.compile(r"-?[0-9]{5,13}")


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What an operator compares, and how."""

    compare: Compare
    wildcards: bool = False
    variables: bool = False
    """Policy variables are for the string and ARN operators only (Variables and tags)."""
    negated: bool = False


def satisfied(condition: Condition, request: Request, variables: bool) -> bool | None:
    """Whether a request fulfils a condition.

    Args:
        condition: one operator and key.
        request: what is asked.
        variables: whether the document's version has policy variables.
    """
    found = _OPERATOR.fullmatch(condition.operator)
    if not found:
        return None
    group, name, if_exists = ((part or "").lower() for part in found.groups())
    values = request.values(condition.key)
    if name == "null" and not group and not if_exists:
        return (
            None if values is None else any_of(_is_null(item, values) for item in condition.values)
        )
    comparison = _COMPARISONS.get(name)
    if comparison is None or values is None:
        return None
    if group:  # a set of empty strings counts as empty
        values = tuple(filter(None, values))
    if not values:
        return bool(if_exists) or _without_key(group, comparison)
    if not group and len(values) > 1:
        return None  # AWS leaves open what a plain operator does with several values
    patterns = list(_patterns(condition.values, comparison, request, variables))
    results = (_covered(value, patterns, comparison) for value in values)
    return any_of(results) if group == "foranyvalue" else all_of(results)


def all_of(results: Iterable[bool | None]) -> bool | None:
    """False where one is, else None where one is, else True."""
    unknown = False
    for result in results:
        if result is False:
            return False
        unknown = unknown or result is None
    return None if unknown else True


def any_of(results: Iterable[bool | None]) -> bool | None:
    """True where one is, else None where one is, else False."""
    return negation(all_of(map(negation, results)))


def negation(result: bool | None) -> bool | None:
    """The opposite; None stays None."""
    return None if result is None else not result


def _without_key(group: str, comparison: _Comparison) -> bool:
    """The result for a key that is not in the request, of an operator without IfExists."""
    match group:
        case "forallvalues":
            return True
        case "foranyvalue":
            return False
        case _:
            return comparison.negated


def _is_null(value: str, values: tuple[str, ...]) -> bool | None:
    try:
        return _truth(value) is not bool(values)
    except ValueError:
        return None


def _patterns(
    values: tuple[str, ...], comparison: _Comparison, request: Request, variables: bool
) -> Iterator[Pattern | None]:
    """Values of the policy, without those that can equal nothing; None where one is unknown.

    A variable whose key is not in the request is null, and nothing is equal to or like it.
    """
    known = request.values if variables and comparison.variables else None
    for value in values:
        try:
            yield pattern(value, comparison.wildcards, known)
        except NoValue as error:
            if not error.absent:
                yield None


def _covered(value: str, patterns: list[Pattern | None], comparison: _Comparison) -> bool | None:
    """One value of the request against all of the policy: OR, and NOR for negated operators."""
    result = any_of(
        None if wanted is None else comparison.compare(wanted, value) for wanted in patterns
    )
    return negation(result) if comparison.negated else result


def _equals(wanted: Pattern, value: str) -> bool:
    return "".join(wanted) == value


def _equals_in_any_case(wanted: Pattern, value: str) -> bool:
    return "".join(wanted).lower() == value.lower()


def _same_truth(wanted: Pattern, value: str) -> bool | None:
    return _tested(eq, _truth, wanted, value)


def _numeric(test: Callable[[Any, Any], bool]) -> Compare:
    return lambda wanted, value: _tested(test, _number, wanted, value)


def _date(test: Callable[[Any, Any], bool]) -> Compare:
    return lambda wanted, value: _tested(test, _moment, wanted, value)


def _tested(
    test: Callable[[Any, Any], bool], read: Callable[[str], Any], wanted: Pattern, value: str
) -> bool | None:
    """The request's value compared with the policy's, where both can be read."""
    try:
        return test(read(value), read("".join(wanted)))
    except (ValueError, OverflowError, InvalidOperation):
        return None


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


def _moment(text: str) -> datetime:
    """A date in ISO 8601, or in seconds since 1970."""
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _in_network(wanted: Pattern, value: str) -> bool | None:
    try:
        return ip_address(value) in ip_network("".join(wanted))
    except ValueError:
        return None


# Without BinaryEquals: what it compares is not said anywhere in a request that is known here.
_COMPARISONS = {
    "stringequals": _Comparison(_equals, variables=True),
    "stringnotequals": _Comparison(_equals, variables=True, negated=True),
    "stringequalsignorecase": _Comparison(_equals_in_any_case, variables=True),
    "stringnotequalsignorecase": _Comparison(_equals_in_any_case, variables=True, negated=True),
    "stringlike": _Comparison(matches, wildcards=True, variables=True),
    "stringnotlike": _Comparison(matches, wildcards=True, variables=True, negated=True),
    # ArnEquals and ArnLike behave identically.
    "arnequals": _Comparison(arn_matches, wildcards=True, variables=True),
    "arnlike": _Comparison(arn_matches, wildcards=True, variables=True),
    "arnnotequals": _Comparison(arn_matches, wildcards=True, variables=True, negated=True),
    "arnnotlike": _Comparison(arn_matches, wildcards=True, variables=True, negated=True),
    "bool": _Comparison(_same_truth),
    "numericequals": _Comparison(_numeric(eq)),
    "numericnotequals": _Comparison(_numeric(eq), negated=True),
    "numericlessthan": _Comparison(_numeric(lt)),
    "numericlessthanequals": _Comparison(_numeric(le)),
    "numericgreaterthan": _Comparison(_numeric(gt)),
    "numericgreaterthanequals": _Comparison(_numeric(ge)),
    "dateequals": _Comparison(_date(eq)),
    "datenotequals": _Comparison(_date(eq), negated=True),
    "datelessthan": _Comparison(_date(lt)),
    "datelessthanequals": _Comparison(_date(le)),
    "dategreaterthan": _Comparison(_date(gt)),
    "dategreaterthanequals": _Comparison(_date(ge)),
    "ipaddress": _Comparison(_in_network),
    "notipaddress": _Comparison(_in_network, negated=True),
}
