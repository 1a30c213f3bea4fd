"""What the source tree shows, worked out from the readers: target > kind > instance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from mqtail.status import ReaderStatus, State, StreamStatus
from widgets.instances import InstanceNumbers
from widgets.states import worst, worst_reader

Path = tuple[str, ...]
"""A place in the tree: (target,), (target, kind) or (target, kind, instance)."""


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
    number: int | None = None
    """Number of the instance, where the node is one."""
    reason: str = ""
    hint: str = ""
    log_group: str = ""
    late: int = 0
    """Events that came out of order."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[-1]


def source_nodes(
    readers: Sequence[ReaderStatus], numbers: InstanceNumbers, shown: Callable[[Path], bool]
) -> list[SourceNode]:
    """All nodes, each after its parent, targets and kinds in the order of the readers.

    Args:
        readers: one for each log group of each target.
        numbers: number of each instance.
        shown: whether events of a path pass the filters on sources.
    """
    targets: dict[str, dict[str, list[ReaderStatus]]] = {}
    for reader in readers:
        targets.setdefault(reader.target, {}).setdefault(reader.kind, []).append(reader)
    nodes: list[SourceNode] = []
    for target, kinds in targets.items():
        of_target = [reader for group in kinds.values() for reader in group]
        nodes.append(_node((target,), of_target, shown))
        for kind, group in kinds.items():
            nodes.append(_node((target, kind), group, shown))
            nodes += _instances((target, kind), group, numbers, shown)
    return nodes


def _node(path: Path, readers: list[ReaderStatus], shown: Callable[[Path], bool]) -> SourceNode:
    streams = [stream for reader in readers for stream in reader.streams.values()]
    worst_one = worst_reader(readers) or readers[0]
    newest, lag_ms, events, errors = _figures(streams)
    return SourceNode(
        path=path,
        state=worst_one.state,
        events=events,
        errors=errors,
        newest=newest,
        lag_ms=lag_ms,
        shown=shown(path),
        reason=worst_one.reason,
        hint=worst_one.hint,
        log_group=readers[0].log_group if len(readers) == 1 else "",
        late=sum([reader.late for reader in readers]),
    )


def _instances(
    path: Path,
    readers: list[ReaderStatus],
    numbers: InstanceNumbers,
    shown: Callable[[Path], bool],
) -> list[SourceNode]:
    found: dict[str, list[tuple[ReaderStatus, StreamStatus]]] = {}
    for reader in readers:
        for stream in reader.streams.values():
            if stream.source.instance is not None:
                found.setdefault(stream.source.instance, []).append((reader, stream))
    nodes = []
    for instance in sorted(found, key=lambda name: (numbers.get((path[0], name), 0), name)):
        newest, lag_ms, events, errors = _figures([stream for _, stream in found[instance]])
        place = (*path, instance)
        nodes.append(
            SourceNode(
                path=place,
                state=worst([reader.state for reader, _ in found[instance]]),
                events=events,
                errors=errors,
                newest=newest,
                lag_ms=lag_ms,
                shown=shown(place),
                number=numbers.get((path[0], instance)),
                log_group=found[instance][0][0].log_group,
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
