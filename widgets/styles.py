"""Styles of component classes for hand-made segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style
from textual.css.styles import RenderStyles
from textual.widget import Widget

if TYPE_CHECKING:
    _Base = Widget
else:
    # A widget, named first among the bases, would be the one whose CSS is inherited.
    _Base = object


class KeepsStyles(_Base):
    """Makes a widget keep the styles of its component classes for as long as its CSS stays.

    Textual works them out anew after each `refresh`, which takes longer than to paint a row. To be
    named before the base that is a widget.
    """

    _kept: dict[tuple[str, ...], RenderStyles] | None = None
    _kept_rich: dict[tuple[tuple[str, ...], bool], Style] | None = None

    def get_component_styles(self, *names: str) -> RenderStyles:
        """As Textual's own."""
        self._kept = kept = self._kept or {}
        if names not in kept:
            kept[names] = super().get_component_styles(*names)
        return kept[names]

    def get_component_rich_style(
        self, *names: str, partial: bool = False, default: Style | None = None
    ) -> Style:
        """As Textual's own."""
        self._kept_rich = kept = self._kept_rich or {}
        if (names, partial) not in kept:
            style = super().get_component_rich_style(*names, partial=partial, default=default)
            if default is not None:
                return style
            kept[names, partial] = style
        return kept[names, partial]

    def forget_styles(self) -> None:
        """Work them out anew: they may be others."""
        self._kept = self._kept_rich = None

    def notify_style_update(self) -> None:
        """Other CSS applies."""
        self.forget_styles()
        super().notify_style_update()


def segment_style(widget: Widget, name: str) -> Style:
    """The style of a component class, its transparency resolved against the widget's background.

    A background is part of it only where the class itself has one, so that the style can lie on
    a row of any colour.
    """
    full = widget.get_component_rich_style(name)
    own = widget.get_component_rich_style(name, partial=True)
    return own + Style(color=full.color, bgcolor=full.bgcolor if own.bgcolor else None)
