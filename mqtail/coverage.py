"""How complete what was read is: the figures of a source, and the sentences that tell them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from mqtail.status import Interruption, ReaderStatus, State
from mqtail.store import Store
from mqtail.times import age, calendar_moment

USUAL_MS = {"cloudwatch": 60_000}
"""How far, ms, a source may be behind the present before that is worth telling, by destination:
several rounds of reading."""
USUALLY_MS = 180_000
"""The same for destinations that are looked at less often."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which a source could not be read."""

    begin: int
    """ms since the epoch."""
    end: int
    """ms since the epoch; 0: it lasts."""
    reason: str
    """What stood in the way."""
    read: bool
    """What came in it has been read afterwards."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How complete what was read of a source is, or of several sources together.

    Moments are ms since the epoch, 0 where there is none yet.
    """

    complete_from: int
    """The past has been read back to this moment."""
    complete_to: int
    """Everything that the service had up to this moment has been read."""
    swept_to: Mapping[int, int]
    """The same for what the service took in late: moments, by how late at most (ms)."""
    behind_ms: int
    """How long ago `complete_to` is where reading goes on; else 0."""
    lags: bool
    """Whether that is more than usual."""
    late: int
    """Events that came out of order."""
    latest_ms: int
    """How late the latest of them came."""
    too_late: int
    """Events that came so late that they are not shown."""
    passed_over: int
    """Objects that could not be read and were left out."""
    requests: int
    throttles: int
    retries: int
    gaps: tuple[Gap, ...]
    """Times in which it could not be read, the newest last."""


def coverage(status: ReaderStatus, now: int) -> Coverage:
    """How complete what a reader has read is at a moment (ms)."""
    goes_on = status.state is not State.ENDED and status.complete_to > 0
    behind_ms = max(0, now - status.complete_to) if goes_on else 0
    return Coverage(
        # At first nothing is read, back to the start of the run.
        complete_from=status.history_to if status.complete_to else 0,
        complete_to=status.complete_to,
        swept_to=dict(status.swept_to),
        behind_ms=behind_ms,
        lags=behind_ms > USUAL_MS.get(status.destination, USUALLY_MS),
        late=status.late,
        latest_ms=status.latest_ms,
        too_late=status.too_late,
        passed_over=status.passed_over,
        requests=status.requests,
        throttles=status.throttles,
        retries=status.retries,
        gaps=tuple([_gap(status, one) for one in status.interruptions]),
    )


def _gap(status: ReaderStatus, one: Interruption) -> Gap:
    # Reading that has ended as asked for left nothing out.
    read = 0 < one.end <= status.complete_to or (one.end > 0 and status.state is State.ENDED)
    return Gap(one.begin, one.end, one.reason, read)


def together(parts: Sequence[Coverage]) -> Coverage:
    """How complete several sources (at least one) are together: what holds for each of them."""
    first, *others = parts
    depths = set(first.swept_to).intersection(*(part.swept_to for part in others))
    gaps = dict.fromkeys(gap for part in parts for gap in part.gaps)
    return Coverage(
        complete_from=max(part.complete_from for part in parts),
        complete_to=min(part.complete_to for part in parts),
        swept_to={depth: min(part.swept_to[depth] for part in parts) for depth in depths},
        behind_ms=max(part.behind_ms for part in parts),
        lags=any(part.lags for part in parts),
        late=sum(part.late for part in parts),
        latest_ms=max(part.latest_ms for part in parts),
        too_late=sum(part.too_late for part in parts),
        passed_over=sum(part.passed_over for part in parts),
        requests=sum(part.requests for part in parts),
        throttles=sum(part.throttles for part in parts),
        retries=sum(part.retries for part in parts),
        gaps=tuple(sorted(gaps, key=lambda gap: gap.begin)),
    )


def source_name(status: ReaderStatus) -> str:
    """What a source is called among those of a run: `orders-mq general`, or its place."""
    if status.service in ("logs", "cloudtrail"):
        return status.place
    return f"{status.target} {status.log}"


def complete(known: Coverage, now: int, zone: tzinfo) -> str:
    """`complete to 10:02:11 (up to 1 h late: to 10:00:05)`; empty where nothing is.

    Where that is longer ago than usual, it says how long: `complete to 10:02:11, 5 min behind`.
    """
    if not known.complete_to:
        return ""
    behind = f", {age(known.behind_ms)} behind" if known.lags else ""
    swept = late_sweeps(known, now, zone)
    told = f"complete to {moment(known.complete_to, now, zone)}{behind}"
    return f"{told} ({swept})" if swept else told


def late_sweeps(known: Coverage, now: int, zone: tzinfo) -> str:
    """`up to 1 h late: to 10:00:05`, by the look that goes furthest back; empty before it."""
    if not known.swept_to:
        return ""
    deepest = max(known.swept_to)
    return f"up to {age(deepest)} late: to {moment(known.swept_to[deepest], now, zone)}"


