"""The tree of sources: what is read, in which state, how much comes, and how old the newest is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from mqtail.activity import BUCKET_MS, recent
from mqtail.printable import printable
from mqtail.status import State
from widgets.human import short_count, shorten
from widgets.sources.figures import (
    Columns,
    Needs,
    age_text,
    error_text,
    fitted,
    needs,
    note,
    sparkline,
)
from widgets.sources.nodes import Path, SourceNode
from widgets.states import LOOKS, OFF, TONES
from widgets.styles import KeepsStyles, segment_style

MANY = 9
"""Targets, or instances of a log, beyond which they begin folded; as many instances have keys."""
LEAST_NAME = 4
"""Cells that a name has at least."""


class SourceTree(KeepsStyles, Tree[SourceNode]):
    """Shows target > log > instance; choosing a node shows or hides what comes from there.

    A log that is only available is asked for by choosing it. Of many targets, and of a log of many
    instances, one row each is shown until it is unfolded.

    Args:
        name: name of the widget.
        id: id of the widget in the DOM.
        classes: CSS classes of the widget.
    """

    DEFAULT_CSS = """
    SourceTree {
        background: transparent;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;

        & > .source-tree--good { color: $text-success; }
        & > .source-tree--busy { color: $text-primary; }
        & > .source-tree--warn { color: $text-warning; text-style: bold; }
        & > .source-tree--bad { color: $text-error; text-style: bold; }
        & > .source-tree--idle { color: $text-muted; }
        & > .source-tree--off { color: $text-disabled; }
        & > .source-tree--count { color: $text-muted; }
        & > .source-tree--errors { color: $text-error; }
        & > .source-tree--rate { color: $primary; }
        & > .source-tree--lag { color: $text-warning; }
        & > .source-tree--target { text-style: bold; }
        & > .tree--cursor { background: transparent; text-style: none; }
        & > .tree--guides, & > .tree--guides-hover, & > .tree--guides-selected {
            color: $primary-muted; text-style: none;
        }
        &:focus { background-tint: transparent; }
        &:focus > .tree--cursor { background: $primary 25%; color: $text; text-style: none; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space,enter",
            "select_cursor",
            "Show/hide",
            key_display="space",
            tooltip="Show or hide this source; read one that is available",
            id="source-toggle",
        ),
        Binding(
            "left",
            "collapse",
            "Fold",
            show=False,
            tooltip="Fold this part of the tree",
            id="source-fold",
        ),
        Binding(
            "right",
            "expand",
            "Unfold",
            show=False,
            tooltip="Unfold this part of the tree",
            id="source-unfold",
        ),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"source-tree--{tone}" for tone in TONES),
        "source-tree--off",
        "source-tree--count",
        "source-tree--errors",
        "source-tree--rate",
        "source-tree--lag",
        "source-tree--target",
    }

    class Chosen(Message):
        """A source was chosen."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    class Toggled(Chosen):
        """A source was chosen to be shown or hidden."""

    class Wanted(Chosen):
        """A source that is only available was chosen to be read."""

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__("", name=name, id=id, classes=classes)
        self.show_root = False
        self.guide_depth = 2
        self.auto_expand = False
        self._nodes_by_path: dict[Path, TreeNode[SourceNode]] = {(): self.root}
        self._now = 0
        self._needs = Needs()
        self.root.expand()

    @property
    def legend(self) -> str:
        """What the figures at the right are, each heading above its column."""
        return self._columns.legend + " " * (self._inner_width - self._room)

    @property
    def rich_style(self) -> Style:
        """What every row lies on; `Tree` has it worked out for each of them."""
        return self.visual_style.rich_style

    def update_sources(self, sources: Sequence[SourceNode], now: int) -> None:
        """Show the sources as they are now; only what has changed is painted again.

        Args:
            sources: every node after its parent.
            now: the time, ms since the epoch.
        """
        before, self._now = self._now, now
        chosen = self.cursor_node
        moved = self._remove_all_but({source.path for source in sources})
        above: dict[Path, TreeNode[SourceNode]] = {}
        for source in sources:
            parent = source.path[:-1]
            node = self._nodes_by_path.get(source.path)
            if node is None:
                node = self._add(source, above.get(parent))
                moved = True
            else:
                changed = node.data != source
                node.data = source
                if changed or age_text(source, before) != age_text(source, now):
                    node.refresh()
            above[parent] = node
        if moved and chosen is not None:
            self._keep_cursor(chosen)
        needed = needs(sources, self.guide_depth)
        if needed != self._needs or before // BUCKET_MS != now // BUCKET_MS:
            self._needs = needed
            self._refresh_rows()

    def notify_style_update(self) -> None:
        """Paint anew; `Tree` would have the whole screen laid out each time the focus changes."""
        self.forget_styles()
        ScrollView.notify_style_update(self)
        self._refresh_rows()

    def on_focus(self) -> None:
        """Stand on a source at once, so that the keys have something to act on."""
        if self.cursor_node is None and self.root.children:
            self.move_cursor(self.root.children[0])

    def render_label(self, node: TreeNode[SourceNode], base_style: Style, style: Style) -> Text:
        """A row: marks and name on the left, the figures on the right."""
        source = node.data
        if source is None:
            return Text()
        room = self._room - self.guide_depth * (len(source.path) - 1)
        label = Text(no_wrap=True, end="")
        fold = ("▾ " if node.is_expanded else "▸ ") if node.children else ""
        if fold:
            label.append(fold, style + self._style("count") + Style(meta={"toggle": True}))
        if source.number is not None and str(source.number) != source.name:
            fold += f"{source.number} "
            label.append(f"{source.number} ", style + self._style("count"))
        mark, mark_style, name_style = self._look(source)
        label.append(f"{mark} ", style + mark_style)
        right = self._figures(source, room - cell_len(fold) - 2 - LEAST_NAME - 1)
        left = max(LEAST_NAME, room - cell_len(fold) - 2 - right.cell_len - 1)
        name = set_cell_size(shorten(printable(source.name), left), left)
        if len(source.path) == 1:
            name_style += self._style("target")
        label.append(f"{name} ", style + name_style)
        right.stylize_before(style)
        return label.append_text(right)

    def get_label_width(self, node: TreeNode[SourceNode]) -> int:
        """Rows are fitted to the width there is."""
        return 1

    def action_collapse(self) -> None:
        """Fold the node under the cursor, or its parent."""
        node = self.cursor_node
        if node is None:
            return
        if node.children and node.is_expanded:
            node.collapse()
        elif node.parent is not None and not node.parent.is_root:
            self.move_cursor(node.parent)

    def action_expand(self) -> None:
        """Unfold the node under the cursor."""
        if self.cursor_node is not None:
            self.cursor_node.expand()

    @on(Tree.NodeSelected)
    def _toggle(self, event: Tree.NodeSelected[SourceNode]) -> None:
        event.stop()
        source = event.node.data
        if source is not None:
            message = self.Wanted if source.state is State.AVAILABLE else self.Toggled
            self.post_message(message(source.path))

    def _look(self, source: SourceNode) -> tuple[str, Style, Style]:
        """The mark of a source, its style, and the style of the name."""
        look, off = LOOKS[source.state], self._style("off")
        if source.state is State.AVAILABLE:
            return look.mark, self._style(look.tone), self._style(look.tone)
        if not source.shown:
            return OFF, off, off
        return look.mark, self._style(look.tone), Style()

    def _figures(self, source: SourceNode, room: int) -> Text:
        """A note where there is one, the sparkline beside it, errors, events, and the age.

        Where that takes more than the room there is (cells), a state's word stands alone.
        """
        columns, said = self._columns, note(source)
        alone = columns._replace(cells=0).width + len(said) + 1 > room
        live, text = source.state is State.LIVE, Text(no_wrap=True, end="")
        if said and not (live and alone):
            tone = "lag" if live else LOOKS[source.state].tone
            text.append(said, self._style(tone if source.shown else "off"))
            if alone or source.state is State.AVAILABLE:
                return text
        cells = columns.cells - text.cell_len - bool(text)
        text.append(" " * bool(text))
        if cells > 0:
            text.append_text(self._sparkline(source, cells)).append(" ")
        if columns.errors:
            errors = f"{error_text(source.errors):>{columns.errors}} "
            text.append(errors, self._style("errors" if source.shown else "off"))
        numbers = f"{short_count(source.events):>{columns.events}}"
        if columns.age:
            numbers += f" {age_text(source, self._now):>{columns.age}}"
        return text.append(numbers, self._style("count" if source.shown else "off"))

    def _sparkline(self, source: SourceNode, cells: int) -> Text:
        """Events of the last minutes; those with errors among them have their colour."""
        counts = recent(source.activities, self._now, cells)
        text = Text(no_wrap=True, end="")
        calm, wrong = map(self._style, ("rate", "errors") if source.shown else ("off", "off"))
        for bar, (_, errors) in zip(sparkline(counts), counts, strict=True):
            text.append(bar, wrong if errors else calm)
        return text

    @property
    def _room(self) -> int:
        """Cells of a row."""
        return self.scrollable_content_region.width

    @property
    def _inner_width(self) -> int:
        """Cells of a row with the scroll bar, where there is one."""
        return self.content_size.width

    @property
    def _columns(self) -> Columns:
        return fitted(self._needs, self._room)

    def _refresh_rows(self) -> None:
        """Paint every row in sight again."""
        for target in self.root.children:
            target.refresh()

    def _add(self, source: SourceNode, above: TreeNode[SourceNode] | None) -> TreeNode[SourceNode]:
        """Add a node under the one `above` it, as the first of its parent where there is none."""
        parent = self._nodes_by_path[source.path[:-1]]
        before = 0 if above is None else None
        label = Text(printable(source.name))
        expand = not parent.is_root or len(parent.children) < MANY
        node = parent.add(label, source, before=before, after=above, expand=expand)
        self._nodes_by_path[source.path] = node
        if len(parent.children) == MANY + 1:
            # Only now, not each time that one is added: what was unfolded since stays so.
            self._fold(source.path, parent)
        return node

    def _fold(self, path: Path, parent: TreeNode[SourceNode]) -> None:
        """Fold the targets if there is one at the path, or the log of the instance there."""
        if len(path) == 1:
            for target in parent.children:
                target.collapse()
        elif len(path) == 3:
            parent.collapse()

    def _remove_all_but(self, paths: set[Path]) -> bool:
        """Take out what is not a source any more, the innermost first; tells if there was any."""
        gone = [path for path in self._nodes_by_path if path and path not in paths]
        for path in reversed(gone):
            self._nodes_by_path.pop(path).remove()
        return bool(gone)

    def _keep_cursor(self, node: TreeNode[SourceNode]) -> None:
        """Leave the cursor on its node where rows were put in or taken out above it."""
        line = min(self.cursor_line, self.last_line)
        if self.get_node_at_line(node.line) is node:
            line = node.line
        self.cursor_line = line
        # A line with another node on it is no change to the tree itself.
        self.watch_cursor_line(line, line)

    def _style(self, name: str) -> Style:
        return segment_style(self, f"source-tree--{name}")
