"""A view that one goes back to after a look at everything around an event."""

from __future__ import annotations

from dataclasses import dataclass

from mqtail.errors import FilterError
from mqtail.events import LogEvent
from tui.conditions import Conditions
from tui.scopes import LogTab, Split


@dataclass(frozen=True, slots=True)
class Context:
    """What was shown, and where."""

    tab: LogTab
    split: Split | None
    """What the two panes were about; None: there was one."""
    conditions: Conditions
    filter: str
    """What stood in the filter bar."""
    error: FilterError | None
    """What was said to be wrong with it."""
    event: LogEvent
    """The event that the cursor was on."""
