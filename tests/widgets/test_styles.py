"""Widgets keep the styles of their component classes until other CSS applies."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.widget import Widget

from widgets.status_line import StatusLine
from widgets.styles import segment_style

NAME = "status-line--good"


class Line(App[None]):
    """A status line alone."""

    def compose(self) -> ComposeResult:
        """The line."""
        yield StatusLine()


async def test_styles_outlive_a_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is painted again has the styles that it had."""
    asked: list[tuple[str, ...]] = []
    rich_style = Widget.get_component_rich_style

    async with Line().run_test() as pilot:
        line = pilot.app.query_one(StatusLine)
        style = segment_style(line, NAME)

        def counted(self: Widget, *names: str, **options: bool) -> object:
            asked.append(names)
            return rich_style(self, *names, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(Widget, "get_component_rich_style", counted)
        line.refresh()
        await pilot.pause()
        assert segment_style(line, NAME) == style
        assert not asked


async def test_another_theme_has_other_styles() -> None:
    """They are not kept for ever."""
    async with Line().run_test() as pilot:
        line = pilot.app.query_one(StatusLine)
        before = segment_style(line, NAME)
        pilot.app.theme = "dracula"
        await pilot.pause()
        assert segment_style(line, NAME) != before
