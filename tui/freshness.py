"""When what is shown is brought up to date: with news at once, with the time once a second."""

from __future__ import annotations

from tui.session import TailSession

LOOK_S = 1 / 3
"""Seconds between two looks at the session."""
AGE_LOOKS = 3
"""Looks after which ages and the like are brought up to date where nothing else has changed."""


class Freshness:
    """Tells from look to look whether what is shown is out of date."""

    def __init__(self) -> None:
        self._looks = 0
        self._shown: tuple[object, ...] = ()

    def shown(self, news: tuple[object, ...]) -> None:
        """All is shown anew.

        Args:
            news: changes with what is to be seen at once.
        """
        self._looks, self._shown = 0, news

    def is_due(self, news: tuple[object, ...]) -> bool:
        """Whether all is to be shown anew; to be asked every `LOOK_S`."""
        self._looks += 1
        return self._looks >= AGE_LOOKS or news != self._shown


def session_news(session: TailSession) -> tuple[object, ...]:
    """Changes with what a session has to tell at once; cheap, as it is asked for all the time."""
    older = session.older
    readers = [(reader.state, reader.reason, len(reader.streams)) for reader in session.readers]
    told = (session.phase, session.progress, len(session.notes), older.state, older.events)
    return (*told, readers)
