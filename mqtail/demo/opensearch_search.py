"""Searching documents: the part of OpenSearch's query language that readers of logs use.

Known are the queries match_all, range, exists, ids, term (of `_index`) and bool, sorting, paging
with `from` and `search_after`, and a choice of fields. Text that reads as an ISO time is compared
as a time with numbers, which are ms since the epoch, and with other such texts.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from msgspec import Struct

from mqtail.demo.calls import ServiceError

MAX_RESULT_WINDOW = 10_000
"""`from` and `size` together reach no further (setting index.max_result_window)."""

_COMPARISONS = {"gte": operator.ge, "gt": operator.gt, "lte": operator.le, "lt": operator.lt}
_BOOL = {"must", "filter", "must_not", "should", "minimum_should_match"}
_NO_MAPPING_NEEDED = ("_id", "_doc", "_index")

Matches = Callable[["Document"], bool]


class Document(Struct, frozen=True):
    """A document of an index."""

    index: str
    id: str
    number: int
    """Its place in the order in which documents came."""
    source: dict[str, Any]
    visible: int
    """From when on it is found, ms since the epoch."""


class SortKey(Struct, frozen=True):
    """A field that hits are sorted by."""

    field: str
    descending: bool
    unmapped: bool
    """The field may be missing in all documents."""


def search(documents: Sequence[Document], body: dict[str, Any]) -> dict[str, Any]:
    """The hits of a search, as OpenSearch answers it.

    Raises:
        ServiceError: the search cannot be understood.
    """
    size, begin = _whole(body, "size", 10), _whole(body, "from", 0)
    after = body.get("search_after")
    if begin + size > MAX_RESULT_WINDOW:
        raise invalid(
            f"Result window is too large, from + size must be less than or equal to:"
            f" [{MAX_RESULT_WINDOW}] but was [{begin + size}]."
        )
    matches = _compile(body.get("query") or {"match_all": {}})
    keys = [_sort_key(item) for item in _as_list(body.get("sort") or [])]
    for key in keys:
        _check_mapping(key, documents)
    found = _sorted([d for d in documents if matches(d)], keys)
    total = len(found)
    if after is not None:
        if begin or not keys or not isinstance(after, list) or len(after) != len(keys):
            raise invalid("search_after must have a value for each sort field, and no from.")
        found = [document for document in found if _is_after(document, keys, after)]
    page = found[begin : begin + size]
    counted = body.get("track_total_hits") is True or total <= MAX_RESULT_WINDOW
    indexes = {document.index for document in documents}
    shards = {"total": len(indexes), "successful": len(indexes), "skipped": 0, "failed": 0}
    return {
        "took": 1,
        "timed_out": False,
        "_shards": shards,
        "hits": {
            "total": {
                "value": total if counted else MAX_RESULT_WINDOW,
                "relation": "eq" if counted else "gte",
            },
            "max_score": None,
            "hits": [_hit(document, keys, body.get("_source", True)) for document in page],
        },
    }


def invalid(reason: str, kind: str = "illegal_argument_exception") -> ServiceError:
    """OpenSearch's error for a search that makes no sense."""
    return ServiceError(kind, reason)


def _hit(document: Document, keys: list[SortKey], wanted: Any) -> dict[str, Any]:
    hit: dict[str, Any] = {"_index": document.index, "_id": document.id, "_score": None}
    if wanted is not False:
        hit["_source"] = _chosen(document.source, wanted)
    if keys:
        hit["sort"] = [_sort_value(document, key.field) for key in keys]
    return hit


def _chosen(source: dict[str, Any], wanted: Any) -> dict[str, Any]:
    if wanted is True:
        return source
    patterns = _as_list(wanted)
    return {k: v for k, v in source.items() if any(fnmatchcase(k, str(p)) for p in patterns)}


def _whole(body: dict[str, Any], name: str, default: int) -> int:
    """A number that may come as text, in the query string."""
    text = str(body.get(name, default))
    if not text.isdecimal() or len(text) > 9:
        raise invalid(f"[{name}] parameter cannot be negative or no number, found [{text}]")
    return int(text)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# Queries.


