"""What a regular expression tells about itself."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.filters.regexes import for_lower_case, needed_text

ATOMS = st.sampled_from(
    [*"abkAKZ01 ", r"\.", r"\d", r"\W", r"\b", r"\x41", ".", "^", "$", "ſ", "é", "(?=b)", "(?i:aB)"]
)
SETS = st.builds(
    "[{}{}]".format,
    st.sampled_from(["", "^"]),
    st.lists(
        st.sampled_from(
            ["a", "K", "-", r"\d", r"\s", "a-k", "B-K", "A-z", "+-Z", "!-~", "ı", "@-é"]
        ),
        min_size=1,
        max_size=3,
    ).map("".join),
)


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Larger expressions of smaller ones."""
    several = st.lists(inner, min_size=1, max_size=4)
    repeats = ["?", "*", "+", "{2}", "{0,2}", "+?", "*+"]
    return st.one_of(
        several.map("".join),
        several.map("|".join).map("({})".format),
        st.builds("(?:{}){}".format, inner, st.sampled_from(repeats)),
        st.builds("{}(?!{})".format, inner, inner),
        st.builds(r"(?P<x>{})\g".format, inner).map(lambda text: text.replace(r"\g", "(?P=x)")),
        inner.map("(?>{})".format),
    )


EXPRESSIONS = st.recursive(ATOMS | SETS, combined, max_leaves=8)
TEXTS = st.text("abkzABKZ01 -_@[\n.~+", max_size=12)


def compiled(expression: str, flags: int) -> re.Pattern[str] | None:
    """The pattern; None where the expression is wrong, such as with a name given twice."""
    try:
        return re.compile(expression, flags | re.MULTILINE)
    except re.error:
        return None


@given(EXPRESSIONS, st.lists(TEXTS, min_size=1))
def test_what_is_needed_is_in_every_match(expression: str, texts: list[str]) -> None:
    """So that a text without it need not be searched."""
    pattern = compiled(expression, 0)
    for text in texts:
        if pattern is not None and (found := pattern.search(text)):
            assert needed_text(pattern) in found[0]


@given(EXPRESSIONS, st.lists(TEXTS, min_size=1))
def test_lower_case_is_found_where_any_case_is(expression: str, texts: list[str]) -> None:
    """The same characters, too."""
    pattern = compiled(expression, re.IGNORECASE)
    lowered = pattern and for_lower_case(pattern)
    if pattern is not None and lowered is not None:
        for text in texts:
            expected, found = pattern.search(text), lowered.search(text.lower())
            assert (found and found.span()) == (expected and expected.span())
            assert found is None or needed_text(pattern).lower() in found[0]


@pytest.mark.parametrize(
    ("expression", "needed"),
    [
        ("(store|temp) is at [89]", " is at "),
        (r"took \d+ ms", "took "),
        ("(?:refused|reset) by peer", " by peer"),
        (r"a\.b\.C", "a.b.C"),
        ("(timeout)+", "timeout"),
        ("(connection )?closed", "closed"),
        ("stopped|started", "st"),
        ("yes|no", ""),
        ("a*", ""),
        ("(?i:abc)de", "de"),
    ],
)
def test_the_longest_text_that_is_needed(expression: str, needed: str) -> None:
    """Through groups and repetitions that occur, not through what need not occur."""
    assert needed_text(re.compile(expression)) == needed


@pytest.mark.parametrize("expression", ["é", "[a-é]", "[^ſ]", "(?-i:A)", "(a|(b[\u212a]))"])
def test_some_cannot_be_searched_in_lower_case(expression: str) -> None:
    """Those with characters that are the same as ASCII letters in any case, or other flags."""
    assert for_lower_case(re.compile(expression, re.IGNORECASE)) is None
