"""The sources at the left: the tree, and what is known of the one that matters."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Label, Static

from widgets.source_detail import SourceDetail
from widgets.source_nodes import SourceNode
from widgets.source_tree import SourceTree
from widgets.states import LOOKS


class Sidebar(Vertical):
    """Shows every source, and one of them in detail."""

    def compose(self) -> ComposeResult:
        """A title, the tree, and the details."""
        with Horizontal(id="sources-title"):
            yield Label("sources")
            yield Static("events · newest")
        yield SourceTree(id="sources")
        yield SourceDetail(id="source", markup=False)

    def show(self, sources: Sequence[SourceNode], now: int) -> None:
        """Show the sources as they are now.

        Args:
            sources: every node after its parent.
            now: the time, ms since the epoch.
        """
        tree = self.query_one(SourceTree)
        tree.update_sources(sources, now)
        detailed = _most_urgent(sources)
        if tree.has_focus and tree.cursor_node is not None:
            detailed = tree.cursor_node.data
        self.query_one(SourceDetail).show(detailed, now)


def _most_urgent(sources: Sequence[SourceNode]) -> SourceNode | None:
    """The log that most needs attention, the first of equals."""
    order = list(LOOKS)
    kinds = [source for source in sources if len(source.path) == 2]
    return min(kinds, key=lambda source: order.index(source.state), default=None)
