"""The sources: which nodes there are, the tree that shows them, and one of them in detail."""

from __future__ import annotations

from datetime import UTC

import pytest

from mqtail.activity import BUCKET_MS, MOST_BUCKETS, Activity, recent
from mqtail.events import Level, LogEvent, Source
from mqtail.status import Interruption, ReaderStatus, State, StreamStatus
from tests.widgets.conftest import OneWidget
from widgets.human import lag
from widgets.instances import number_instances
from widgets.sources.detail import SourceDetail
from widgets.sources.nodes import SourceNode, source_nodes
from widgets.sources.tree import SourceTree
from widgets.states import title, worst_reader

NOW = 1_795_000_000_000


def _reader(target: str, kind: str = "general", *instances: str) -> ReaderStatus:
    reader = ReaderStatus(target, "mq", kind, f"/{target}/{kind}", state=State.LIVE)
    for number, instance in enumerate(instances):
        source = Source(number, target, "mq", kind, instance)
        stream = StreamStatus(source, events=10, errors=number, newest=NOW - 3_000)
        reader.streams[f"{instance}.log"] = stream
    return reader


def _cluster() -> list[ReaderStatus]:
    """A cluster's broker log in three places, read from the fastest; API calls of two targets."""
    live = _reader("clicks", "broker", "1", "2", "30")
    calls = ReaderStatus("cloudtrail", "cloudtrail", "api", "CloudTrail", "cloudtrail", State.LIVE)
    for number, target in enumerate(("clicks", "orders")):
        source = Source(number, target, "cloudtrail", "api", None, "cloudtrail")
        calls.streams[target] = StreamStatus(source, events=number + 5, newest=NOW - 60_000)
    others = [
        ReaderStatus("clicks", "msk", "broker", place, destination, State.AVAILABLE)
        for destination, place in (("s3", "s3://b/msk"), ("firehose", "Firehose stream f"))
    ]
    return [live, calls, *others, _reader("orders")]


def _nodes(readers: list[ReaderStatus]) -> list[SourceNode]:
    numbers = number_instances(
        stream.source for reader in readers for stream in reader.streams.values()
    )
    return source_nodes(readers, numbers, lambda path, kind: True)


def _detail(node: SourceNode, *readers: ReaderStatus) -> list[str]:
    detail = SourceDetail()
    detail.show(node, readers, NOW, UTC)
    return str(detail.content).splitlines()


def test_rabbitmq_nodes_are_numbered_by_name() -> None:
    """ActiveMQ instances have their own numbers."""
    sources = [
        Source(0, "r", "mq", "general", "rabbit@b"),
        Source(1, "r", "mq", "general", "rabbit@a"),
        Source(2, "a", "mq", "general", "2"),
        Source(3, "a", "mq", "general", None),
    ]
    assert number_instances(sources) == {
        ("r", "rabbit@a"): 1,
        ("r", "rabbit@b"): 2,
        ("a", "2"): 2,
    }


async def test_the_tree_shows_state_counts_and_age() -> None:
    """Mark, name, errors, count, age; in words where something is wrong; a mark where it is off."""
    readers = [_reader("orders", "general", "1", "2"), _reader("orders", "audit")]
    readers[1].state = State.FAILING
    nodes = source_nodes(readers, {}, lambda path, kind: path != ("orders", "general", "2"))
    tree = SourceTree()
    app = OneWidget(tree)
    async with app.run_test(size=(44, 10)) as pilot:
        tree.update_sources(nodes, NOW)
        await pilot.pause()
        rows = [row.split() for row in app.rows()[:5]]
        assert [row[-3:] for row in rows] == [
            ["!1", "20", "3s"],
            ["!1", "20", "3s"],
            ["1", "10", "3s"],
            ["!1", "10", "3s"],
            ["failing", "0", "–"],
        ]
        assert "failing" in rows[0]
        assert "✖" in rows[0]
        assert "●" in rows[2]
        assert "○" in rows[3]


async def test_the_tree_is_updated_in_place() -> None:
    """New instances come in order, folded parts stay folded, the cursor stays."""
    reader = _reader("orders", "general", "2")
    tree = SourceTree()
    app = OneWidget(tree)
    async with app.run_test(size=(44, 10)) as pilot:

        async def update(now: int) -> list[str]:
            tree.update_sources(source_nodes([reader], {}, lambda path, kind: True), now)
            await pilot.pause()
            return [row for row in app.rows() if row]

        await update(NOW)
        reader.streams["1.log"] = StreamStatus(Source(5, "orders", "mq", "general", "1"))
        rows = await update(NOW + 60_000)
        assert [row.split()[-3] for row in rows[2:]] == ["1", "2"]
        assert rows[3].endswith("10  1m")
        await pilot.press("down", "down", "left")
        assert len(await update(NOW + 120_000)) == 2


