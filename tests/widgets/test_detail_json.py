"""JSON in the text of an event: where it is, what of it is copied, and its bounds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.detail.json_tree import (
    JSON_CHARS,
    JSON_DEPTH,
    JSON_NODES,
    JsonPart,
    JsonTooLarge,
    find_json,
)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
CONTAINERS = st.lists(VALUES) | st.dictionaries(st.text(), VALUES)


def _built(part: JsonPart, number: int = 0) -> object:
    """The value of a node, put together from what is inside it."""
    node = part.nodes[number]
    inside = [at for at in range(number, node.after) if part.nodes[at].parent == number]
    assert len(inside) == node.size
    if node.kind == "object":
        return {json.loads(part.nodes[at].name): _built(part, at) for at in inside}
    if node.kind == "list":
        assert [part.nodes[at].name for at in inside] == [str(at) for at in range(node.size)]
        return [_built(part, at) for at in inside]
    if node.kind == "string":
        return part.value(number)
    return json.loads(part.value(number))


@given(CONTAINERS, st.booleans(), st.sampled_from((None, 2)), st.sampled_from(("", " ", "\n")))
def test_any_json_is_found_whole(value: object, ascii: bool, indent: int | None, by: str) -> None:
    """Every value is at its place, and the whole is copied as it was written."""
    text = json.dumps(value, ensure_ascii=ascii, indent=indent)
    part = find_json(f"{by}{text}{by}")
    assert part is not None
    assert part.whole
    assert part.text() == part.value(0) == text
    assert _built(part) == value


@given(st.text(alphabet='{}[]",:\\ntrufalse0123.eE+- \n') | st.text())
def test_any_text_is_json_exactly_where_it_is(text: str) -> None:
    """Nothing is taken for JSON that is none, and nothing raises."""
    part = find_json(text)
    if part is not None:
        assert isinstance(json.loads(part.text()), dict | list)
    try:
        whole = isinstance(json.loads(text.strip()), dict | list)
    except ValueError:
        whole = False
    # Python reads NaN and Infinity, too; the alphabets hardly make them.
    assert whole is (part is not None and part.whole)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('ISR [1,2] of {broker} sent {"a": [1, {"b": null}]} to 2', '{"a": [1, {"b": null}]}'),
        ('first {"broken": } then [{"a": 1.50e+3}]', '[{"a": 1.50e+3}]'),
        ("[Partition clicks-0] Shrinking ISR from [1,2] to []", None),
        ('{"a": 01}', None),
        ('{"a": "\x01"}', None),
        ('{"a" 1}', None),
        ('{"a": 1,}', None),
        ("[1}", None),
        ("", None),
    ],
    ids=["in-the-middle", "after-a-broken-one", "lists", "zero", "control", "colon", "comma",
         "closed-wrongly", "empty"],
)  # fmt: skip
def test_a_part_of_a_text_can_be_json(text: str, found: str | None) -> None:
    """The first object, or list of objects; a list of numbers in a text is none."""
    part = find_json(text)
    assert (part and part.text()) == found
    assert part is None or not part.whole


@pytest.mark.parametrize(
    "text",
    [
        '{"a":"' + "x" * JSON_CHARS + '"}',
        json.dumps([{}] * JSON_NODES),
        '{"a":' + "[" * 100_000,
        "[" * JSON_DEPTH + "[]" + "]" * JSON_DEPTH,
    ],
    ids=["long", "many", "deep-without-end", "deep"],
)
def test_json_beyond_the_bounds_says_so(text: str) -> None:
    """It is shown as text; behind another text it is just not laid out."""
    with pytest.raises(JsonTooLarge, match="to be laid out as JSON"):
        find_json(text)
    assert find_json(f"it said {text}") is None


def test_json_at_the_bounds_is_laid_out() -> None:
    """As many values, and as deep, as there may be."""
    many = find_json(json.dumps([0] * (JSON_NODES - 1)))
    deep = find_json("[" * JSON_DEPTH + "]" * JSON_DEPTH)
    assert many is not None
    assert deep is not None
    assert (len(many.nodes), len(deep.nodes)) == (JSON_NODES, JSON_DEPTH)
