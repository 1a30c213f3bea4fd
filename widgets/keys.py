"""How keys are written down, for the footer, the help and the command palette."""

from __future__ import annotations

from textual.binding import Binding


def key(
    key: str,
    action: str,
    name: str,
    tooltip: str,
    *,
    id: str,
    footer: bool = False,
    shown: str | None = None,
    priority: bool = False,
) -> Binding:
    """A key, by default one that the footer has no room for.

    Args:
        key: the key, or several with commas between.
        action: what it does.
        name: the command's name.
        tooltip: what it does, for the help.
        id: its name in a keymap.
        footer: whether it stands in the footer.
        shown: how the key is shown; None: by its name.
        priority: whether it comes before the keys of what has the focus.
    """
    return Binding(
        key,
        action,
        name,
        show=footer,
        key_display=shown,
        tooltip=tooltip,
        id=id,
        priority=priority,
    )