async def test_choosing_a_node_tells_its_path() -> None:
    """By key and by mouse."""
    tree = SourceTree()
    app = OneWidget(tree)
    async with app.run_test(size=(44, 10)) as pilot:
        tree.update_sources(
            source_nodes([_reader("o", "general", "1")], {}, lambda path, kind: True), 0
        )
        await pilot.press("down", "space", "down", "enter")
        await pilot.click(SourceTree, offset=(12, 2))
        await pilot.pause()
        assert app.toggled == [("o",), ("o", "general"), ("o", "general", "1")]


async def test_two_hundred_log_groups_repaint_only_what_is_in_sight() -> None:
    """An update of the tree costs what can be seen."""
    readers = [_reader(f"t{number}", "general", "1") for number in range(200)]
    tree = SourceTree()
    async with OneWidget(tree).run_test(size=(44, 10)) as pilot:
        tree.update_sources(source_nodes(readers, {}, lambda path, kind: True), NOW)
        await pilot.pause()
        labels = 0
        render_label = tree.render_label

        def counted(*args: object) -> object:
            nonlocal labels
            labels += 1
            return render_label(*args)  # type: ignore[arg-type]

        tree.render_label = counted  # type: ignore[method-assign, assignment]
        tree.update_sources(source_nodes(readers, {}, lambda path, kind: True), NOW + 60_000)
        await pilot.pause()
        assert 0 < labels <= 20


def test_logs_of_one_kind_stand_together() -> None:
    """The fastest place first, then the others; broker ids in the order of their numbers."""
    paths = ["/".join(node.path[1:]) for node in _nodes(_cluster()) if node.path[0] == "clicks"]
    assert paths == [
        "",
        "broker",
        "broker/1",
        "broker/2",
        "broker/30",
        "broker s3",
        "broker firehose",
        "api",
    ]


def test_api_calls_are_under_each_target_that_they_concern() -> None:
    """With the figures of that target, and the state of the one reader."""
    readers = _cluster()
    readers[1].state, readers[1].reason = State.THROTTLED, "too many requests"
    nodes = {node.path: node for node in _nodes(readers)}
    assert nodes["clicks", "api"].events == 5
    assert nodes["orders", "api"].events == 6
    assert nodes["orders", "api"].reason == "too many requests"
    assert nodes["orders",].state is State.THROTTLED
    assert ("cloudtrail",) not in nodes


def test_what_is_only_available_does_not_speak_for_its_target() -> None:
    """Unless nothing of it is read."""
    readers = _cluster()
    readers[0].state = State.ENDED
    nodes = {node.path: node for node in _nodes([readers[0], readers[2]])}
    assert nodes["clicks",].state is State.ENDED
    assert nodes["clicks", "broker s3"].state is State.AVAILABLE
    assert _nodes([readers[2]])[0].state is State.AVAILABLE


def test_api_calls_that_are_not_permitted_do_not_speak_for_their_target() -> None:
    """They are read where that is permitted; their own node says that it is not."""
    live, calls = _cluster()[:2]
    calls.state, calls.hopeless, calls.optional = State.FAILING, True, True
    nodes = {node.path: node for node in _nodes([live, calls])}
    assert nodes["clicks",].state is State.LIVE
    assert nodes["clicks", "api"].state is State.FAILING
    assert worst_reader([calls]) is calls
    live.state = State.FAILING
    assert worst_reader([calls, live]) is live
    assert (title(live), title(calls)) == ("clicks broker", "API calls")


async def test_an_available_log_is_dim_and_asked_for_by_choosing_it() -> None:
    """Its own mark and a word, no count and no age; any other node is shown or hidden."""
    tree = SourceTree()
    app = OneWidget(tree)
    async with app.run_test(size=(44, 14)) as pilot:
        tree.update_sources(_nodes(_cluster()), NOW)
        await pilot.press(*["down"] * 6, "space", "up", "enter")
        await pilot.click(SourceTree, offset=(12, 6))
        await pilot.pause()
        rows = app.rows()
        assert rows[5].split()[-4:] == ["◇", "broker", "s3", "available"]
        assert rows[4].split()[-4:] == ["30", "!2", "10", "3s"]
        assert app.wanted == [("clicks", "broker s3"), ("clicks", "broker firehose")]
        assert app.toggled == [("clicks", "broker", "30")]


