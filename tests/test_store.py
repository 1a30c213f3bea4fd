"""The buffer: time order, bounds, and views that stay right whatever happens to it."""

from __future__ import annotations

import asyncio
import itertools
import math
from typing import Any
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from mqtail.events import Level, LogEvent, Source, order_key
from mqtail.store import REFILTER_SLICE, Predicate, SortedEvents, Store, View

SOURCE = Source(0, "orders-mq", "mq", "general", "1")


def make(times: list[int]) -> list[LogEvent]:
    """Events of these times; every third is an error."""
    return [
        LogEvent(t, t, SOURCE, n, f"event {n}", Level.ERROR if n % 3 == 0 else Level.INFO)
        for n, t in enumerate(times)
    ]


def is_error(event: LogEvent) -> bool:
    """A predicate."""
    return event.level is Level.ERROR


BATCHES = st.lists(st.lists(st.integers(0, 50), max_size=12), max_size=12)


@given(BATCHES, st.integers(1, 40))
def test_whatever_comes_in_whatever_order(batches: list[list[int]], capacity: int) -> None:
    """The store holds the newest in order; every view what its predicate wants of it."""
    store = Store(capacity)
    everything, events = store.view(), iter(make([t for batch in batches for t in batch]))
    for batch in batches:
        store.add([next(events) for _ in batch])
        assert list(store) == sorted(store, key=order_key)
        assert list(everything) == list(store)
    total = sum(map(len, batches))
    assert len(store) + store.dropped == total == store.total
    assert len(store) <= capacity + capacity // 50


@given(BATCHES, st.integers(0, 11))
async def test_a_filter_set_at_any_time(batches: list[list[int]], when: int) -> None:
    """What arrives during and after filtering is in its place too."""
    store = Store(1000)
    view, events = store.view(), iter(make([t for batch in batches for t in batch]))
    for number, batch in enumerate(batches):
        if number == when:
            await view.refilter(is_error)
        store.add([next(events) for _ in batch])
    if when >= len(batches):
        await view.refilter(is_error)
    assert list(view) == [event for event in store if is_error(event)]
    assert view.complete


@given(st.lists(st.integers(0, 5_000), max_size=40), st.integers(0, 3))
def test_a_few_late_ones_among_many(times: list[int], step: int) -> None:
    """However far apart they are, and with new ones in the same batch."""
    store = Store(10_000)
    view = store.view()
    store.add(make([n * step for n in range(2_000)]))
    store.add(make(times))
    assert list(store) == sorted(store, key=order_key)
    assert list(view) == list(store)
    assert len(store) == 2_000 + len(times)


class Noting:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, list[LogEvent]]] = []

    def added(self, events: list[LogEvent]) -> None:
        """Note them."""
        self.told.append(("added", events))

    def grown(self, events: list[LogEvent]) -> None:
        """Note them."""
        self.told.append(("grown", events))


def test_a_watcher_is_told_of_every_event_and_who_adds_of_those_that_are_dropped() -> None:
    """Also of events that are dropped at once."""
    store, noting = Store(100), Noting()
    store.watch(noting)
    events = make(list(range(150)))
    dropped = store.add(events)
    store.grown(events[:1])
    assert noting.told == [("added", events), ("grown", events[:1])]
    assert dropped == events[:50]
    assert store.add(make([200])) == []


def test_only_the_newest_are_kept_on_demand() -> None:
    """In views, too, down to none at all."""
    store = Store(100)
    view, errors = store.view(), store.view(is_error)
    events = make(list(range(30)))
    store.add(events)
    for count in (50, 10, 0):
        store.keep_newest(count)
        kept = events[-count:] if count else []
        assert list(view) == list(store) == kept
        assert list(errors) == list(filter(is_error, kept))
    assert store.dropped == 30


async def test_a_large_buffer_is_filtered_newest_first_and_can_be_overtaken() -> None:
    """The screen fills after the first slice; a newer filter stops the older one."""
    store = Store(10 * REFILTER_SLICE)
    store.add(make(list(range(5 * REFILTER_SLICE))))
    view = store.view()
    slow = view.refilter(is_error)
    slow.send(None)
    assert len(view) == sum(map(is_error, store[-REFILTER_SLICE:]))
    assert view[-1] is [event for event in store if is_error(event)][-1]
    assert not view.complete
    newest = LogEvent(10**6, 7, SOURCE, 10**9, "newest", Level.ERROR)
    store.add([newest])
    assert view[-1] is newest
    await view.refilter(lambda event: event.message.endswith("1"))
    slow.close()
    assert list(view) == [event for event in store if event.message.endswith("1")]


async def test_quick_slices_become_larger() -> None:
    """The first fills the screen; few large ones take less time than many small ones."""
    store = Store(100 * REFILTER_SLICE)
    store.add(make(list(range(30 * REFILTER_SLICE))))
    view = store.view()
    tested: list[int] = []
    with mock.patch("mqtail.store.QUICK_S", math.inf):
        work = asyncio.create_task(view.refilter(is_error))
        while not work.done():
            await asyncio.sleep(0)
            if view.tested not in tested:
                tested.append(view.tested)
    assert tested == [1_000, 3_000, 7_000, 15_000, 23_000, 30_000]
    assert list(view) == list(filter(is_error, store))


def test_equal_times_of_ingestion_are_one_number_in_memory() -> None:
    """What was put into a log together is held with one."""
    store = Store(100)
    times = [int("1795216800000"), int("1795216800000"), int("1795216800001")]
    store.add([LogEvent(n, time, SOURCE, n, "x") for n, time in enumerate(times)])
    assert [event.ingested for event in store] == times
    assert store[0].ingested is store[1].ingested


