"""What the source tree shows, worked out from the readers: target > log > instance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from mqtail.activity import Activity
from mqtail.status import ReaderStatus, State, StreamStatus
from widgets.instances import InstanceNumbers
from widgets.states import NO_STREAM, without_logs, worst, worst_reader

Path = tuple[str, ...]
"""A place in the tree: (target,), (target, log) or (target, log, instance)."""

Shown = Callable[[Path, str], bool]
"""Whether events of a path, whose log is of a kind, pass the conditions on sources."""


class SourceNode(Struct, frozen=True, gc=False):
    """State and counts of a target, of one of its logs, or of one instance in it.

    A struct because hundreds of them are made and compared several times a second.
    """

    path: Path
    state: State
    events: int
    errors: int
    newest: int
    """Time of the newest event, ms since the epoch; 0: none yet."""
    lag_ms: int
    """Ingestion lag of the newest event, ms."""
    shown: bool
    kind: str = ""
    """Kind of the log; empty for a target."""
    number: int | None = None
    """Number of the instance, where the node is one."""
    reason: str = ""
    hint: str = ""
    place: str = ""
    """Where it is read, empty where that is several places."""
    destination: str = ""
    """What kind of place that is: `cloudwatch`, `s3`, ..."""
    late: int = 0
    """Events that came out of order."""
    latest_ms: int = 0
    """How late the latest of them came, ms."""
    passed_over: int = 0
    """Objects that could not be read and were left out."""
    problem: str = ""
    """What was wrong with one of them."""
    activities: tuple[Activity, ...] = ()
    """When the events of its log streams came."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[-1]


def source_nodes(
    readers: Sequence[ReaderStatus], numbers: InstanceNumbers, shown: Shown
) -> list[SourceNode]:
    """All nodes, each after its parent, targets and logs in the order of the readers.

    Logs of one kind stand together. A reader of several targets' events is under each of them,
    with the figures of that target alone.

    Args:
        readers: one for each log of each target, in each place.
        numbers: number of each instance.
        shown: whether events of a path pass the conditions on sources.
    """
    targets: dict[str, dict[str, dict[str, list[ReaderStatus]]]] = {}
    for reader in readers:
        for target in reader.targets:
            kinds = targets.setdefault(target, {})
            kinds.setdefault(reader.kind, {}).setdefault(reader.log, []).append(reader)
    nodes: list[SourceNode] = []
    for target, kinds in targets.items():
        logs = [(kind, log, group) for kind in kinds for log, group in kinds[kind].items()]
        of_target = [reader for _, _, group in logs for reader in group]
        nodes.append(_node((target,), "", of_target, shown))
        for kind, log, group in logs:
            nodes.append(_node((target, log), kind, group, shown))
            nodes += _instances((target, log), kind, group, numbers, shown)
    return nodes


def _node(path: Path, kind: str, readers: list[ReaderStatus], shown: Shown) -> SourceNode:
    streams = [
        stream
        for reader in readers
        for stream in reader.streams.values()
        if stream.source.target == path[0]
    ]
    worst_one = worst_reader(readers) or readers[0]
    # Of a reader of several targets nobody knows whose events came late.
    own = [reader for reader in readers if len(reader.targets) == 1]
    # A target without logs is not live because the API calls that concern it can be read.
    silent = None if worst_one.state.troubled else without_logs(path[0], readers)
    speaker = silent or worst_one
    only = readers[0] if len(readers) == 1 else None
    newest, lag_ms, events, errors = _figures(streams)
    return SourceNode(
        path=path,
        state=State.WAITING if silent else speaker.state,
        events=events,
        errors=errors,
        newest=newest,
        lag_ms=lag_ms,
        shown=shown(path, kind),
        kind=kind,
        reason=speaker.reason or (NO_STREAM if silent else ""),
        hint=speaker.hint,
        place=only.place if only else "",
        destination=only.destination if only else "",
        late=sum([reader.late for reader in own]),
        latest_ms=max([reader.latest_ms for reader in own], default=0),
        passed_over=sum([reader.passed_over for reader in readers]),
        problem=next((reader.problem for reader in readers if reader.problem), ""),
        activities=tuple([stream.activity for stream in streams]),
    )


def _instances(
    path: Path, kind: str, readers: list[ReaderStatus], numbers: InstanceNumbers, shown: Shown
) -> list[SourceNode]:
    found: dict[str, list[tuple[ReaderStatus, StreamStatus]]] = {}
    for reader in readers:
        for stream in reader.streams.values():
            if stream.source.instance is not None and stream.source.target == path[0]:
                found.setdefault(stream.source.instance, []).append((reader, stream))
    nodes = []
    for instance in sorted(found, key=lambda name: (numbers.get((path[0], name), 0), name)):
        streams = [stream for _, stream in found[instance]]
        newest, lag_ms, events, errors = _figures(streams)
        place = (*path, instance)
        first = found[instance][0][0]
        nodes.append(
            SourceNode(
                path=place,
                state=worst([reader.state for reader, _ in found[instance]]),
                events=events,
                errors=errors,
                newest=newest,
                lag_ms=lag_ms,
                shown=shown(place, kind),
                kind=kind,
                number=numbers.get((path[0], instance)),
                place=first.place,
                destination=first.destination,
                activities=tuple([stream.activity for stream in streams]),
            )
        )
    return nodes


def _figures(streams: list[StreamStatus]) -> tuple[int, int, int, int]:
    """Time of the newest event, its lag (both ms), events and errors of log streams."""
    newest = lag_ms = events = errors = 0
    for stream in streams:
        events += stream.events
        errors += stream.errors
        if stream.newest > newest:
            newest, lag_ms = stream.newest, stream.lag_ms
    return newest, lag_ms, events, errors
