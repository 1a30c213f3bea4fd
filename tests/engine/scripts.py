"""Scripts: what is delivered, what goes wrong and what the machine does, step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from hypothesis import strategies as st

from mqtail.demo import faults
from mqtail.demo.faults import Fault
from mqtail.settings import Pace
from tests.engine.model import AFTERWARDS_S
from tests.engine.virtual import run
from tests.engine.world import LATEST_MS, World, world

BURST = 10_000
"""Events of one millisecond."""

MOST_PAGES = 20
"""The tail has only so many requests for a burst."""

LARGE = 1_000_000
"""Characters of a very long line; an event has 1 MB at most."""

TROUBLES: dict[str, Callable[[], Fault]] = {
    "throttled": faults.Throttle,
    "throttled above 1/s": lambda: faults.Throttle(above=1),
    "status 500": lambda: faults.ServerError(500),
    "status 503": faults.ServerError,
    "reset": faults.ConnectionReset,
    "cut off": faults.TruncatedBody,
    "broken off": faults.BrokenTransfer,
    "slow": lambda: faults.Slow(12),
    "hangs": faults.Hang,
    "trickles": lambda: faults.Trickle(1, 100),
    "expired": faults.ExpiredCredentials,
    "denied": faults.AccessDenied,
    "token refused": faults.RefusedToken,
    "empty pages": lambda: faults.EmptyPages(2),
    "repeats": lambda: faults.RepeatEvents(3),
    "repeats on the page": lambda: faults.RepeatEvents(3, same_page=True),
}
"""What can go wrong with requests, by what a script calls it."""

HARMLESS = ("repeats", "repeats on the page")
"""What holds up nothing."""


class Step(Protocol):
    """Something that happens."""

    async def play(self, world: World) -> None:
        """Let it happen."""


@dataclass(frozen=True)
class Deliver:
    """Log events are delivered, `late_s` after the time of the newest."""

    group: int = 0
    late_s: int = 0
    count: int = 1
    apart_ms: int = 1_000
    traces: int = 0
    instance: int = 1

    async def play(self, world: World) -> None:
        """Deliver them."""
        world.deliver(
            self.group,
            instance=self.instance,
            late_ms=self.late_s * 1000,
            count=self.count,
            apart_ms=self.apart_ms,
            traces=self.traces,
        )


@dataclass(frozen=True)
class Burst:
    """Ten thousand events of one millisecond, fewer where pages are small."""

    group: int = 0

    async def play(self, world: World) -> None:
        """Deliver them."""
        pages = MOST_PAGES * world.aws.logs.scan_limit
        world.deliver(self.group, count=min(BURST, pages), apart_ms=0)


@dataclass(frozen=True)
class Large:
    """A line as long as the service takes."""

    group: int = 0

    async def play(self, world: World) -> None:
        """Deliver it."""
        world.deliver(self.group, length=LARGE)


@dataclass(frozen=True)
class Called:
    """An API call is recorded, `late_s` after it was made."""

    late_s: int = 0

    async def play(self, world: World) -> None:
        """Record it."""
        world.call(late_ms=self.late_s * 1000)


@dataclass(frozen=True)
class Object:
    """An object is delivered, `late_s` after the time its key tells, perhaps twice."""

    late_s: int = 0
    count: int = 3
    broker: int = 1
    times: int = 1

    async def play(self, world: World) -> None:
        """Deliver it."""
        world.put_object(late_ms=self.late_s * 1000, count=self.count, broker=self.broker)
        for _ in range(1, self.times):
            world.put_again()


@dataclass(frozen=True)
class Trouble:
    """Requests to a service meet a fault of `TROUBLES` for a while; of one log group, or all."""

    kind: str = "status 503"
    seconds: int = 60
    chance: float = 1.0
    group: int | None = None
    service: str = "logs"

    async def play(self, world: World) -> None:
        """Put it in force."""
        now = world.times.service()
        named = None if self.group is None else world.group(self.group)
        world.aws.faults.add(
            TROUBLES[self.kind](),
            service=self.service,
            where=None if named is None else lambda p: p.get("logGroupName") == named,
            chance=self.chance,
            end=now + self.seconds * 1000,
        )
        if self.kind not in HARMLESS:
            world.model.excuse(self.seconds + AFTERWARDS_S)


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    seconds: int = 60

    async def play(self, world: World) -> None:
        """Let it pass."""
        await asyncio.sleep(self.seconds)


@dataclass(frozen=True)
class Asleep:
    """The machine sleeps, while events are delivered at even distances, so late each."""

    seconds: int = 3_600
    late_s: tuple[int, ...] = ()
    group: int = 0

    async def play(self, world: World) -> None:
        """Sleep."""
        begin = world.times.service()
        world.sleep(self.seconds)
        for number, late_s in enumerate(self.late_s, 1):
            at = begin + self.seconds * 1000 * number // (len(self.late_s) + 1)
            world.deliver(self.group, late_ms=late_s * 1000, at=at)


@dataclass(frozen=True)
class SetClock:
    """The machine's clock is set, forward or back."""

    seconds: int = 600

    async def play(self, world: World) -> None:
        """Set it."""
        world.step_clock(self.seconds)


