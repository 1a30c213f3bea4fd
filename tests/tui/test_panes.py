"""Tabs, splits, context, bookmarks and markers of the main screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.pilot import Pilot
from textual.widgets import Tab

from mqtail.events import Level
from mqtail.filters.guard import slow_searches_stopped
from mqtail.status import Interruption, OlderState
from tests.tui.support import until
from tui.app import MqtailApp
from tui.screens.check import CheckScreen
from tui.screens.main import MainScreen
from widgets.filter.bar import FilterBar
from widgets.log.view import LogView
from widgets.tab_strip import TabStrip
from widgets.timeline.view import Timeline

if TYPE_CHECKING:
    from tests.tui.conftest import FakeSession

MakeApp = Callable[..., MqtailApp]
SIZE = (140, 30)
MINUTE = 60_000


def _main(pilot: Pilot[None]) -> MainScreen:
    screen = pilot.app.screen_stack[1]
    assert isinstance(screen, MainScreen)
    return screen


def _shown(pilot: Pilot[None]) -> list[str]:
    """Messages in the pane that the keys act on."""
    log = _main(pilot).log_view
    log.sync()
    return [event.message for event in log.view]


def _tabs(pilot: Pilot[None]) -> list[str]:
    """Titles of the tabs that can be seen, the active one in brackets."""
    strip = pilot.app.screen.query_one(TabStrip)
    tabs = [tab for tab in strip.query(Tab) if tab.display]
    return [f"[{tab.label_text}]" if tab.has_class("-active") else tab.label_text for tab in tabs]


def _panes(pilot: Pilot[None]) -> list[LogView]:
    """The logs beside each other, from the left."""
    logs = [log for log in _main(pilot).query(LogView) if log.region.width]
    return sorted(logs, key=lambda log: log.region.x)


@pytest.fixture
def everything(session: FakeSession) -> FakeSession:
    """General and audit log of two instances, a cluster, and API calls, a minute apart."""
    session.add_cluster("clicks")
    session.add_api_calls("orders")
    clock = iter(range(1_795_000_000_000 - 20 * MINUTE, 1_795_000_000_000, MINUTE))
    session.store.add(
        [
            session.event("general one", at=next(clock)),
            session.event("general two", instance="2", at=next(clock)),
            session.event("audit one", reader=1, at=next(clock)),
            session.event("broken", level=Level.ERROR, instance="2", at=next(clock)),
            session.event("broker two", reader=2, instance="2", at=next(clock)),
            session.event("call", reader=5, instance=None, at=next(clock)),
            session.event("general last", at=next(clock)),
        ]
    )
    return session


async def test_tabs_show_what_their_titles_say(everything: FakeSession, make_app: MakeApp) -> None:
    """`]` goes on, `[` back; from the last log the setup check is next, and then the first."""
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert _tabs(pilot) == ["[All]", "General", "Audit", "MSK", "API calls", "Setup check"]
        seen = []
        for _ in range(4):
            await pilot.press("right_square_bracket")
            await pilot.pause()
            seen.append(_shown(pilot))
        assert seen == [
            ["general one", "general two", "broken", "general last"],
            ["audit one"],
            ["broker two"],
            ["call"],
        ]
        await pilot.press("right_square_bracket")
        await pilot.pause()
        assert isinstance(pilot.app.screen, CheckScreen)
        assert _tabs(pilot)[-1] == "[Setup check]"
        await pilot.press("right_square_bracket")
        await pilot.pause()
        assert _tabs(pilot)[0] == "[All]"
        assert len(_shown(pilot)) == 7
        await pilot.press("left_square_bracket")
        await pilot.pause()
        assert isinstance(pilot.app.screen, CheckScreen)
        await pilot.press("left_square_bracket")
        await pilot.pause()
        assert _shown(pilot) == ["call"]


async def test_tabs_are_chosen_with_the_mouse(everything: FakeSession, make_app: MakeApp) -> None:
    """Over the log and over the setup check alike."""
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.pause()

        async def click(title: str) -> None:
            tabs = pilot.app.screen.query_one(TabStrip).query(Tab)
            await pilot.click(next(tab for tab in tabs if tab.label_text == title))
            await pilot.pause()

        await click("Audit")
        assert _shown(pilot) == ["audit one"]
        await click("Setup check")
        assert isinstance(pilot.app.screen, CheckScreen)
        await click("MSK")
        assert _shown(pilot) == ["broker two"]
        assert pilot.app.focused is _main(pilot).log_view


async def test_tabs_without_sources_are_not_there(session: FakeSession, make_app: MakeApp) -> None:
    """They come when there is something for them."""
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert _tabs(pilot) == ["[All]", "General", "Audit", "Setup check"]
        session.add_api_calls("orders")
        _main(pilot).poll()
        assert "API calls" in _tabs(pilot)


async def test_a_tab_is_live_and_stays_where_it_was(
    everything: FakeSession, make_app: MakeApp
) -> None:
    """What comes while another tab is shown is there; the cursor is where it was left."""
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("right_square_bracket", "up", "up")
        cursor = _main(pilot).log_view.cursor
        assert cursor is not None
        await pilot.press("left_square_bracket")
        everything.add("general new")
        await pilot.press("right_square_bracket")
        await pilot.pause()
        assert _main(pilot).log_view.cursor is cursor
        assert _shown(pilot)[-1] == "general new" or "general new" in _shown(pilot)
        everything.add("general newer")
        assert "general newer" in _shown(pilot)


async def test_the_filter_holds_in_every_tab(everything: FakeSession, make_app: MakeApp) -> None:
    """Also in those that are opened later, and in those that were opened before."""
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("right_square_bracket", "left_square_bracket")
        await pilot.press("f", *"one", "enter")
        await pilot.pause()
        assert _shown(pilot) == ["general one", "audit one"]
        await pilot.press("right_square_bracket")
        await pilot.pause()
        assert _shown(pilot) == ["general one"]
        await pilot.press("right_square_bracket")
        await pilot.pause()
        assert _shown(pilot) == ["audit one"]


async def test_v_splits_by_instance_kind_target_and_ends(
    everything: FakeSession, make_app: MakeApp
) -> None:
    """Each time in another way, in the end in one pane again."""
    async with make_app().run_test(size=SIZE) as pilot:
        seen = []
        for _ in range(4):
            await pilot.press("v")
            await pilot.pause()
            seen.append([[event.message for event in log.view] for log in _panes(pilot)])
        assert seen[0] == [
            ["general one", "audit one", "general last"],
            ["general two", "broken", "broker two"],
        ]
        assert seen[1] == [["general one", "general two", "broken", "general last"], ["audit one"]]
        assert [len(side) for side in seen[2]] == [6, 1]
        assert [len(side) for side in seen[3]] == [7]


async def test_a_look_at_the_readers_while_panes_come_and_go(
    everything: FakeSession, make_app: MakeApp
) -> None:
    """What is not there yet, or not any more, is not painted."""
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("up", "up")
        main = _main(pilot)
        for _ in range(4):
            dividing = asyncio.create_task(main.action_split())
            while not dividing.done():
                main.log_side.wear(replace(main.log_side.look, wrap=not main.log_side.look.wrap))
                main.poll()
                await asyncio.sleep(0)
            await dividing
        assert len(_panes(pilot)) == 1


async def test_the_sides_of_a_split_scroll_together_by_time(
    session: FakeSession, make_app: MakeApp
) -> None:
    """What happened at the same time stands on the same line; following is common, too."""
    start = 1_795_000_000_000 - 400_000
    session.store.add(
        [
            session.event(f"{instance} {at}", instance=instance, at=start + at * 1000)
            for at in range(200)
            for instance in "12"
            if instance == "1" or at % 2 == 0
        ]
    )
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("v")
        await pilot.pause()
        left, right = _panes(pilot)
        assert left.follow
        assert right.follow
        await pilot.press(*["pageup"] * 3)
        await pilot.pause()
        assert left.place is not None
        time, line = left.place
        assert not right.follow
        beside = right.page[line]
        assert abs(beside.timestamp - time) <= 1000
        await pilot.press("end")
        await pilot.pause()
        assert left.follow
        assert right.follow
        # The wheel over the other side leads, too.
        right.scroll_to(y=20)
        await pilot.pause()
        assert right.seen is not None
        assert left.seen is not None
        assert abs(left.seen[0] - right.seen[0]) <= 2000


async def test_digits_choose_the_instance_of_the_side_with_the_focus(
    everything: FakeSession, make_app: MakeApp
) -> None:
    """The other side stays as it is."""
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("v", "2")
        await pilot.pause()
        sides = [[event.message for event in log.view] for log in _panes(pilot)]
        assert sides[0] == sides[1] == ["general two", "broken", "broker two"]
        assert not _main(pilot).conditions.is_any


async def test_x_shows_the_context_and_goes_back(
    everything: FakeSession, make_app: MakeApp
) -> None:
    """The same moment with everything around it; then the view before, at the same event."""
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("right_square_bracket", "f", *"level:error", "enter")
        await pilot.pause()
        assert _shown(pilot) == ["broken"]
        await pilot.press("x")
        await pilot.pause()
        log = _main(pilot).log_view
        assert len(_shown(pilot)) == 7
        assert log.cursor is not None
        assert log.cursor.message == "broken"
        assert _tabs(pilot)[0] == "[All]"
        assert _main(pilot).query_one("#filter", FilterBar).text == ""
        await pilot.press("x")
        await pilot.pause()
        assert _tabs(pilot)[1] == "[General]"
        assert _shown(pilot) == ["broken"]
        assert _main(pilot).query_one("#filter", FilterBar).text == "level:error"
        cursor = _main(pilot).log_view.cursor
        assert cursor is not None
        assert cursor.message == "broken"


async def test_bookmarks_are_set_and_gone_to(everything: FakeSession, make_app: MakeApp) -> None:
    """`m` sets one, `'` goes round, `m` once more takes it away."""
    async with make_app().run_test(size=SIZE) as pilot:
        log = _main(pilot).log_view
        await pilot.press("home", "m", "down", "down", "m", "end")
        places = []
        for _ in range(3):
            await pilot.press("apostrophe")
            places.append(log.cursor and log.cursor.message)
        assert places == ["general one", "audit one", "general one"]
        assert len(log.bookmarks) == 2
        await pilot.press("m")
        assert len(log.bookmarks) == 1


async def test_the_search_tells_how_much_it_found(
    everything: FakeSession, make_app: MakeApp
) -> None:
    """And which of them the cursor is on; it counts on as events come."""
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"general", "enter")
        await pilot.pause()
        bar = _main(pilot).query_one("#search", FilterBar)
        assert "3 of 3 matches" in bar.count_text
        await pilot.press("N")
        await pilot.pause()
        assert "2 of 3 matches" in bar.count_text
        everything.add("general new")
        _main(pilot).poll()
        assert "2 of 4 matches" in bar.count_text


async def test_the_top_reads_older_history(everything: FakeSession, make_app: MakeApp) -> None:
    """Where that can go on; else it is told why not."""
    async with make_app().run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("home")
        await pilot.pause()
        assert everything.read_older_calls == 1
        everything.older.state = OlderState.COMPLETE
        everything.older.reason = "CloudWatch Logs keeps nothing older"
        await pilot.press("up")
        await pilot.pause()
        assert everything.read_older_calls == 1
        toasts = [str(toast.render()) for toast in pilot.app.screen.query("Toast")]
        assert any("keeps nothing older" in toast for toast in toasts)


async def test_markers_are_gone_to(session: FakeSession, make_app: MakeApp) -> None:
    """`<` goes back through starts, stops and failovers, `>` on."""
    start = "| INFO  | Apache ActiveMQ 5.18.4 (orders, ID:x) started | org.apache.BrokerService | m"
    begin = 1_795_000_000_000 - 10 * MINUTE
    for number in range(10):
        at = begin + number * MINUTE
        session.store.add([session.event(f"message {number}", at=at)])
        if number in (3, 7):
            text = f"2026-11-18 11:05:0{number},100 {start}"
            session.store.add([session.event(text, at=at + 1)])
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.pause()
        log, places = _main(pilot).log_view, []
        for key in ("less_than_sign", "less_than_sign", "greater_than_sign"):
            await pilot.press(key)
            await pilot.pause()
            places.append(log.rows.index_of(log.cursor) if log.cursor else None)
        assert places == [9, 4, 9]


async def test_i_goes_to_the_timeline_and_hides_it(session: FakeSession, make_app: MakeApp) -> None:
    """As `b` does with the sources; a low terminal has no room for it."""
    async with make_app().run_test(size=SIZE) as pilot:
        timeline = pilot.app.screen.query_one(Timeline)
        await pilot.press("i")
        assert timeline.has_focus
        await pilot.press("i")
        assert not timeline.display
        assert _main(pilot).log_view.has_focus
        await pilot.press("i")
        assert timeline.display
        await pilot.press("escape")
        assert _main(pilot).log_view.has_focus
        await pilot.resize_terminal(60, 15)
        await pilot.pause()
        assert not timeline.display


async def test_markers_that_are_hidden_are_passed_over(
    session: FakeSession, make_app: MakeApp
) -> None:
    """The next one that is shown is gone to, in the pane that has it."""
    start = "| INFO  | Apache ActiveMQ 5.18.4 (orders, ID:x) started | org.apache.BrokerService | m"
    begin = 1_795_000_000_000 - 10 * MINUTE
    for number, instance in enumerate("1212"):
        text = f"2026-11-18 11:05:0{number},100 {start}"
        at = begin + number * MINUTE
        session.store.add([session.event(text, instance=instance, at=at)])
    session.store.add([session.event("last", at=begin + 5 * MINUTE)])
    async with make_app().run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("1", "less_than_sign", "less_than_sign")
        await pilot.pause()
        assert _main(pilot).log_view.cursor is session.store[0]
        await pilot.press("1", "v", "end", "less_than_sign")
        await pilot.pause()
        assert _main(pilot).log_view is _panes(pilot)[1]
        assert _main(pilot).log_view.cursor is session.store[3]
        toasts = [str(toast.render()) for toast in pilot.app.screen.query("Toast")]
        assert any("orders 2" in toast for toast in toasts)


async def test_an_interruption_is_a_rule_in_the_log(
    everything: FakeSession, make_app: MakeApp
) -> None:
    """It says which log could not be read, and why."""
    reader = everything.readers[0]
    at = everything.store[3].timestamp
    reader.interruptions.append(Interruption(at - 1000, at + 1000, "Rate exceeded"))
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.pause()
        log = _main(pilot).log_view
        rows = [log.render_line(y).text for y in range(log.size.height)]
        (rule,) = (row for row in rows if "Rate exceeded" in row)
        assert "orders general" in rule
        assert "broken" in rows[rows.index(rule) + 1]


async def test_what_is_wrong_with_the_filter_is_told_of_that_filter(
    everything: FakeSession, make_app: MakeApp
) -> None:
    """Not of the context, which has none; back in the view it is told again."""
    async with make_app().run_test(size=SIZE) as pilot:
        bar = _main(pilot).log_side.filter_bar
        with slow_searches_stopped(0.02):
            everything.add("a" * 40)
            for text in ("one (", "/(a+)+b/"):
                bar.text = text
                await until(pilot, lambda: bar.error is not None)
                told = bar.error
                await pilot.press("x")
                await until(pilot, lambda: bar.text == "")
                assert bar.error is None
                assert not bar.has_class("-invalid")
                await pilot.press("x")
                await until(pilot, lambda text=text: bar.text == text)  # type: ignore[misc]
                assert bar.error is told
                assert bar.has_class("-invalid")
                bar.text = ""
                await until(pilot, lambda: bar.error is None)


async def test_the_command_of_the_view_is_copied(
    everything: FakeSession, make_app: MakeApp
) -> None:
    """`Y` copies what a shell runs to show the same again."""
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("right_square_bracket", "1", "f", *"one", "enter", "Y")
        await pilot.pause()
        assert pilot.app.clipboard.startswith(
            "mqtail -i 1 -k general -k connection -k channel -f one"
        )


async def test_a_span_of_the_timeline_becomes_a_filter(
    everything: FakeSession, make_app: MakeApp
) -> None:
    """Together with the filter that was there."""
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("f", *"general", "enter")
        begin, end = everything.store[1].timestamp, everything.store[6].timestamp
        timeline = pilot.app.screen.query_one(Timeline)
        timeline.post_message(Timeline.SpanChosen(timeline, begin, end))
        await pilot.pause()
        await pilot.pause()
        assert _shown(pilot) == ["general two"]
