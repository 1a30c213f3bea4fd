"""Which look of the UI the pictures show: to tell when they have become old.

The look is that of the pictures that the tests compare the screens with: it changes when something
looks different, and not with every change of the code.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent
SNAPSHOTS = FOLDER.parent / "tests" / "tui" / "__snapshots__"
KEPT = FOLDER / "look.txt"
"""Where the look is kept that the pictures were taken of."""


def present_look() -> str:
    """A fingerprint of how the UI looks now."""
    digest = hashlib.sha256()
    for path in sorted(SNAPSHOTS.glob("*.svg")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def keep_look() -> None:
    """Remember that the pictures show the present look."""
    KEPT.write_text(present_look() + "\n", encoding="utf-8")


def pictures_are_old() -> bool:
    """Whether the UI looks otherwise than when the pictures were taken."""
    return not KEPT.exists() or KEPT.read_text(encoding="utf-8").strip() != present_look()
