"""What of the main screen there is room for, and what of it the user wants."""

from __future__ import annotations

from tui.preferences import Preferences

SIDEBAR_FROM = 110
"""Width (cells) from which on the sources are shown unless asked otherwise."""
TIMELINE_FROM = 18
"""Height (rows) from which on there is room for the timeline."""


class Room:
    """Decides whether the sources and the timeline are shown.

    Args:
        preferences: what the user preferred so far; what is wanted from now on is kept there.
    """

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences
        self._sidebar = preferences.sidebar
        self._timeline = preferences.timeline is not False

    def shows_sidebar(self, width: int) -> bool:
        """Whether the sources are shown in a terminal of this width (cells)."""
        return width >= SIDEBAR_FROM if self._sidebar is None else self._sidebar

    def shows_timeline(self, height: int) -> bool:
        """Whether the timeline is shown in a terminal of this height (rows)."""
        return self._timeline and height >= TIMELINE_FROM

    def want_sidebar(self, wanted: bool, width: int) -> None:
        """Show the sources or not from now on; in a narrow terminal for a moment only."""
        self._sidebar = wanted
        if width >= SIDEBAR_FROM:
            self._preferences.set_sidebar(None if wanted else False)

    def want_timeline(self, wanted: bool) -> None:
        """Show the timeline or not from now on, where there is room for it."""
        self._timeline = wanted
        self._preferences.set_timeline(wanted)
