"""The status line: what it says of the readers, and what of that fits."""

from __future__ import annotations

import pytest

from mqtail.events import Source
from mqtail.status import ReaderStatus, State, StreamStatus
from tests.widgets.conftest import OneWidget
from widgets.status_line import Hint, Status, StatusLine, overall, progress_bar


def _reader(target: str) -> ReaderStatus:
    return ReaderStatus(target, "mq", "general", f"/{target}/general", state=State.LIVE)


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
        follow = Hint("follow", "↓ 12 new · end follows", "↓ 12 new")
        line.status = Status(hints=(follow,), filters=("only instance 1", "≥ error"))
        assert app.rows()[0] == " ◌ STARTING   ↓ 12 new  only instance 1…"


FULL = Status(
    "live 1 of 2",
    "◌",
    "idle",
    "orders general: the log group does not exist",
    hints=(
        Hint("resume", "‖ PAUSED · 1,234 waiting · space goes on", "‖ PAUSED · 1,234 waiting"),
        Hint("check", "× 2 failed in the setup check · c", "× 2 failed"),
    ),
    filters=("only instance 1",),
    facts=("45,678 events", "120/s"),
    progress=0.459,
    modes=(Hint("split", "‖ split"),),
)


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (60, " ◌ LIVE 1 OF 2   ▰▰▱▱▱ 45 %  ‖ PAUSED · 1,234 waiting  × 2 …"),
        (
            100,
            " ◌ LIVE 1 OF 2   ▰▰▰▰▱▱▱▱▱▱ 45 %  ‖ PAUSED · 1,234 waiting  × 2 failed  ‖ split"
            "  only instance 1  …",
        ),
        (
            200,
            " ◌ LIVE 1 OF 2   ▰▰▰▰▱▱▱▱▱▱ 45 %  ‖ PAUSED · 1,234 waiting · space goes on"
            "  × 2 failed in the setup check · c  ‖ split  only instance 1"
            "  orders general: the log group does not exist     45,678 events",
        ),
    ],
    ids=["narrow", "middling", "wide"],
)
async def test_the_most_important_words_come_first(width: int, row: str) -> None:
    """State, progress and hints; in short words where long ones leave nothing to the reason."""
    line = StatusLine()
    app = OneWidget(line)
    async with app.run_test(size=(width, 1)):
        line.status = FULL
        assert app.rows()[0] == row


async def test_a_click_tells_what_it_was_on() -> None:
    """The state with its reason, each hint and mode, the filters; figures are for reading."""
    line = StatusLine()
    app = OneWidget(line)
    async with app.run_test(size=(200, 1)) as pilot:
        line.status = FULL
        await pilot.pause()
        text = app.rows()[0]
        for words in ("LIVE", "waiting", "failed", "split", "instance", "group", "events"):
            await pilot.click(StatusLine, offset=(text.index(words), 0))
        await pilot.pause()
        assert app.clicked == ["state", "resume", "check", "split", "filters", "state"]


async def test_what_can_be_clicked_is_underlined_under_the_mouse() -> None:
    """Until the mouse goes elsewhere."""
    line = StatusLine()
    async with OneWidget(line).run_test(size=(200, 1)) as pilot:
        line.status = FULL
        await pilot.pause()

        def underlined() -> str:
            segments = line.render_line(0)
            return "".join(text for text, style, _ in segments if style and style.underline)

        for column, shown in ((60, FULL.hints[0].text), (199, "")):
            await pilot.hover(StatusLine, offset=(column, 0))
            await pilot.pause()
            assert underlined() == shown


@pytest.mark.parametrize(
    ("progress", "bar"),
    [
        (None, ""),
        (0.0, "  ▱▱▱▱▱ 0 %"),
        (0.599, "  ▰▰▱▱▱ 59 %"),
        (0.999, "  ▰▰▰▰▱ 99 %"),
        (1.7, "  ▰▰▰▰▰ 100 %"),
    ],
    ids=["unknown", "none", "half", "nearly", "beyond"],
)
def test_a_progress_bar_is_full_at_the_end_only(progress: float | None, bar: str) -> None:
    """Nothing is called done before it is."""
    assert progress_bar(progress, 5) == bar


def test_a_target_without_logs_is_not_live() -> None:
    """Neither where its log groups are missing, nor where they have no stream; the rest is."""
    live, missing = _reader("a"), _reader("b")
    calls = ReaderStatus("cloudtrail", "cloudtrail", "api", "", "cloudtrail", State.LIVE)
    source = Source(0, "a", "mq", "general", "1")
    live.streams["1"] = StreamStatus(source)
    missing.state, missing.reason = State.WAITING, "there is no such log group"
    told = (State.WAITING, "live 1 of 2", "b general: there is no such log group")
    assert overall([live, missing, calls], "reading") == told
    assert overall([missing, calls], "reading") == (State.WAITING, "waiting", told[2])
    missing.state, missing.reason, missing.listed = State.LIVE, "", True
    assert overall([live, missing], "reading")[2] == (
        "b general: nothing has been written there so far"
    )
    assert overall([live], "reading", ["b", "c"])[:2] == (State.WAITING, "live 1 of 3")
    assert overall([], "reading", ["b"])[:2] == (State.WAITING, "waiting")
    audit = _reader("a")
    audit.state = State.WAITING
    assert overall([live, audit], "reading")[:2] == (State.LIVE, "live")


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
