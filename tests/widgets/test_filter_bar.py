"""The filter bar: what it tells, brings back and points at."""

from __future__ import annotations

from textual import events
from textual.widgets import Static

from mqtail.errors import FilterError
from tests.widgets.conftest import OneWidget
from widgets.filter.bar import FilterBar


def _shown(bar: FilterBar) -> str:
    """What stands under the line."""
    return str(bar.query_one(".filter-bar--help", Static).render())


async def test_the_filter_bar_reports_changes_and_undo() -> None:
    """Each change is told; escape brings back what was there before."""
    bar = FilterBar("level>=warn")
    app = OneWidget(bar)
    async with app.run_test() as pilot:
        bar.edit()
        await pilot.press("space", "x")
        await pilot.pause()
        assert app.typed[-1] == "level>=warn x"
        await pilot.press("escape")
        await pilot.pause()
        assert app.typed[-1] == bar.text == "level>=warn"
        bar.edit()
        await pilot.press("space", "y", "enter")
        await pilot.pause()
        assert app.closed == [False, True]
        assert bar.text == "level>=warn y"


async def test_earlier_texts_of_the_filter_bar_can_be_brought_back() -> None:
    """Up goes through what was kept, taken back and cleared; down comes back to the draft."""
    bar = FilterBar("first")
    app = OneWidget(bar)
    async with app.run_test() as pilot:
        bar.edit(anew=True)
        await pilot.press(*"second", "enter")
        bar.edit()
        await pilot.press("X", "escape")
        assert bar.text == "second"
        bar.clear()
        bar.edit()
        texts = []
        for key in ("up", "up", "up", "up", "down", "down", "down"):
            await pilot.press(key)
            texts.append(bar.text)
        assert texts == ["second", "secondX", "first", "first", "secondX", "second", ""]
        await pilot.press("down")
        await pilot.pause()
        assert app.closed[-1] is True
        assert bar.text == ""


async def test_what_is_typed_chooses_among_the_earlier_texts() -> None:
    """Up goes through those that begin with it; one that is changed is a new draft."""
    bar = FilterBar()
    async with OneWidget(bar).run_test() as pilot:
        bar.history = ["level:warn a", "timeout", "Level:error", "level:warn b"]
        bar.edit()
        await pilot.press(*"level:w")
        texts = []
        for key in ("up", "up", "up", "down", "down"):
            await pilot.press(key)
            texts.append(bar.text)
        found = ["level:warn b", "level:warn a"]
        assert texts == [*found, found[1], found[0], "level:w"]
        await pilot.press(*["backspace"] * 2, "up", "up")
        assert bar.text == "Level:error"
        await pilot.press("x", "up")
        assert bar.text == "Level:errorx"
        assert "no earlier one that begins with this" in _shown(bar)


async def test_what_is_kept_is_told_to_be_remembered() -> None:
    """Sensible texts alone, and none that was taken back."""
    bar = FilterBar()
    app = OneWidget(bar)
    async with app.run_test() as pilot:
        for text, key in (("one", "enter"), ("two", "escape"), ("(", "enter"), ("lev", "enter")):
            bar.edit(anew=True)
            await pilot.press(*text, key)
            await pilot.pause()
        assert app.remembered == ["one", "lev"]
        assert bar.history == ["two", "one", "(", "lev"]


async def test_undo_survives_that_the_window_was_left_for_a_moment() -> None:
    """The text before editing stays the one from before, though the focus came back anew."""
    bar = FilterBar("good")
    app = OneWidget(bar)
    async with app.run_test() as pilot:
        bar.edit()
        await pilot.press("x")
        app.post_message(events.AppBlur())
        await pilot.pause()
        app.post_message(events.AppFocus())
        await pilot.pause()
        await pilot.press("escape")
        assert bar.text == "good"


async def test_the_filter_bar_points_at_the_error() -> None:
    """The pointer stands under the column; markup in the message is text."""
    bar = FilterBar("level>=[x]", label="filter")
    async with OneWidget(bar).run_test(size=(80, 5)) as pilot:
        bar.show_error(FilterError(8, "[x] is no level"))
        await pilot.pause()
        error = str(bar.query_one(".filter-bar--error", Static).render())
        assert error == f"{' ' * 16}▲ column 8: [x] is no level"
        assert bar.size.height == 2
        bar.show_error(None)
        await pilot.pause()
        assert bar.size.height == 1


async def test_the_filter_bar_counts() -> None:
    """What passes, of how many."""
    bar = FilterBar()
    async with OneWidget(bar).run_test():
        label = bar.query_one(".filter-bar--count", Static)
        bar.show_count(1_234, 45_678)
        assert str(label.render()) == "1,234 of 45,678"
        bar.show_count(45_678, 45_678)
        assert str(label.render()) == "45,678"
        bar.show_count_text("3 of [120] matches")
        assert str(label.render()) == bar.count_text == "3 of [120] matches"
