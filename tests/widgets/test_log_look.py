"""Which columns there are, and what a config file may say about them."""

from __future__ import annotations

import pytest

from widgets.log.look import COLUMNS, TIMES, Look, column_names, time_mode


def test_columns_go_and_come_back_in_their_places() -> None:
    """The least needed goes first; nothing changes at both ends."""
    look, seen = Look(), []
    while look.fewer() != look:
        seen.append(look)
        look = look.fewer()
    assert look.columns == ()
    assert seen[1].columns == COLUMNS[:-1]
    for expected in reversed(seen):
        look = look.more()
        assert look == expected
    assert look.more() == look == Look()


def test_columns_in_an_order_of_ones_own_keep_it() -> None:
    """A column that comes back stands before those that usually come after it."""
    look = Look(("level", "time", "kind"))
    assert look.fewer().columns == ("level", "time")
    assert look.more().columns == ("instance", "level", "time", "kind")


def test_the_time_modes_take_turns() -> None:
    """All of them, and the first one again."""
    look, seen = Look(), []
    for _ in TIMES:
        seen.append(look.time)
        look = look.next_time()
    assert (tuple(seen), look) == (TIMES, Look())


def test_names_of_a_config_file() -> None:
    """Each once; the message may be named, it is there anyway."""
    assert column_names(["level", "message", "time", "level"]) == ("level", "time")
    assert time_mode("since") == "since"


@pytest.mark.parametrize("name", ["levle", ""], ids=["mistyped", "empty"])
def test_unknown_names_are_told_with_those_there_are(name: str) -> None:
    """The sentence says what can be written instead."""
    with pytest.raises(ValueError, match=f"no column '{name}'; there are time, target, instance"):
        Look((name,))
    with pytest.raises(ValueError, match=f"no time mode '{name}'; there are clock, since and"):
        Look(time=name)