def lateness(late: int, latest_ms: int) -> str:
    """`3 late, by up to 4 min`; empty where nothing was."""
    return f"{late:,} late" + f", by up to {age(latest_ms)}" * bool(latest_ms) if late else ""


def lost(known: Coverage) -> str:
    """`2 events came too late to be shown`; empty where none did."""
    events = "1 event" if known.too_late == 1 else f"{known.too_late:,} events"
    return f"{events} came too late to be shown" if known.too_late else ""


def effort(known: Coverage) -> str:
    """`123 requests, 1 throttled, 3 tried again`; empty where none was made."""
    if not known.requests:
        return ""
    told = [f"{known.requests:,} request{'' if known.requests == 1 else 's'}"]
    if known.throttles:
        told.append(f"{known.throttles:,} throttled")
    if known.retries:
        told.append(f"{known.retries:,} tried again")
    return ", ".join(told)


def gap_sentence(gap: Gap, now: int, zone: tzinfo, *, reason: bool = True, times: int = 1) -> str:
    """`could not be read from 10:02:11 to 10:05:40 (AWS is down); it was read afterwards.`

    Args:
        gap: the time in which a source could not be read.
        now: the time, ms since the epoch.
        zone: zone of the times that are told.
        reason: tell what stood in the way, too.
        times: how often that happened from the begin of the gap to its end.
    """
    begin = moment(gap.begin, now, zone)
    why = f" ({gap.reason.strip().rstrip('.')})" if reason else ""
    if not gap.end:
        return f"could not be read since {begin}{why}."
    afterwards = "it was read afterwards" if gap.read else "it has not been read afterwards so far"
    end = moment(gap.end, now, zone)
    often = f" {times:,} times" if times > 1 else ""
    return f"could not be read{often} from {begin} to {end}{why}; {afterwards}."


def dropped(store: Store, now: int, zone: tzinfo) -> str:
    """`1,234 dropped before 10:15:02`, of the buffer; empty where nothing was."""
    if not store.dropped:
        return ""
    return f"{store.dropped:,} dropped before {moment(store.begin, now, zone)}"


def moment(ms: int, now: int, zone: tzinfo) -> str:
    """`10:02:11`, or `2026-11-20 10:02:11` of another day than now (both ms), in `zone`."""
    then, present = (calendar_moment(time // 1000).astimezone(zone) for time in (ms, now))
    return then.strftime("%H:%M:%S" if then.date() == present.date() else "%Y-%m-%d %H:%M:%S")


class Gaps:
    """Tells of the times in which sources could not be read once they are over, each once."""

    def __init__(self) -> None:
        self._known: dict[int, set[Interruption]] = {}
        """What was told, by the number of the reader."""

    def news(
        self,
        readers: Sequence[ReaderStatus],
        now: int,
        zone: tzinfo,
        *,
        wait_for: Collection[int] = (),
        last: bool = False,
    ) -> list[str]:
        """Sentences on gaps that are over and were read up on since the last call.

        A gap that is the same for several sources, as when this machine slept, is told once, and
        so are several of one source for the same reason.

        Args:
            wait_for: numbers of readers whose gaps are told later.
            last: it ends now: tell of those, too, that were not read up on.
        """
        found: dict[tuple[Gap, int], list[str]] = {}
        for number, status in enumerate(readers):
            if number in wait_for and not last:
                continue
            told = self._known.get(number, set())
            over = {gap: one for one in status.interruptions if (gap := _gap(status, one)).end}
            ready = {gap: one for gap, one in over.items() if gap.read or last}
            new = [gap for gap, one in ready.items() if one not in told]
            for joined in _joined(new):
                found.setdefault(joined, []).append(status.place)
            self._known[number] = set(ready.values())
        return [
            f"{_subject(places)}: {gap_sentence(gap, now, zone, times=times)}"
            for (gap, times), places in found.items()
        ]


def _joined(gaps: Iterable[Gap]) -> list[tuple[Gap, int]]:
    """Gaps for the same reason as one, from the first to the last, and how many they are."""
    alike: dict[tuple[str, bool], list[Gap]] = {}
    for gap in gaps:
        alike.setdefault((gap.reason, gap.read), []).append(gap)
    return [(replace(same[-1], begin=same[0].begin), len(same)) for same in alike.values()]


def _subject(places: Sequence[str]) -> str:
    return places[0] if len(places) == 1 else f"{len(places)} sources"


def read_sources(readers: Iterable[ReaderStatus]) -> list[ReaderStatus]:
    """Those that are read, not only available."""
    return [status for status in readers if status.state is not State.AVAILABLE]
