"""What the source tree shows, worked out from the readers: target > kind > instance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mqtail.status import ReaderStatus, State, StreamStatus
from widgets.instances import InstanceNumbers
from widgets.states import worst, worst_reader

Path = tuple[str, ...]
"""A place in the tree: (target,), (target, kind) or (target, kind, instance)."""


@dataclass(frozen=True, slots=True)
class SourceNode:
    """State and counts of a target, of one of its logs, or of one instance in it."""

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
    worst_one = worst_reader(readers)
    newest = max(streams, key=lambda stream: stream.newest, default=None)
    return SourceNode(
        path=path,
        state=worst(reader.state for reader in readers),
        events=sum(stream.events for stream in streams),
        errors=sum(stream.errors for stream in streams),
        newest=newest.newest if newest else 0,
        lag_ms=newest.lag_ms if newest else 0,
        shown=shown(path),
        reason=worst_one.reason if worst_one else "",
        hint=worst_one.hint if worst_one else "",
        log_group=readers[0].log_group if len(readers) == 1 else "",
        late=sum(reader.late for reader in readers),
    )


def _instances(
    path: Path,
    readers: list[ReaderStatus],
    numbers: InstanceNumbers,
    shown: Callable[[Path], bool],
) -> list[SourceNode]:
    streams: dict[str, list[StreamStatus]] = {}
    states: dict[str, list[State]] = {}
    for reader in readers:
        for stream in reader.streams.values():
            instance = stream.source.instance
            if instance is not None:
                streams.setdefault(instance, []).append(stream)
                states.setdefault(instance, []).append(reader.state)
    nodes = []
    for instance in sorted(streams, key=lambda name: (numbers.get((path[0], name), 0), name)):
        newest = max(streams[instance], key=lambda stream: stream.newest)
        nodes.append(
            SourceNode(
                path=(*path, instance),
                state=worst(states[instance]),
                events=sum(stream.events for stream in streams[instance]),
                errors=sum(stream.errors for stream in streams[instance]),
                newest=newest.newest,
                lag_ms=newest.lag_ms,
                shown=shown((*path, instance)),
                number=numbers.get((path[0], instance)),
                log_group=newest.source.log_group,
            )
        )
    return nodes
