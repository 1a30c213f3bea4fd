"""Notices of a session: what it noted, and what its readers could not read."""

from __future__ import annotations

from collections import deque

from tui.session import TailSession

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
        self._passed_over: dict[int, int] = {}
        """Objects by the number of their reader."""

    def take(self) -> list[str]:
        """The notices that are new."""
        new = self._session.notes[self._notes :]
        self._notes += len(new)
        for number, reader in enumerate(self._session.readers):
            more = reader.passed_over - self._passed_over.get(number, 0)
            if more:
                self._passed_over[number] = reader.passed_over
                others = f" {more - 1} before it could not be read either." if more > 1 else ""
                new.append(f"{reader.problem}{others}")
        self.kept += new
        return new
