"""The pictures that the README shows are there, and show the UI as it looks now."""

from __future__ import annotations

import re

from screenshots.look import FOLDER, pictures_are_old

README = (FOLDER.parent / "README.md").read_text(encoding="utf-8")


def test_the_pictures_show_the_present_look() -> None:
    """They are taken anew when the screens that the tests compare look different."""
    assert not pictures_are_old(), "The UI looks different by now: run `make screenshots`."


def test_the_readme_shows_every_picture() -> None:
    """And none that is not there."""
    shown = re.findall(r"\(screenshots/([\w-]+\.svg)\)", README)
    assert sorted(shown) == sorted(path.name for path in FOLDER.glob("*.svg"))
    assert {"main.svg", "failover.svg", "split.svg", "check.svg", "detail.svg", "chooser.svg"} <= {
        *shown
    }