async def test_the_cursor_stays_on_its_source_while_others_come_and_go() -> None:
    """Rows are put in above it and taken out; where its own goes, it stays on its row."""
    readers = _cluster()
    tree = SourceTree()
    app = OneWidget(tree)
    async with app.run_test(size=(44, 20)) as pilot:

        async def chosen(*shown: ReaderStatus) -> str:
            tree.update_sources(_nodes(list(shown)), NOW)
            await pilot.pause()
            assert tree.cursor_node is not None
            assert tree.cursor_node is tree.get_node_at_line(tree.cursor_line)
            assert tree.cursor_node.data is not None
            return "/".join(tree.cursor_node.data.path)

        streams = dict(readers[1].streams)
        readers[1].streams.clear()
        tree.update_sources(_nodes([readers[1], readers[4]]), NOW)
        await pilot.press("down", "down", "down", "down")
        assert await chosen(readers[1], readers[4]) == "orders/general"
        assert await chosen(*readers) == "orders/general"
        readers[1].streams.update(streams)
        assert await chosen(*readers) == "orders/general"
        assert not any("cloudtrail" in row for row in app.rows())
        assert await chosen(readers[0]) == "clicks/broker/30"


async def test_a_name_is_no_markup() -> None:
    """What an API record calls a cluster is a name, whatever it looks like."""
    tree = SourceTree()
    app = OneWidget(tree)
    async with app.run_test(size=(44, 10)):
        tree.update_sources(_nodes([_reader("[/b] \x1b", "api")]), NOW)
        assert "[/b] ␛" in app.rows()[0]


def test_the_detail_of_a_log_in_s3() -> None:
    """Where it is, how late it comes, and which object was passed over."""
    reader = _cluster()[2]
    reader.state, reader.passed_over, reader.problem = State.LIVE, 2, "s3://b/k: not allowed"
    source = Source(0, "clicks", "msk", "broker", "1", "s3")
    reader.streams["Broker-1"] = StreamStatus(source, 7, 1, NOW - 300_000, lag_ms=252_000)
    assert _detail(_nodes([reader])[1]) == [
        "clicks / broker s3",
        "● live",
        "newest 5m ago · lag 4m12s",
        "1 error",
        "s3://b/msk",
        "2 objects passed over: s3://b/k: not allowed",
    ]


def test_the_detail_says_how_complete_a_log_is() -> None:
    """Up to when, what came late, what is missing, the newest gap, and what it took."""
    reader = _reader("orders", "general", "1")
    reader.late, reader.latest_ms, reader.too_late = 3, 252_000, 1
    reader.complete_to, reader.swept_to = (
        NOW - 2_000,
        {300_000: NOW - 9_000, 3_600_000: NOW - 80_000},
    )
    reader.requests, reader.throttles, reader.retries = 1_234, 2, 5
    reader.interruptions = [
        Interruption(NOW - 900_000, NOW - 800_000, "AWS is down."),
        Interruption(NOW - 90_000, NOW - 60_000, "AWS is down."),
    ]
    lines = _detail(_nodes([reader])[1], reader)
    assert lines[3:] == [
        "3 late, by up to 4 min",
        "CloudWatch Logs /orders/general",
        "1 event came too late to be shown",
        "complete to 11:06:38 (up to 1 h late: to 11:05:20)",
        "could not be read from 11:05:10 to 11:05:40; it was read afterwards.",
        "2 gaps in all",
        "1,234 requests, 2 throttled, 5 tried again",
    ]


def test_the_detail_of_a_target_says_what_holds_for_all_its_logs() -> None:
    """The one furthest behind counts; what is only available, or not permitted, does not."""
    first, calls, other = _cluster()[:3]
    calls.state, calls.hopeless, calls.optional = State.FAILING, True, True
    second = _reader("clicks", "audit", "1")
    first.complete_to, second.complete_to = NOW - 1_000, NOW - 600_000
    first.requests, second.requests = 10, 20
    readers = [first, calls, other, second]
    assert _detail(_nodes(readers)[0], *readers)[-2:] == [
        "complete to 10:56:40, 10 min behind",
        "30 requests",
    ]


