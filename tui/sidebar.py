"""The sources at the left: the tree, and what is known of the one that matters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Label, Static

from mqtail.status import ReaderStatus
from widgets.sources.detail import SourceDetail
from widgets.sources.nodes import SourceNode
from widgets.sources.tree import SourceTree
from widgets.states import at_work, most_telling, worst_reader


class Sidebar(Vertical):
    """Shows every source, and one of them in detail."""

    _legend = ""

    def compose(self) -> ComposeResult:
        """A title, the tree, and the details."""
        with Horizontal(id="sources-title"):
            yield Label("sources")
            yield Static(id="sources-legend")
        yield SourceTree(id="sources")
        yield SourceDetail(id="source", markup=False)

    def show(
        self,
        sources: Sequence[SourceNode],
        readers: Sequence[ReaderStatus],
        now: int,
        zone: tzinfo,
    ) -> None:
        """Show the sources as they are now.

        Args:
            sources: every node after its parent.
            readers: what they were worked out from.
            now: the time, ms since the epoch.
            zone: zone of the times that are shown.
        """
        tree = self.query_one(SourceTree)
        tree.update_sources(sources, now)
        self._show_legend(tree.legend if sources else "")
        detailed = _most_telling(sources, readers)
        if tree.has_focus and tree.cursor_node is not None:
            detailed = tree.cursor_node.data
        self.query_one(SourceDetail).show(detailed, readers, now, zone)

    def _show_legend(self, legend: str) -> None:
        if legend != self._legend:
            self._legend = legend
            self.query_one("#sources-legend", Static).update(legend)


def _most_telling(
    sources: Sequence[SourceNode], readers: Sequence[ReaderStatus]
) -> SourceNode | None:
    """The log of the reader that the status line speaks of."""
    reader = most_telling(at_work(readers)) or worst_reader(readers)
    if reader is None:
        return None
    path = (reader.targets[0], reader.log)
    return next((source for source in sources if source.path == path), None)
