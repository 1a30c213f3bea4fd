"""The line of keys at the bottom of a screen."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import ActiveBinding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from widgets.styles import KeepsStyles, segment_style

WIDE_FROM = 110
"""Width (cells) from which on keys stand apart, with the command palette at the right."""
LEFT_OUT = "…"
"""Stands for the keys that have no room."""


class LineKey(NamedTuple):
    """A key of the line."""

    key: str
    """Its name in Textual."""
    display: str
    """How it is written."""
    description: str
    tooltip: str
    """Shown while the mouse is on it; empty: nothing is."""
    is_enabled: bool

    def texts(self, *, spaced: bool) -> tuple[str, str]:
        """How key and description are written: spaced, or close together."""
        if spaced:
            return f" {self.display} ", f"{self.description} "
        return self.display, f" {self.description}"

    @property
    def width(self) -> int:
        """Cells that it takes where keys stand close together."""
        return sum(map(cell_len, self.texts(spaced=False)))


class KeyLine(KeepsStyles, Widget):
    """Shows the keys that act in its screen, as far as there is room; a click presses one.

    Textual's own `Footer` makes a widget of each key, and all of them anew with each change of
    the focus, which lays out the whole screen. This one paints its row, and only where it differs.

    Args:
        compact: keys stand close together, and without the command palette, in any width.
        show_command_palette: the key of the command palette is shown where there is room.
    """

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    KeyLine {
        dock: bottom;
        height: 1;
        color: $footer-foreground;
        background: $footer-background;

        & > .key-line--key {
            color: $footer-key-foreground; background: $footer-key-background; text-style: bold;
        }
        & > .key-line--description {
            color: $footer-description-foreground; background: $footer-description-background;
        }
        & > .key-line--border { color: $foreground 20%; }
        & > .key-line--hovered { background: $block-hover-background; }

        &:ansi > .key-line--hovered { text-style: underline; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "key-line--key",
        "key-line--description",
        "key-line--border",
        "key-line--hovered",
    }

    hovered: reactive[str] = reactive("")
    """Name of the key that the mouse is on; empty: on none."""

    def __init__(self, *, compact: bool = False, show_command_palette: bool = True) -> None:
        super().__init__()
        self._compact = compact
        self._show_command_palette = show_command_palette
        self._keys: list[LineKey] = []
        self._palette: LineKey | None = None

    def watch_hovered(self, hovered: str) -> None:
        """Say what the key does."""
        key = self._key_named(hovered)
        self.styles.pointer = "pointer" if key else "default"
        # As content: text is no markup.
        self.tooltip = Content(key.tooltip) if key and key.tooltip else None

    def on_mount(self) -> None:
        """Show what acts, from now on."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_updated)
        self._bindings_updated(self.screen)

    def on_click(self, event: events.Click) -> None:
        """Press the key."""
        if key := self._key_named(event.style.meta.get("key", "")):
            event.stop()
            if key.is_enabled:
                self.app.simulate_key(key.key)
            else:
                self.app.bell()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show which key would be pressed."""
        self.hovered = event.style.meta.get("key", "")

    def on_leave(self) -> None:
        """Show it no longer."""
        self.hovered = ""

    def render_line(self, y: int) -> Strip:
        """The keys in the order of their bindings; those without room are left out at the end."""
        line = self._spaced() or self._close_together()
        line = line.adjust_cell_length(self.size.width)
        return line.apply_style(self.visual_style.rich_style)

    def _bindings_updated(self, screen: Screen[object]) -> None:
        """Repaint, if other keys act now."""
        # The screen may have been left meanwhile: what its keys act on may be gone.
        if not self.is_attached or screen not in self.app.screen_stack:
            return
        # A terminal that is not looked at keeps its keys, although nothing has the focus then.
        if not self.app.app_focus:
            return
        active = screen.active_bindings.values()
        by_action: dict[str, LineKey] = {}
        for binding in active:
            action = binding.binding.action
            if binding.binding.show and action not in by_action:
                by_action[action] = self._line_key(binding)
        palette = None
        if self._show_command_palette and self.app.ENABLE_COMMAND_PALETTE:
            palettes = (one for one in active if one.binding.action == "command_palette")
            palette = next(map(self._line_key, palettes), None)
        keys = list(by_action.values())
        if (keys, palette) != (self._keys, self._palette):
            self._keys, self._palette = keys, palette
            # Another key may stand under the mouse.
            self.hovered = ""
            self.refresh()

    def _line_key(self, active: ActiveBinding) -> LineKey:
        binding = active.binding
        display = self.app.get_key_display(binding)
        return LineKey(binding.key, display, binding.description, active.tooltip, active.enabled)

    def _key_named(self, name: str) -> LineKey | None:
        keys = self._keys if self._palette is None else [*self._keys, self._palette]
        return next((key for key in keys if key.key == name), None)

    def _spaced(self) -> Strip | None:
        """All keys, and the command palette at the right; None: there is no room for that."""
        if self._compact or self.size.width < WIDE_FROM:
            return None
        left = Strip(segment for key in self._keys for segment in self._segments(key, spaced=True))
        right = Strip([])
        if self._palette is not None:
            border = Segment("▏", segment_style(self, "key-line--border"))
            right = Strip([border, *self._segments(self._palette, spaced=False), Segment(" ")])
        room = self.size.width - left.cell_length - right.cell_length
        return None if room < 0 else Strip([*left, Segment(" " * room), *right])

    def _close_together(self) -> Strip:
        """The keys for which there is room, and a mark for the rest."""
        segments: list[Segment] = []
        fitting = self._fitting()
        for key in self._keys[:fitting]:
            segments += [*self._segments(key, spaced=False), Segment(" ")]
        if fitting < len(self._keys):
            segments.append(Segment(LEFT_OUT, segment_style(self, "key-line--description")))
        return Strip(segments)

    def _fitting(self) -> int:
        """How many keys have room close together, beside the mark where that is not all."""
        taken = fitting = 0
        for number, key in enumerate(self._keys, 1):
            taken += key.width
            is_last = number == len(self._keys)
            if taken + (0 if is_last else 1 + cell_len(LEFT_OUT)) <= self.size.width:
                fitting = number
            taken += 1
        return fitting

    def _segments(self, key: LineKey, *, spaced: bool) -> list[Segment]:
        style = Style(dim=not key.is_enabled or None, meta={"key": key.key})
        below = Style()
        if key.key == self.hovered:
            below = segment_style(self, "key-line--hovered")
        return [
            Segment(text, below + segment_style(self, f"key-line--{part}") + style)
            for text, part in zip(key.texts(spaced=spaced), ("key", "description"), strict=True)
        ]