async def test_the_detail_is_whole_where_it_is_narrow() -> None:
    """It is wrapped between words."""
    reader = _reader("orders", "general", "1")
    reader.complete_to, reader.requests = NOW - 2_000, 1_234
    reader.interruptions = [Interruption(NOW - 90_000, NOW - 60_000, "AWS is down.")]
    detail = SourceDetail()
    app = OneWidget(detail)
    async with app.run_test(size=(24, 40)) as pilot:
        detail.show(_nodes([reader])[1], [reader], NOW, UTC)
        await pilot.pause()
        said = " ".join(" ".join(app.rows()).split())
        assert "complete to 11:06:38 could not be read from 11:05:10 to 11:05:40" in said
        assert "to 11:05:40; it was read afterwards. 1,234 requests" in said


def test_the_detail_of_an_available_log() -> None:
    """How to read it; no figures."""
    reader = _cluster()[3]
    assert _detail(_nodes([reader])[1]) == [
        "clicks / broker firehose",
        "◇ available: press space to read it, too",
        "Firehose stream f",
    ]


def test_the_detail_of_a_log_group_names_the_service() -> None:
    """A log group's name alone does not say what it is the name of."""
    assert _detail(_nodes([_reader("clicks", "broker", "1")])[1])[-1] == (
        "CloudWatch Logs /clicks/broker"
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.46, "0.5s"),
        (59, "59.0s"),
        (252, "4m12s"),
        (3_600, "1h"),
        (7_500, "2h5m"),
        (90_061, "1d1h"),
    ],
)
def test_a_lag_is_told_precisely_enough(seconds: float, text: str) -> None:
    """Two units from a minute on."""
    assert lag(seconds) == text


async def test_a_log_of_many_brokers_begins_folded() -> None:
    """One row stands for them; once unfolded it stays so, also as more are found."""
    brokers = [str(number) for number in range(1, 31)]
    tree = SourceTree()
    app = OneWidget(tree)
    async with app.run_test(size=(44, 40)) as pilot:
        for found in (1, 30):
            readers = [_reader("clicks", "broker", *brokers[:found]), _reader("orders")]
            tree.update_sources(_nodes(readers), NOW)
        await pilot.pause()
        assert [row.split()[:3] for row in app.rows() if row] == [
            ["▾", "●", "clicks"],
            ["└", "▸", "●"],
            ["▾", "●", "orders"],
            ["└", "●", "general"],
        ]
        tree.focus()
        await pilot.press("home", "down", "right")
        tree.update_sources(_nodes([_reader("clicks", "broker", *brokers, "31")]), NOW)
        await pilot.pause()
        assert len([row for row in app.rows() if row]) == 33


async def test_many_targets_begin_folded() -> None:
    """Each is one row, with the state of its worst log; few of them are unfolded."""
    readers = [_reader(f"orders-{number:02}", "general", "1") for number in range(20)]
    readers[7].state = State.FAILING
    tree = SourceTree()
    app = OneWidget(tree)
    async with app.run_test(size=(44, 40)) as pilot:
        tree.update_sources(_nodes(readers[:5]), NOW)
        await pilot.pause()
        assert len([row for row in app.rows() if row]) == 15
        tree.update_sources(_nodes(readers), NOW)
        await pilot.pause()
        rows = [row for row in app.rows() if row]
        assert len(rows) == 20
        assert [row.split()[1] for row in rows].index("✖") == 7


def _active(*ages: int, errors: tuple[int, ...] = (), lag_ms: int = 0) -> ReaderStatus:
    """A reader of one log stream with events so many minutes ago, errors among them."""
    reader = _reader("orders", "general", "1")
    stream = StreamStatus(reader.streams["1.log"].source)
    for number, age in enumerate((*ages, *errors)):
        level = Level.ERROR if number >= len(ages) else Level.INFO
        time = NOW - age * BUCKET_MS
        stream.count([LogEvent(time, time + lag_ms, stream.source, number, "", level)])
    reader.streams["1.log"] = stream
    return reader


async def _tree_rows(readers: list[ReaderStatus], width: int, now: int = NOW) -> list[str]:
    """What a tree of that width shows."""
    tree = SourceTree()
    app = OneWidget(tree)
    async with app.run_test(size=(width, 12)) as pilot:
        tree.update_sources(_nodes(readers), now)
        await pilot.pause()
        return [tree.legend, *(row for row in app.rows() if row)]


