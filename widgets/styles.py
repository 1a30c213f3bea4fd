"""Styles of component classes for hand-made segments."""

from __future__ import annotations

from rich.style import Style
from textual.widget import Widget


def segment_style(widget: Widget, name: str) -> Style:
    """The style of a component class, its transparency resolved against the widget's background.

    A background is part of it only where the class itself has one, so that the style can lie on
    a row of any colour.
    """
    full = widget.get_component_rich_style(name)
    own = widget.get_component_rich_style(name, partial=True)
    return own + Style(color=full.color, bgcolor=full.bgcolor if own.bgcolor else None)
