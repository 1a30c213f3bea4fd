"""Notices of a session: what it noted, and what its readers could not read."""

from __future__ import annotations

from collections import deque

from mqtail.status import PassedOver
from tui.session import TailSession

MOST_SHOWN = 2
"""Notices that are shown one by one."""
MOST_KEPT = 200
"""Notices that are kept for the help, the newest."""


class Notices:
    """Collects the notices of a session, each once.

    Args:
        session: what reads the logs.
    """

    def __init__(self, session: TailSession) -> None:
        self.kept: deque[str] = deque(maxlen=MOST_KEPT)
        """What was taken so far."""
        self._session = session
        self._notes = 0
        self._passed_over = PassedOver()

    def take(self) -> list[str]:
        """The notices that are new."""
        new = self._session.notes[self._notes :]
        self._notes += len(new)
        for number, reader in enumerate(self._session.readers):
            if news := self._passed_over.news(number, reader):
                new.append(news)
        self.kept += new
        return new


def shown_briefly(notices: list[str]) -> list[str]:
    """What is shown of new notices for a moment; many at once would cover the log."""
    return notices if len(notices) <= MOST_SHOWN else [f"{len(notices)} notices: ? lists them"]
