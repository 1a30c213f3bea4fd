"""The number by which an instance is shown, and which selects it from the keyboard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from mqtail.events import Source

InstanceNumbers = dict[tuple[str, str], int]
"""Number of an instance by (target, instance)."""


def number_instances(sources: Iterable[Source]) -> InstanceNumbers:
    """Number the instances of each target.

    An ActiveMQ instance and a Kafka broker have their own number; RabbitMQ nodes are counted from 1
    in the order of their names.
    """
    names: dict[str, set[str]] = defaultdict(set)
    for source in sources:
        if source.instance is not None:
            names[source.target].add(source.instance)
    numbers: InstanceNumbers = {}
    for target, instances in names.items():
        named = sorted(name for name in instances if not name.isdecimal())
        numbers.update({(target, name): at for at, name in enumerate(named, 1)})
        numbers.update({(target, name): int(name) for name in instances if name.isdecimal()})
    return numbers