async def test_the_sparkline_is_of_the_last_minutes() -> None:
    """The newest minute at the right; it moves on with time, and is the same for a whole target."""
    reader = _active(*[0] * 16, *[1] * 8, 3, 40, errors=(1,))
    rows = await _tree_rows([reader], 60)
    assert rows[0].startswith("12 min")
    assert [row.split("●")[1].split()[1:] for row in rows[1:]] == [
        ["▁", "▅█", "!1", "27", "0s"]
    ] * 3
    later = await _tree_rows([reader], 60, NOW + 2 * BUCKET_MS)
    assert later[1].index("▅█") == rows[1].index("▅█") - 2
    assert later[1].endswith("2m")


async def test_minutes_with_errors_have_their_colour() -> None:
    """The count of errors says the same without colour."""
    tree = SourceTree()
    async with OneWidget(tree).run_test(size=(60, 12)) as pilot:
        tree.update_sources(_nodes([_active(0, 0, 1, errors=(1,))]), NOW)
        await pilot.pause()
        bars = [
            style.color
            for text, style, _ in tree.render_line(2)
            if style is not None and text.strip("▁▂▃▄▅▆▇█") == "" != text
        ]
        assert len(set(bars)) == 2


async def test_a_lag_worth_a_look_stands_over_the_oldest_minutes() -> None:
    """From five seconds on; the newest minutes stay where they are."""
    prompt = (await _tree_rows([_active(0, 1, lag_ms=5_000)], 60))[1]
    lagging = (await _tree_rows([_active(0, 1, lag_ms=12_000)], 60))[1]
    assert "+12s" in lagging
    assert "+" not in prompt
    assert lagging.index("▁▁") == prompt.index("▁▁")


@pytest.mark.parametrize(
    ("width", "legend", "row"),
    [
        (20, "!", "▾ ● orders      !1 4"),
        (24, "!   age", "▾ ● orders      !1 4  0s"),
        (30, "! total age", "▾ ● orders    ▁▂▁ !1     4  0s"),
        (38, "11 min       ! total age", "▾ ● orders            ▁▂▁ !1     4  0s"),
        (60, "12 min        ! total age", f"▾ ● orders{' ' * 34}▁▂▁ !1     4  0s"),
    ],
    ids=["20", "24", "30", "38", "60"],
)
async def test_what_does_not_fit_goes_in_order(width: int, legend: str, row: str) -> None:
    """The sparkline shrinks and goes first, then the age; errors and total stay."""
    rows = await _tree_rows([_active(0, 1, 2, errors=(1,))], width)
    assert (rows[0].strip(), rows[1]) == (legend, row)
    assert all(len(shown) <= width for shown in rows)


async def test_a_target_with_nothing_does_not_look_live() -> None:
    """Its API calls can be read; its log groups are missing, or hold no log stream."""
    missing, calls = _reader("orders"), _cluster()[1]
    missing.state, missing.reason = State.WAITING, "there is no such log group"
    nodes = {node.path: node for node in _nodes([missing, calls])}
    assert nodes["orders",].state is State.WAITING
    assert nodes["orders",].reason == "there is no such log group"
    assert nodes["orders", "api"].state is State.LIVE
    rows = await _tree_rows([missing, calls], 44)
    assert rows[1].split()[1:4] == ["◌", "orders", "waiting"]
    missing.state, missing.reason, missing.listed = State.LIVE, "", True
    node = _nodes([missing, calls])[0]
    assert (node.state, node.reason) == (State.WAITING, "nothing has been written there so far")
    assert _nodes([missing, _reader("orders", "audit", "1")])[0].state is State.LIVE


def test_activity_is_bounded_and_not_displaced() -> None:
    """Days of history leave the newest minutes, in whatever order they are read."""
    minutes = range(NOW // BUCKET_MS - 5_000, NOW // BUCKET_MS + 1)
    for order in (minutes, reversed(minutes)):
        activity = Activity()
        activity.count((NOW + 7_200_000) // BUCKET_MS, 1, 0)
        for minute in order:
            activity.count(minute, 1, int(minute % 2 == 0))
        counts = recent([activity, activity], NOW, 20)
        assert [events for events, _ in counts] == [2] * 20
        assert sum(errors for _, errors in counts) == 20
        kept = sum(activity.at(minute)[0] for minute in minutes)
        assert kept == MOST_BUCKETS - 1


def test_the_detail_counts_the_last_minutes() -> None:
    """Events and errors among them, before the rest."""
    lines = _detail(_nodes([_active(0, 1, 2, 30, errors=(1, 1))])[2])
    assert lines[2] == "5 in 10 min · 2 errors"
