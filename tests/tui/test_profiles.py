"""Switching to a profile that asks for an MFA code."""

from __future__ import annotations

import io
import sys
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from tests.tui.test_chooser import FakeChoosing
from tui.screens.profiles import Profiles


async def test_a_name_that_the_terminal_cannot_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands there as its escape, and signing in goes on."""
    choosing = FakeChoosing()
    name = "büro"
    asked: list[str] = []
    monkeypatch.setattr(
        choosing, "profiles", lambda: [SimpleNamespace(name=name, needs_mfa=True)], raising=True
    )
    monkeypatch.setattr(choosing, "switch_asking", asked.append)
    app: Any = SimpleNamespace(suspend=nullcontext)
    profiles = Profiles(choosing, app)
    profiles.load()
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    await profiles.switch(name)
    assert asked == [name]
    assert written.getvalue() == b"mqtail signs in with the profile b\\xfcro.\n"
