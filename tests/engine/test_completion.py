"""Completion of filter expressions: what is offered where, and that it means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.events import LogEvent, Source
from mqtail.filters import compile_filter
from mqtail.filters.completion import complete

LEVELS = ("trace", "debug", "info", "warn", "error", "fatal")
VALUES = {"kind": ["audit", "general"], "user": ["ann b", 'o"neil', "anna", "a\x1bb", "Dan"]}


def _values(field: str) -> Sequence[str]:
    return VALUES.get(field, ())


def _offered(text: str) -> tuple[str, ...]:
    """Candidates at the end of a text."""
    return complete(text, len(text), _values).candidates


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("lev", ("level:", "level>=")),
        ("LEV", ("level:", "level>=")),
        ("level", ("level:", "level>=", "level<=", "level!=")),
        ("level:", LEVELS),
        ("level >= ", LEVELS),
        ("x and (-level!=w", ("warn",)),
        ("late:", ("true", "false")),
        ("kind:", ("audit", "general")),
        ("kind:a", ("audit", "general")),
        ("kind!=G", ("general",)),
        ("kind:general", ()),
        ("user:an", ('"ann b"', "anna", "Dan")),
        ("user:o", (r'"o\"neil"',)),
        ("ti", ("time>=", "time<")),
        ("a", ()),
        ("x a", ("and ",)),
        ("(x) o", ("or ",)),
        ("x and o", ()),
        ("n", ("not ",)),
        ('"lev', ()),
        ('"x" lev', ("level:", "level>=")),
        ("/lev", ()),
        ("/x lev", ()),
        ("/x/i lev", ("level:", "level>=")),
        ('user:"ann', ()),
        ('user:"ann b"', ()),
        ("xlevel:", ()),
        ("unknown:", ()),
    ],
    ids=range(28),
)
def test_what_is_offered(text: str, offered: tuple[str, ...]) -> None:
    """Names, operators, values and keywords, where each can stand; nothing inside quotes."""
    assert _offered(text) == offered


def test_names_are_for_those_who_ask_where_nothing_is_typed() -> None:
    """All of them, and the keywords that can follow."""
    empty, after = complete("", 0, _values), complete("x ", 2, _values)
    assert not empty.begun
    assert not after.begun
    assert {"level:", "instance:", "lag>", "not "} <= set(empty.candidates)
    assert set(after.candidates) - set(empty.candidates) == {"and ", "or "}
    assert complete("kind:", 5, _values).begun


def test_in_the_middle_of_a_word_nothing_is_offered() -> None:
    """At its end it is, whatever follows."""
    text = "level:w and x"
    assert complete(text, 6, _values).candidates == ()
    assert complete(text, 7, _values).candidates == ("warn",)
    assert complete(text, 7, _values).start == 6


@given(st.text(max_size=12), st.text(max_size=4))
def test_a_completed_value_is_the_value(value: str, other: str) -> None:
    """Whatever characters are in it: the filter wants it, and nothing else."""
    candidates = complete("target:", 7, lambda field: [value]).candidates
    assert bool(candidates) == (value.isprintable() and value != "")
    for candidate in candidates:
        wanted = compile_filter(f"(target:{candidate})", now=1, zone=UTC)
        for target in (value, value + other):
            event = LogEvent(5, 0, Source(0, target, "mq", "general"), 1, "")
            assert wanted.matches(event) is (target.casefold() == value.casefold())


@given(st.text(alphabet='lev:"/()- \\>=xand', max_size=20), st.integers(0, 20))
def test_any_text_can_be_completed(text: str, cursor: int) -> None:
    """It takes no error, and replaces only what stands before the cursor."""
    cursor = min(cursor, len(text))
    completion = complete(text, cursor, _values)
    assert 0 <= completion.start <= cursor
