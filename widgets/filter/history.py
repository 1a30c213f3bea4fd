"""Texts that were typed before, to be gone through one by one."""

from __future__ import annotations

MOST_TEXTS = 200
"""Texts that are kept."""


class TextHistory:
    """Earlier texts, the newest last, each once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._draft = ""
        """What stood in the line before earlier texts were brought back."""
        self._beginning = ""
        """What they have to begin with."""
        self._steps_back = 0
        """How many texts back from the draft the line is."""

    @property
    def at_draft(self) -> bool:
        """Whether no earlier text is shown."""
        return not self._steps_back

    def remember(self, text: str) -> None:
        """Make a text the newest, unless it is blank."""
        if text.strip():
            others = [other for other in self.texts if other != text]
            self.texts = [*others[1 - MOST_TEXTS :], text]
        self.leave()

    def leave(self) -> None:
        """What stands in the line is a draft again."""
        self._steps_back = 0

    def go(self, steps: int, text: str, *, typed: bool) -> str | None:
        """The text so many steps further back, the draft again at last; None beyond both ends.

        Args:
            steps: how many; less than 0 leads to later ones.
            text: what stands in the line.
            typed: whether that was typed just now: then only what begins with it is gone through.
        """
        if self.at_draft:
            self._draft, self._beginning = text, text.casefold() if typed else ""
        earlier = [
            other
            for other in self.texts
            if other != self._draft and other.casefold().startswith(self._beginning)
        ]
        wanted = self._steps_back + steps
        if not 0 <= wanted <= len(earlier):
            return None
        self._steps_back = wanted
        return earlier[-wanted] if wanted else self._draft