def _compile(query: Any) -> Matches:
    if not isinstance(query, dict) or len(query) != 1:
        raise invalid("[query] malformed query, expected one query clause", "parsing_exception")
    ((kind, given),) = query.items()
    if kind == "match_all":
        return lambda document: True
    if not isinstance(given, dict):
        raise invalid(f"[{kind}] query malformed, no start_object after query name",
                      "parsing_exception")  # fmt: skip
    if kind == "range" and len(given) == 1:
        return _range(*next(iter(given.items())))
    if kind == "exists" and "field" in given:
        field = str(given["field"])
        return lambda document: bool(_values(document.source, field))
    if kind == "ids" and isinstance(given.get("values"), list):
        ids = frozenset(map(str, given["values"]))
        return lambda document: document.id in ids
    if kind == "term" and given.keys() == {"_index"}:
        index = given["_index"]
        return lambda document: document.index == index
    if kind == "bool" and given.keys() <= _BOOL:
        return _bool(given)
    raise invalid(f"unknown query [{kind}]", "parsing_exception")


def _range(field: str, limits: Any) -> Matches:
    if not isinstance(limits, dict):
        raise invalid(f"[range] query malformed for [{field}]", "parsing_exception")
    tests = [
        (compare, _comparable(limits[name]))
        for name, compare in _COMPARISONS.items()
        if limits.get(name) is not None
    ]

    def matches(document: Document) -> bool:
        values = [_comparable(value) for value in _values(document.source, field)]
        return any(
            all(type(value) is type(limit) and compare(value, limit) for compare, limit in tests)
            for value in values
        )

    return matches


def _bool(given: dict[str, Any]) -> Matches:
    wanted = [_compile(q) for name in ("must", "filter") for q in _as_list(given.get(name, []))]
    unwanted = [_compile(query) for query in _as_list(given.get("must_not", []))]
    should = [_compile(query) for query in _as_list(given.get("should", []))]
    # Of the alternatives one has to match where nothing else is asked for.
    least = int(given.get("minimum_should_match", 1 if should and not wanted else 0))

    def matches(document: Document) -> bool:
        return (
            all(query(document) for query in wanted)
            and not any(query(document) for query in unwanted)
            and sum(query(document) for query in should) >= least
        )

    return matches


def _values(source: dict[str, Any], field: str) -> list[Any]:
    """The values of a field, which may be `a.b` for what is nested."""
    for name in (field, field.removesuffix(".keyword")):
        value: Any = source
        for part in [name] if name in source else name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            return _as_list(value)
    return []


def _comparable(value: Any) -> float | str:
    """A number, which stands for a time in ms where a text is one; or a text that is no time."""
    if isinstance(value, int | float):
        return float(value)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000, 3)


# Sorting.


def _sort_key(item: Any) -> SortKey:
    """From `"field"`, `{"field": "desc"}` or `{"field": {"order": "desc"}}`."""
    if isinstance(item, str):
        return SortKey(item, descending=False, unmapped=False)
    if isinstance(item, dict) and len(item) == 1:
        ((field, given),) = item.items()
        options = given if isinstance(given, dict) else {"order": given}
        if options.get("order", "asc") in ("asc", "desc"):
            descending = options.get("order") == "desc"
            return SortKey(field, descending, "unmapped_type" in options)
    raise invalid(f"malformed sort format: {item}", "parsing_exception")


def _check_mapping(key: SortKey, documents: Sequence[Document]) -> None:
    if key.unmapped or key.field in _NO_MAPPING_NEEDED:
        return
    if documents and not any(_values(document.source, key.field) for document in documents):
        reason = f"No mapping found for [{key.field}] in order to sort on"
        raise invalid(reason, "query_shard_exception")


def _sort_value(document: Document, field: str) -> float | str | None:
    if field == "_doc":
        return document.number
    if field in ("_id", "_index"):
        return document.id if field == "_id" else document.index
    values = _values(document.source, field)
    if not values:
        return None
    value = _comparable(values[0])
    # Times are whole ms, and whole numbers stay whole.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _sorted(documents: list[Document], keys: list[SortKey]) -> list[Document]:
    """By the first key, then the next; documents without the field come last, either way round."""
    for key in reversed(keys):
        with_value = [d for d in documents if _sort_value(d, key.field) is not None]
        without = [d for d in documents if _sort_value(d, key.field) is None]
        with_value.sort(key=lambda d: _rank(_sort_value(d, key.field)), reverse=key.descending)
        documents = with_value + without
    return documents


def _rank(value: float | str | None) -> tuple[str, Any]:
    """Texts and numbers in one field do not mix."""
    return ("text" if isinstance(value, str) else "number", value)


def _is_after(document: Document, keys: list[SortKey], after: list[Any]) -> bool:
    for key, given in zip(keys, after, strict=True):
        value = _sort_value(document, key.field)
        place = given if key.field in _NO_MAPPING_NEEDED or given is None else _comparable(given)
        if value == place:
            continue
        if value is None or place is None:
            return value is None
        return (_rank(value) < _rank(place)) == key.descending
    return False