async def test_a_predicate_is_asked_once_per_new_event() -> None:
    """Not about what is there already."""
    store = Store(10_000)
    store.add(make(list(range(5_000))))
    view = store.view()
    await view.refilter(is_error)
    asked = view.tested
    assert asked == 5_000
    store.add([LogEvent(9_000 + n, 0, SOURCE, 10_000 + n, "x") for n in range(10)])
    assert view.tested - asked == 10


async def test_an_event_that_grows_may_come_to_match() -> None:
    """A stack trace arrives after its first line."""
    store = Store(100)
    event, other = make([1, 2])
    store.add([event, other])
    view = store.view()
    await view.refilter(lambda event: "Caused by" in event.message)
    assert len(view) == 0
    event.message += "\nCaused by: x"
    store.grown([event])
    assert list(view) == [event]
    event.message = "shorter"
    store.grown([event])
    assert list(view) == []


def test_where_an_event_is_now() -> None:
    """Rows move when late events come in; events can be found again."""
    store = Store(100)
    store.add(make([10, 20, 30]))
    last = store[2]
    assert store.index_of(last) == 2
    store.add([LogEvent(15, 15, SOURCE, 99, "late")])
    assert store.index_of(last) == 3
    assert last in store
    assert store.index_at(16) == 2
    assert LogEvent(15, 15, SOURCE, 98, "unknown") not in store


async def test_a_view_tells_how_many_of_its_rows_were_dropped() -> None:
    """It counts its own rows, the store all events."""
    store = Store(100)
    store.add(make(list(range(100))))
    view = store.view()
    await view.refilter(is_error)
    store.add([LogEvent(1_000 + n, 0, SOURCE, 1_000 + n, "x") for n in range(50)])
    assert store.dropped == 50
    assert view.dropped == sum(1 for n in range(50) if n % 3 == 0)


def test_a_copy_of_some_rows_stays_as_it_is() -> None:
    """It can be asked like the view that it was taken from."""
    store = Store(100)
    store.add(make([10, 20, 30]))
    copy = SortedEvents(store[:2])
    store.add([LogEvent(15, 15, SOURCE, 99, "late")])
    assert [event.timestamp for event in copy] == [10, 20]
    assert copy.index_of(store[2]) == 1
    assert store[1] not in copy


def test_a_view_that_nobody_holds_costs_nothing() -> None:
    """The store does not keep it alive."""
    store = Store(100)
    view: View | None = store.view()
    assert view is not None
    del view
    store.add(make([1]))
    assert len(store._views) == 0


async def test_an_event_that_grows_while_a_filter_works_its_way_back() -> None:
    """It comes to match before the filter gets to it, and is shown once, when that does."""
    store = Store(10 * REFILTER_SLICE)
    store.add(make(list(range(3 * REFILTER_SLICE))))
    view = store.view()
    work = asyncio.create_task(view.refilter(lambda event: "Caused by" in event.message))
    await asyncio.sleep(0)
    early, other, new = store[0], store[1], store[-1]
    for event in (early, other, new):
        event.message += "\nCaused by: x"
    store.grown([early, other, new])
    other.message = "shorter"
    store.grown([other])
    assert list(view) == [new]
    await work
    assert list(view) == [early, new]
    assert view.complete


def wants(text: str) -> Predicate:
    """What has a text in it."""
    return lambda event: text in event.message


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.lists(st.integers(0, 50), min_size=1, max_size=30)),
        st.tuples(st.just("grow"), st.lists(st.integers(0, 99), max_size=5)),
        st.tuples(st.just("filter"), st.sampled_from(["", "1", "Caused"])),
        st.tuples(st.sampled_from(["show all", "fill", "turn", "keep"]), st.integers(0, 60)),
    ),
    max_size=25,
)


@given(STEPS, st.integers(20, 200))
async def test_views_of_views_whatever_happens_while_they_are_filled(
    steps: list[tuple[str, Any]], capacity: int
) -> None:
    """Each shows what it wants of what the other shows, and of what comes while it is filled."""
    store = Store(capacity)
    view = store.view()
    part = view.view(wants("2"))
    text, made = "", itertools.count()
    with mock.patch.multiple("mqtail.store", REFILTER_SLICE=7, QUICK_S=0):
        async with asyncio.TaskGroup() as tasks:
            for step, value in steps:
                if step == "add":
                    numbers = [next(made) for _ in value]
                    times = zip(numbers, value, strict=True)
                    store.add([LogEvent(t, t, SOURCE, n, f"event {n}") for n, t in times])
                elif step == "grow" and len(store):
                    grown = [store[at % len(store)] for at in value]
                    for event in grown:
                        event.message = f"{event.timestamp} Caused by {event.order // 2}"
                    store.grown(grown)
                elif step == "filter":
                    text = value
                    tasks.create_task(view.refilter(wants(text)))
                elif step == "show all":
                    text = ""
                    view.show_all()
                    tasks.create_task(part.refill())
                elif step == "fill":
                    tasks.create_task(part.refill())
                elif step == "keep":
                    store.keep_newest(value)
                await asyncio.sleep(0)
    assert list(view) == list(filter(wants(text), store))
    assert list(part) == list(filter(wants("2"), view))
    assert view.complete
    assert part.complete
    assert view.dropped <= store.dropped
