"""Lines across the log stand where they belong, and say how long it was silent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from widgets.log.rules import MOST, Gap, Rule, Rules, rule_strip


@given(
    times=st.lists(st.integers(0, 50), min_size=1, max_size=10).map(sorted),
    at=st.lists(st.integers(0, 60), max_size=MOST),
)
def test_each_rule_stands_once(times: list[int], at: list[int]) -> None:
    """Above the first event at or after its moment, below the last one where none follows."""
    wanted = [Rule(moment, f"rule {number}") for number, moment in enumerate(at)]
    rules = Rules(wanted)
    found: list[Rule] = []
    for before, after in zip([None, *times], [*times, None], strict=True):
        between = rules.between(before, after)
        for rule in between:
            assert isinstance(rule, Rule)
            found.append(rule)
            assert before is None or before < rule.at
            assert after is None or rule.at <= after
    assert sorted(found, key=wanted.index) == wanted


def test_of_many_rules_at_one_place_the_newest_stand() -> None:
    """They cannot fill the screen."""
    rules = Rules([Rule(at, str(at)) for at in range(100)])
    assert [rule.at for rule in rules.between(0, 200) if isinstance(rule, Rule)] == [96, 97, 98, 99]


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (61_000, "1m 1s"),
        (252_000, "4m 12s"),
        (3_600_000, "1h"),
        (7_500_000, "2h 5m"),
        (90_000_000, "1d 1h"),
        (45_000, "45s"),
    ],
    ids=lambda value: str(value),
)
def test_gaps_tell_how_long_it_was_silent(ms: int, text: str) -> None:
    """In the two largest units."""
    assert rule_strip(Gap(ms), 40, Style()).text.strip() == f"╌╌ {text} ╌╌"


def test_gaps_begin_above_their_length() -> None:
    """None are told where they are switched off, nor before the first event."""
    assert Rules(gap_ms=60_000).between(0, 60_000) == ()
    assert Rules(gap_ms=60_000).between(0, 60_001) == (Gap(60_001),)
    assert Rules(gap_ms=0).between(0, 1 << 40) == ()
    assert Rules(gap_ms=60_000).between(None, 1 << 40) == ()


@pytest.mark.parametrize("width", [0, 3, 10, 80], ids=["none", "tiny", "narrow", "wide"])
def test_a_rule_is_as_wide_as_the_log(width: int) -> None:
    """Whatever it says."""
    for text in ("x" * 100, "日本語" * 10, "\x1b[2J", ""):
        strip = rule_strip(Rule(0, text), width, Style())
        assert strip.cell_length == width
        assert "\x1b" not in strip.text
