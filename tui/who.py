"""Who we are and where, as the chooser shows it: region and profile can be clicked."""

from __future__ import annotations

from textual.content import Content
from textual.style import Style

from mqtail.printable import printable
from tui.choosing import Choosing


def who_text(choosing: Choosing, width: int) -> Content:
    """As much as fits: region, profile, account, identity.

    Args:
        choosing: what knows it.
        width: cells that there are.
    """
    title = Content.styled("mqtail", "bold $text-primary")
    if not choosing.region:
        return title.pad_right(3).append("signing in…")
    parts = [
        _clickable("region", choosing.region, "region"),
        _clickable("profile", choosing.profile or "environment", "profile"),
    ]
    if choosing.account:
        parts.append(_fact("account", choosing.account))
    if choosing.identity:
        parts.append(_fact("as", short_identity(choosing.identity)))
    gap = Content("   ")
    while True:
        line = gap.join(parts)
        if line.cell_length <= width or len(parts) == 1:
            break
        parts.pop()
    room = width - line.cell_length - title.cell_length
    return title.pad_right(room).append(line) if room >= 3 else line


def short_identity(arn: str) -> str:
    """A caller's ARN without what every ARN has: `user/jane`, `Admin/jane` of an assumed role."""
    return arn.split(":", 5)[-1].removeprefix("assumed-role/")


def _clickable(name: str, value: str, action: str) -> Content:
    click = Style.from_meta({"@click": f"screen.{action}"})
    return Content.assemble(
        f"{name} ", (f"{printable(value)} ▾", Style.parse("bold $foreground") + click)
    )


def _fact(name: str, value: str) -> Content:
    return Content.assemble(f"{name} ", (printable(value), "$foreground"))
