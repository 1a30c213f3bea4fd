"""The smaller widgets, each on its own."""

from __future__ import annotations

from textual import events
from textual.widgets import Static

from mqtail.errors import FilterError
from mqtail.status import ReaderStatus, State
from tests.widgets.conftest import OneWidget
from widgets.filter_bar import FilterBar
from widgets.status_line import Status, StatusLine, overall


def _reader(target: str) -> ReaderStatus:
    return ReaderStatus(target, "mq", "general", f"/{target}/general", state=State.LIVE)


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
        await pilot.press(*"dr")
        texts = []
        for key in ("up", "up", "up", "up", "down", "down", "down"):
            await pilot.press(key)
            texts.append(bar.text)
        assert texts == ["second", "secondX", "first", "first", "secondX", "second", "dr"]
        await pilot.press("down")
        await pilot.pause()
        assert app.closed[-1] is True
        assert bar.text == "dr"


async def test_a_recalled_text_that_is_changed_is_a_new_draft() -> None:
    """Up begins with the newest again."""
    bar = FilterBar()
    async with OneWidget(bar).run_test() as pilot:
        for word in ("one", "two"):
            bar.edit(anew=True)
            await pilot.press(*word, "enter")
        bar.edit()
        await pilot.press("up", "x")
        await pilot.pause()
        await pilot.press("up")
        assert bar.text == "two"


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
        assert error == f"{' ' * 14}▲ column 8: [x] is no level"
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


async def test_the_status_line_leaves_out_what_does_not_fit() -> None:
    """The state and the reason come before the figures."""
    line = StatusLine()
    app = OneWidget(line)
    async with app.run_test(size=(60, 1)):
        facts = ("45,678 events", "120/s", "3 late")
        line.status = Status("live", "●", "good", facts=facts)
        row = app.rows()[0]
        assert row.startswith(" ● LIVE ")
        assert row.endswith("45,678 events · 120/s · 3 late")
        reason = "orders audit: \x1b[31m[b]denied[/b] and a long explanation of it"
        line.status = Status("failing", "✖", "bad", reason, facts=facts)
        row = app.rows()[0]
        assert row.startswith(" ✖ FAILING   orders audit: ␛[31m[b]")
        assert "…" in row
        assert len(row) <= 60


async def test_the_status_line_never_hides_that_something_is_left_out() -> None:
    """A condition that does not fit is cut with a mark, and not dropped."""
    line = StatusLine()
    app = OneWidget(line)
    async with app.run_test(size=(40, 1)):
        line.status = Status(
            hints=("↓ 12 new · end follows",), filters=("only instance 1", "≥ error")
        )
        assert app.rows()[0] == " ◌ STARTING   ↓ 12 new · end follows  o…"


def test_the_end_is_said_also_where_something_failed() -> None:
    """Nobody waits for more from a session that has ended."""
    readers = [_reader("a"), _reader("b")]
    readers[0].state = readers[1].state = State.ENDED
    assert overall(readers, "ended")[:2] == (State.ENDED, "ended")
    readers[1].state, readers[1].reason = State.FAILING, "denied"
    assert overall(readers, "ended") == (
        State.FAILING,
        "ended, failing 1 of 2",
        "b general: denied",
    )
    readers[1].state, readers[1].reason = State.WAITING, "there is no such log group"
    assert overall(readers, "ended") == (
        State.ENDED,
        "ended",
        "b general: there is no such log group",
    )


def test_the_worst_reader_speaks_for_all() -> None:
    """Trouble comes before history, history before live."""
    readers = [_reader("a"), _reader("b")]
    assert overall(readers, "reading")[:2] == (State.LIVE, "live")
    readers[0].state = State.HISTORY
    assert overall(readers, "reading")[:2] == (State.HISTORY, "reading history")
    readers[1].state, readers[1].reason = State.THROTTLED, "too many requests"
    assert overall(readers, "reading") == (
        State.THROTTLED,
        "throttled 1 of 2",
        "b general: too many requests",
    )
    assert overall([], "signing in")[:2] == (State.STARTING, "signing in")
    assert overall([_reader("a")], "ended")[:2] == (State.ENDED, "ended")


def test_what_is_only_available_is_not_counted() -> None:
    """It is no reader at work; where there is no other, nothing is read."""
    readers = [_reader("a"), _reader("b"), _reader("c")]
    readers[0].state = State.AVAILABLE
    readers[1].state, readers[1].reason = State.FAILING, "denied"
    assert overall(readers, "reading")[1:] == ("failing 1 of 2", "b general: denied")
    assert overall(readers[:1], "reading") == (State.AVAILABLE, "nothing read", "")
    assert overall(readers[:1], "ended")[:2] == (State.ENDED, "ended")


def test_api_calls_that_are_not_permitted_are_told_without_alarm() -> None:
    """All is well with what was asked for; whatever else is wrong comes first."""
    reader, calls = _reader("a"), _reader("cloudtrail")
    calls.kind, calls.state, calls.hopeless = "api", State.FAILING, True
    calls.optional = True
    calls.reason, calls.hint = "denied", "allow it"
    told = (State.LIVE, "live", "API calls: denied → allow it")
    assert overall([reader, calls], "reading") == told
    reader.state, reader.reason = State.THROTTLED, "too many requests"
    assert overall([reader, calls], "reading")[2] == "a general: too many requests"
    assert overall([calls], "reading")[:2] == (State.FAILING, "failing")
