"""A Kafka cluster's log in several places, and API calls: what keys and the tree do with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from textual.pilot import Pilot

from mqtail.events import Level
from mqtail.settings import Settings
from mqtail.status import State
from mqtail.store import Store
from tui.app import MqtailApp
from tui.screens.main import MainScreen
from widgets.log.view import LogView
from widgets.sources.detail import SourceDetail
from widgets.sources.tree import SourceTree
from widgets.status_line import Status, StatusLine

if TYPE_CHECKING:
    from tests.tui.conftest import FakeSession

MakeApp = Callable[..., MqtailApp]
SIZE = (140, 30)


def _main(pilot: Pilot[None]) -> MainScreen:
    screen = pilot.app.screen_stack[1]
    assert isinstance(screen, MainScreen)
    screen.poll()
    return screen


def _shown(pilot: Pilot[None]) -> list[str]:
    """Messages in the log."""
    return [event.message for event in _main(pilot).query_one(LogView).view]


def _status(pilot: Pilot[None]) -> Status:
    return _main(pilot).query_one(StatusLine).status


def _toasts(pilot: Pilot[None]) -> list[str]:
    return [str(toast.render()) for toast in pilot.app.screen.query("Toast")]


def _tree(pilot: Pilot[None]) -> list[str]:
    """The rows of the tree: mark, name and figures."""
    tree = _main(pilot).query_one(SourceTree)
    rows = [tree.render_line(y).text.split() for y in range(tree.size.height)]
    return [" ".join(part for part in row if part.strip("▾▸├└│▁▂▃▄▅▆▇█")) for row in rows if row]


async def _go_to(pilot: Pilot[None], *path: str) -> None:
    """Stand on a node of the tree."""
    tree = _main(pilot).query_one(SourceTree)
    tree.focus()
    await pilot.press("home")
    for _ in range(tree.last_line + 1):
        node = tree.cursor_node
        if node is not None and node.data is not None and node.data.path == path:
            return
        await pilot.press("down")
    pytest.fail(f"{path} is not in the tree.")


async def _choose(pilot: Pilot[None], *path: str) -> None:
    """Press space on a node of the tree."""
    await _go_to(pilot, *path)
    await pilot.press("space")
    await pilot.pause()


@pytest.fixture
def cluster(session: FakeSession) -> FakeSession:
    """A cluster that is read from CloudWatch Logs, a broker, and the API calls of both."""
    session.add_cluster("clicks")
    session.add_api_calls("clicks", "orders")
    session.add("general")
    session.add("audited", reader=1)
    session.add("from broker 1", "from broker 1 again", reader=2)
    session.add("from broker 3", reader=2, instance="3")
    session.store.add([session.event("called", reader=5, instance=None, level=Level.WARN)])
    return session


async def test_kafka_brokers_and_api_calls_have_keys(
    cluster: FakeSession, make_app: MakeApp
) -> None:
    """`k` and `t` turn them off and on; `3` shows broker 3 alone, with the API calls of all."""
    async with make_app().run_test(size=SIZE) as pilot:
        shown = []
        for keys in ("k", "kt", "t3", "3"):
            await pilot.press(*keys)
            await pilot.pause()
            shown.append(_shown(pilot))
        assert shown == [
            ["general", "audited", "called"],
            ["general", "audited", "from broker 1", "from broker 1 again", "from broker 3"],
            ["from broker 3", "called"],
            [
                "general",
                "audited",
                "from broker 1",
                "from broker 1 again",
                "from broker 3",
                "called",
            ],
        ]


async def test_what_keys_leave_out_is_off_in_the_tree(
    cluster: FakeSession, make_app: MakeApp
) -> None:
    """In every target that has it."""
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("t")
        await pilot.pause()
        assert [row for row in _tree(pilot) if "api" in row] == ["○ api 0 –", "○ api 1 1m"]
        assert _status(pilot).filters == ("no api",)


async def test_a_key_for_a_log_that_is_not_read_says_so(
    session: FakeSession, make_app: MakeApp
) -> None:
    """A log that is only available is not read, either."""
    session.add_cluster("clicks", read=())
    async with make_app().run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("k", "t")
        await pilot.pause()
        assert any("No broker log is read" in toast for toast in _toasts(pilot))
        assert any("No API calls are read" in toast for toast in _toasts(pilot))
        assert not _main(pilot).conditions.is_any


async def test_api_calls_of_one_target_can_be_hidden(
    cluster: FakeSession, make_app: MakeApp
) -> None:
    """Though one reader reads those of all targets."""
    cluster.store.add([cluster.event("of orders", reader=5, target="orders", instance=None)])
    async with make_app().run_test(size=SIZE) as pilot:
        await _choose(pilot, "clicks", "api")
        assert "called" not in _shown(pilot)
        assert "of orders" in _shown(pilot)


async def test_available_logs_are_in_the_tree_and_nowhere_else(
    cluster: FakeSession, make_app: MakeApp
) -> None:
    """They are no readers at work, and their targets need no column."""
    cluster.readers[:2] = []
    cluster.readers[0].state, cluster.readers[0].reason = State.FAILING, "denied"
    async with make_app().run_test(size=SIZE) as pilot:
        rows = _tree(pilot)
        assert "◇ broker s3 available" in rows
        assert "◇ broker firehose available" in rows
        assert _status(pilot).label == "failing 1 of 2"


async def test_choosing_an_available_log_reads_it(cluster: FakeSession, make_app: MakeApp) -> None:
    """It is a log like any other then, and what comes from it is told from its twin."""
    async with make_app().run_test(size=SIZE, notifications=True) as pilot:
        await _choose(pilot, "clicks", "broker s3")
        assert cluster.also_read == [cluster.readers[3]]
        assert "● broker s3 0 –" in _tree(pilot)
        assert _toasts(pilot) == [
            "Reading clicks broker s3: the same events now show once for each destination"
        ]
        cluster.add("from broker 1", reader=3)
        assert _shown(pilot).count("from broker 1") == 2
        log = _main(pilot).query_one(LogView)
        log.sync()
        assert " broker s3 " in log.render_line(6).text
        await _choose(pilot, "clicks", "broker s3")
        assert _shown(pilot).count("from broker 1") == 1
        assert len(cluster.also_read) == 1


async def test_a_log_that_was_asked_for_is_shown(cluster: FakeSession, make_app: MakeApp) -> None:
    """Also where its kind and its target were off; what was hidden beside it stays hidden."""
    async with make_app().run_test(size=SIZE) as pilot:
        await pilot.press("k")
        await _choose(pilot, "clicks")
        await _choose(pilot, "clicks", "broker firehose")
        cluster.add("by firehose", reader=4)
        assert _shown(pilot) == ["general", "audited", "by firehose"]


async def test_the_detail_says_how_an_available_log_is_read(
    cluster: FakeSession, make_app: MakeApp
) -> None:
    """And not that it could be, once reading has ended."""
    async with make_app().run_test(size=SIZE, notifications=True) as pilot:
        detail = _main(pilot).query_one(SourceDetail)
        await _go_to(pilot, "clicks", "broker s3")
        _main(pilot)
        assert "press space to read it, too" in str(detail.render())
        cluster.phase = "ended"
        cluster.end.set()
        await pilot.pause()
        _main(pilot)
        assert "available: not read, and reading has ended" in str(detail.render())
        await pilot.press("space", "d")
        await pilot.pause()
        assert cluster.also_read == []
        assert _toasts(pilot) == ["Reading has ended"]


async def test_d_reads_every_other_destination_of_what_is_shown(
    cluster: FakeSession, make_app: MakeApp
) -> None:
    """A target that is hidden is left alone; nothing left to read is told."""
    cluster.add_cluster("audit-trail", read=("s3",))
    async with make_app().run_test(size=SIZE, notifications=True) as pilot:
        await _choose(pilot, "audit-trail")
        await pilot.press("d", "d")
        await pilot.pause()
        assert cluster.also_read == cluster.readers[3:5]
        assert _toasts(pilot) == [
            "Reading clicks broker s3, clicks broker firehose: the same events now show once for "
            "each destination",
            "What is shown has no other destinations left to read",
        ]


async def test_where_nothing_is_read_the_way_to_read_is_told(
    session: FakeSession, make_app: MakeApp
) -> None:
    """`-d s3` of a cluster that delivers elsewhere; what is read then has no twin."""
    session.readers.clear()
    session.add_cluster("clicks", read=())
    del session.readers[1:]
    async with make_app().run_test(size=SIZE, notifications=True) as pilot:
        log = _main(pilot).query_one(LogView)
        assert (_status(pilot).label, _status(pilot).tone) == ("nothing read", "idle")
        assert "press d" in _status(pilot).reason
        assert log.placeholder == (
            "Nothing is read",
            "press d to read the logs where they are available",
        )
        await pilot.press("d")
        await pilot.pause()
        assert _toasts(pilot) == ["Reading clicks broker"]
        assert _status(pilot).label == "live"


async def test_the_palette_offers_what_does_something(
    session: FakeSession, make_app: MakeApp
) -> None:
    """Keys of logs that are not there are left out; the help lists them."""
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:

        def titles() -> str:
            return " ".join(command.title for command in app.get_system_commands(_main(pilot)))

        for word in ("Kafka", "API calls", "Other destinations"):
            assert word not in titles()
        session.add_cluster("clicks")
        session.add_api_calls("clicks")
        for word in ("Kafka", "API calls", "Other destinations", "Audit"):
            assert word in titles()


async def test_instances_of_the_command_line_are_broker_ids(
    session: FakeSession, make_app: MakeApp
) -> None:
    """`-i 30` is broker 30, although no key has that number."""
    session.readers.clear()
    session.store = Store(100)
    session.add_cluster("clicks", brokers=("3", "30"))
    session.add("three", reader=0, instance="3")
    session.add("thirty", reader=0, instance="30")
    async with make_app(Settings(instances=("30",))).run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert _shown(pilot) == ["thirty"]
        assert _status(pilot).filters == ("only instance 30",)