@dataclass(frozen=True)
class Delete:
    """A log group is deleted. What is delivered to it later makes it anew."""

    group: int = 0

    async def play(self, world: World) -> None:
        """Delete it."""
        world.delete(self.group)


@dataclass(frozen=True)
class DeleteStream:
    """A log stream is deleted, once what it has was read."""

    group: int = 0
    instance: int = 1

    async def play(self, world: World) -> None:
        """Delete it."""
        world.delete_stream(self.group, self.instance)


@dataclass(frozen=True)
class Script:
    """What happens to a tail, and before it.

    Attributes:
        steps: what happens while it runs.
        before: what was there.
        brokers: how many there are; with neither, API calls are all there is.
        cluster: there is a cluster that delivers to S3.
        page: so many events the service looks at for one page.
        machine_ahead_s: how far the machine's clock is ahead at the start.
        ordered: the tail is one into a pipe, else one into a buffer.
    """

    steps: tuple[Step, ...]
    before: tuple[Step, ...] = ()
    brokers: int = 1
    cluster: bool = False
    page: int = 1_000_000
    machine_ahead_s: int = 0
    ordered: bool = False


def play(script: Script, pace: Pace | None = None) -> None:
    """Play a script in virtual time, and check all that a tail promises.

    Raises:
        Broken: a promise was broken.
    """
    run(_play(script, pace))


async def _play(script: Script, pace: Pace | None) -> None:
    async with world(
        brokers=script.brokers,
        cluster=script.cluster,
        ordered=script.ordered,
        machine_ahead_s=script.machine_ahead_s,
        pace=pace,
    ) as it:
        it.aws.logs.scan_limit = script.page
        for step in script.before:
            await step.play(it)
        await asyncio.sleep(1)
        async with it.tailing():
            await asyncio.sleep(15)
            for step in script.steps:
                await step.play(it)
            # The tail ends; what it gives while it ends counts, too.
            await it.settle()
        await it.check()


# What hypothesis makes of it.

LATEST_S = LATEST_MS // 1000

GROUPS = st.integers(0, 2)
LATE = st.one_of(
    st.just(0),
    st.integers(0, 14),
    st.integers(15, 120),
    st.integers(121, LATEST_S),
    st.integers(-7_000, -1),
)

DELIVERIES = st.builds(
    Deliver,
    group=GROUPS,
    late_s=LATE,
    count=st.sampled_from([1, 1, 4, 25]),
    apart_ms=st.sampled_from([0, 1, 40]),
    traces=st.sampled_from([0, 0, 3]),
    instance=st.sampled_from([1, 2]),
)

TROUBLE = st.builds(
    Trouble,
    kind=st.sampled_from(sorted(TROUBLES)),
    seconds=st.sampled_from([5, 40, 400, 1_800, 9_000]),
    chance=st.sampled_from([0.3, 1.0]),
    group=st.one_of(st.none(), GROUPS),
)

WAITS = st.builds(Wait, st.sampled_from([1, 7, 50, 350]))

MACHINE = st.one_of(
    st.builds(
        Asleep,
        seconds=st.sampled_from([60, 900, 7_200, 28_800]),
        late_s=st.lists(LATE, min_size=1, max_size=4).map(tuple),
        group=GROUPS,
    ),
    st.builds(SetClock, st.sampled_from([-7_200, -600, -61, 61, 600, 7_200])),
)

RARE = st.one_of(
    st.builds(Burst, GROUPS),
    st.builds(Large, GROUPS),
    st.builds(Delete, GROUPS),
    st.builds(DeleteStream, GROUPS, st.sampled_from([1, 2])),
    st.builds(
        Trouble,
        kind=st.sampled_from(["throttled", "status 500", "reset", "expired", "repeats"]),
        seconds=st.sampled_from([40, 400]),
        service=st.sampled_from(["cloudtrail", "s3"]),
    ),
)

CALLED = st.builds(Called, st.one_of(st.integers(0, 14), st.integers(15, 900)))

OBJECTS = st.builds(
    Object,
    late_s=st.sampled_from([0, 60, 1_000, 7_000]),
    count=st.integers(1, 5),
    broker=st.sampled_from([1, 2]),
    times=st.sampled_from([1, 1, 2]),
)

ROUNDS = st.tuples(
    DELIVERIES,
    WAITS,
    st.one_of(TROUBLE, MACHINE, RARE),
    DELIVERIES,
    st.one_of(CALLED, OBJECTS),
    WAITS,
    st.one_of(DELIVERIES, MACHINE),
)
"""Something is always delivered before, during and after what goes wrong."""


def scripts(most: int) -> st.SearchStrategy[Script]:
    """Scripts of at most so many rounds."""
    return st.builds(
        Script,
        steps=st.lists(ROUNDS, min_size=1, max_size=most).map(lambda them: sum(them, ())),
        before=st.lists(
            st.builds(Deliver, group=GROUPS, late_s=st.integers(0, 900), count=st.just(5)),
            max_size=3,
        ).map(tuple),
        brokers=st.sampled_from([1, 2, 3, 0]),
        cluster=st.booleans(),
        page=st.sampled_from([10, 50, 1_000_000]),
        machine_ahead_s=st.sampled_from([0, 0, 0, -240, 240]),
        ordered=st.booleans(),
    )
