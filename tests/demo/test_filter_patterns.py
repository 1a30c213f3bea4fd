"""The filter pattern syntax for unstructured terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqtail.demo.calls import ServiceError
from mqtail.demo.filter_patterns import compile_pattern

LINE = '2026-11-20 23:24:54,411 | WARN  | percentUsage=98% of "orders" | Broker | qtp-60'


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", True),
        ("   ", True),
        ('" "', True),
        ("WARN", True),
        ("warn", False),
        ("ARN", True),
        ("WARN Broker", True),
        ("Broker WARN", True),
        ("WARN ERROR", False),
        ('"WARN  | percent"', True),
        ('"WARN | percent"', False),
        ('"\\"orders\\""', True),
        ('"percentUsage=98%"', True),
        ("-ERROR", True),
        ("-WARN", False),
        ("WARN -qtp", False),
        ('WARN -"payments"', True),
        ("?ERROR ?WARN", True),
        ("?ERROR ?FATAL", False),
        ('?ERROR ?"qtp-60"', True),
        ("WARN ?NoSuchWord", True),
        ("ERROR ?WARN", False),
        ("-ERROR ?NoSuchWord", True),
        ("%percentUsage=9[0-9]%", True),
        (r"%\d{4}-\d\d-\d\d\s\d\d%", True),
        (r"%\x7C%", True),
        ("%^WARN%", False),
        ("%qtp-[0-9]+$%", True),
        ("-%qtp%", False),
        ("?%nothing% ?WARN", True),
        ("WARN %WARN|ERROR%", True),
    ],
)
def test_terms(pattern: str, expected: bool) -> None:
    """Terms, phrases, exclusions, any-of and regular expressions."""
    assert compile_pattern(pattern)(LINE) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.level = "WARN" }',
        "[time, level=WARN, ...]",
        "qtp-60",
        '"open',
        "%open",
        "-",
        "?",
        "WARN -",
        "%(a|b)%",
        "%a!%",
        "%é%",
        "%a b%",
        "%[a%",
        '"a""b"',
        "%%",
    ],
)
def test_other_patterns_are_refused(pattern: str) -> None:
    """JSON and space-delimited patterns, and broken ones, match nothing: they are errors."""
    with pytest.raises(ServiceError) as raised:
        compile_pattern(pattern)
    assert raised.value.code == "InvalidParameterException"


@given(st.text())
def test_any_text_compiles_or_is_refused(text: str) -> None:
    """No pattern ends in anything but a predicate or the documented error."""
    code = ""
    try:
        compile_pattern(text)(LINE)
    except ServiceError as error:
        code = error.code
    assert code in ("", "InvalidParameterException")


@given(st.text(st.characters(codec="utf-8", exclude_characters='"\\'), min_size=1))
def test_a_phrase_finds_exactly_its_text(phrase: str) -> None:
    """A quoted phrase matches a line that holds it, and without it does not."""
    assert compile_pattern(f'"{phrase}"')(f"before {phrase} after")
    if phrase.strip():
        assert not compile_pattern(f'"{phrase}"')("")
