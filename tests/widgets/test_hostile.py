"""Whatever logs and AWS say: every widget paints harmless text, and as wide as it should be."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget

from mqtail.checks.findings import Finding, Outcome
from mqtail.errors import FilterError
from mqtail.events import Level, LogEvent, Source
from mqtail.inventory import ListedLog, ListedTarget, LogState
from mqtail.moments import moment_of
from mqtail.status import ReaderStatus, State, StreamStatus
from mqtail.store import Store
from tests.hostile import EVERYTHING, check_screen, hostile
from tests.widgets.conftest import START
from widgets.checks.pane import CheckPane
from widgets.checks.rows import CheckRow, CheckState, TargetRows
from widgets.detail.view import EventDetail
from widgets.filter.bar import FilterBar
from widgets.log.header import LogHeader
from widgets.log.look import Look
from widgets.log.rules import Rule
from widgets.log.view import LogView
from widgets.sources.detail import SourceDetail
from widgets.sources.nodes import source_nodes
from widgets.sources.tree import SourceTree
from widgets.status_line import Hint, Status, StatusLine
from widgets.targets.detail import TargetDetail
from widgets.targets.list import TargetList
from widgets.timeline.view import Timeline

NOW = START + 60_000
SIZES = ((100, 24), (41, 16))
Texts = tuple[str, str, str]

any_texts = given(texts=st.tuples(hostile, hostile, hostile), size=st.sampled_from(SIZES))
all_of_it = example(texts=(EVERYTHING,) * 3, size=SIZES[0])
few = settings(
    max_examples=1, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate)
)


class Shown(App[None]):
    """Some widgets, and nothing else."""

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self._widgets = widgets

    def compose(self) -> ComposeResult:
        """The widgets."""
        yield from self._widgets


@asynccontextmanager
async def showing(size: tuple[int, int], *widgets: Widget) -> AsyncIterator[Pilot[None]]:
    """An application that shows widgets; what it paints at the end is checked."""
    app = Shown(*widgets)
    async with app.run_test(size=size) as pilot:
        yield pilot
        await pilot.pause()
        check_screen(app)


def source_of(texts: Texts, index: int = 0) -> Source:
    """A source that has such names."""
    target, kind, instance = texts
    return Source(
        index, target, "mq", kind, instance, log_group=target, log_stream=kind, bucket=instance
    )


def events_of(texts: Texts) -> list[LogEvent]:
    """Events with such texts: as they are, in the forms of formats, as JSON, with a trace."""
    one, two, three = texts
    messages = [
        *texts,
        f"2026-11-18 11:05:00,200 | ERROR | {one} | org.x.{two} | {three}\n\tat a.b(C.java)\n{one}",
        f"[2026-11-18 11:05:00,200] WARN [{one}]: {two} (kafka.{three})\n {one}\nCaused by: {two}",
        f"2026-11-18 11:05:00.250 [error] <0.1.0> {one}\n{two}",
        '{"' + "a" + '":["' + two.replace("\\", "").replace('"', "") + '"]}',
    ]
    source = source_of(texts)
    return [
        LogEvent(START + n * 1000, START + n * 1000, source, n, text or " ", Level.ERROR)
        for n, text in enumerate(messages)
    ]


def call_of(texts: Texts) -> LogEvent:
    """An API call that was made by somebody with such a name."""
    user, error, cluster = texts
    call = {
        "eventSource": "kafka.amazonaws.com",
        "eventName": "RebootBroker",
        "userIdentity": {"type": "IAMUser", "userName": user, "arn": user},
        "errorCode": error,
        "errorMessage": error,
        "userAgent": user,
        "sourceIPAddress": cluster,
        "requestParameters": {"clusterArn": cluster, user: {cluster: [error]}},
    }
    source = Source(7, cluster, "cloudtrail", "api", None, "cloudtrail", format="cloudtrail")
    return LogEvent(START, 0, source, 99, json.dumps(call))


def reader_of(texts: Texts, state: State = State.FAILING) -> ReaderStatus:
    """A reader that has such names and failed with such an error."""
    one, two, three = texts
    source = source_of(texts)
    return ReaderStatus(
        one, "mq", two, three, state=state, reason=one, hint=two, problem=three, passed_over=3,
        streams={three: StreamStatus(source, events=7, errors=1, newest=START)},
    )  # fmt: skip


@few
@all_of_it
@any_texts
async def test_the_log(texts: Texts, size: tuple[int, int]) -> None:
    """Rows folded and unfolded, wrapped and shifted, marked, with rules and titles."""
    store = Store(1000)
    store.add([*events_of(texts), call_of(texts)])
    log = LogView(store, UTC)
    one, two, three = texts
    async with showing(size, LogHeader(log), log) as pilot:
        log.set_columns(
            targets=[one, two], logs=[(two, "cloudwatch"), ("api", "cloudtrail")],
            instances={(one, three): 1, (one, two): 2},
        )  # fmt: skip
        log.set_rules([Rule(START + 1500, one)])
        log.set_highlights(
            filtered=lambda text: [(n, n + 1) for n in range(0, len(text), 3)][:40], searched=None
        )
        for look in (Look(), Look(wrap=True)):
            log.look = look
            for key in ("home", "Z", "right"):
                log.sync()
                await pilot.pause()
                check_screen(pilot.app)
                await pilot.press(key)


@few
@all_of_it
@any_texts
async def test_an_event_in_detail(texts: Texts, size: tuple[int, int]) -> None:
    """Its fields, its JSON, its lines, and what is found in them."""
    first, *others = [*events_of(texts), call_of(texts)]
    detail = EventDetail(first, UTC)
    async with showing(size, detail) as pilot:
        for event in others:
            detail.show(event)
            await pilot.pause()
            check_screen(pilot.app)
        detail.find("o")
        detail.action_original()


@few
@all_of_it
@any_texts
async def test_the_sources(texts: Texts, size: tuple[int, int]) -> None:
    """The tree, where the mouse is too, and a source in detail."""
    readers = [reader_of(texts), reader_of(texts[::-1], State.LIVE)]
    nodes = source_nodes(readers, {}, lambda path, kind: True)
    tree, detail = SourceTree(), SourceDetail(markup=False)
    async with showing(size, tree, detail) as pilot:
        tree.update_sources(nodes, NOW)
        for node in nodes:
            detail.show(node, readers, NOW, UTC)
            await pilot.pause()
            check_screen(pilot.app)
        await pilot.press("down", "down")


@few
@all_of_it
@any_texts
async def test_the_status_line(texts: Texts, size: tuple[int, int]) -> None:
    """Whatever is said in it."""
    one, two, three = texts
    line = StatusLine()
    async with showing(size, line) as pilot:
        line.status = Status(one[:9], reason=one)
        await pilot.pause()
        check_screen(pilot.app)
        line.status = Status(
            "failing", reason=two, hints=(Hint("a", one, three),), filters=(two, three),
            facts=("1 event", two), progress=0.5, modes=(Hint("b", three),),
        )  # fmt: skip


@few
@all_of_it
@any_texts
async def test_the_filter_bar(texts: Texts, size: tuple[int, int]) -> None:
    """What is typed or pasted, candidates from the logs, errors, counts."""
    one, two, three = texts
    bar = FilterBar(one, hint="hint", vocabulary=lambda field: texts)
    async with showing(size, bar) as pilot:
        check_screen(pilot.app)
        bar.show_error(FilterError(3, two, three))
        bar.show_count_text("3 of 4")
        await pilot.pause()
        check_screen(pilot.app)
        bar.edit()
        bar.text = two
        await pilot.pause()
        check_screen(pilot.app)
        bar.text = "target:"
        await pilot.press("end", "tab", "tab")


@few
@all_of_it
@any_texts
async def test_the_timeline(texts: Texts, size: tuple[int, int]) -> None:
    """Markers, what they are, and where the mouse is."""
    one, two, three = texts
    started = f"2026-11-18 11:06:40,000 | INFO  | Apache ActiveMQ {one} ({two}, ID:{three}) started"
    store = Store(100)
    messages = [f"{started} | b | m", f"{started} is shutting down | b | m", *texts]
    store.add(
        [LogEvent(START + n, 0, source_of(texts), n, text) for n, text in enumerate(messages)]
    )
    errors, moments = store.view(), store.view()
    await moments.refilter(lambda event: moment_of(event) is not None)
    timeline = Timeline(UTC, now=lambda: NOW)
    async with showing(size, timeline) as pilot:
        timeline.show(store, store.view(), errors, moments, None)
        await pilot.pause()
        for x in (5, 20, 40):
            await pilot.hover(Timeline, offset=(x, 0))
            check_screen(pilot.app)


@few
@all_of_it
@any_texts
async def test_the_targets(texts: Texts, size: tuple[int, int]) -> None:
    """Names, ids, engines, states, places and problems of brokers and clusters."""
    one, two, three = texts
    log = ListedLog(two, three, one, datetime.fromtimestamp(START / 1000, UTC), three)
    denied = ListedLog(two, three, one, None, three, LogState.DENIED)
    broker = ListedTarget(
        one, two, "mq", three, one, two, three, (log, denied), three, (one,), (two,), True, three
    )
    cluster = ListedTarget(three, one, "msk", two, three, one, two, (), two, (), (), False, one)
    targets, detail = TargetList(), TargetDetail(markup=False)
    async with showing(size, targets, detail) as pilot:
        targets.now = NOW
        targets.show((broker, cluster), "")
        for target in (broker, cluster):
            detail.show(target, NOW)
            await pilot.pause()
            check_screen(pilot.app)
        targets.show((broker, cluster), two)
        await pilot.pause()
        check_screen(pilot.app)


@few
@all_of_it
@any_texts
async def test_the_setup_check(texts: Texts, size: tuple[int, int]) -> None:
    """Targets, checks, evidence, causes, fixes, notes, and why it ended."""
    one, two, three = texts
    findings = [
        Finding(outcome, one, two, (three, one)) for outcome in (Outcome.FAIL, Outcome.PASS)
    ]
    rows = tuple(
        CheckRow(str(n), "logging", two, one, finding) for n, finding in enumerate(findings)
    )
    target = TargetRows(("mq", two), one, "mq", rows)
    pane = CheckPane()
    async with showing(size, pane) as pilot:
        for state in (CheckState((target,)), CheckState((target,), problem=one, hint=two)):
            pane.show(state)
            await pilot.pause()
            check_screen(pilot.app)
            await pilot.press("down", "enter")
