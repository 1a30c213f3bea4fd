"""How soon history is on the screen: the real engine over HTTP, in the UI, on a terminal.

The first screen is the first frame with rows of the log; all is there when the last frame with the
whole history has been written.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import time
from typing import Any

from botocore.credentials import ReadOnlyCredentials
from textual.screen import Screen

from bench._pages import served_pages
from bench._terminal import on_terminal
from mqtail.aws.signin import SignIn
from mqtail.engine import Tail
from mqtail.settings import Settings
from tui.app import MqtailApp, Tailing
from tui.screens.main import MainScreen

KEYS = ReadOnlyCredentials("bench", "bench", None)


class BenchApp(MqtailApp):
    """The UI, which notes when events came and when they were painted, and ends."""

    def __init__(self, tail: Tail, events: int, out: int) -> None:
        super().__init__(Tailing(tail, tail.settings))
        self._engine_tail, self._events, self._out = tail, events, out
        self._began = time.perf_counter()
        self._moments: dict[str, float] = {}

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        super()._display(screen, renderable)
        main = next((one for one in self.screen_stack if isinstance(one, MainScreen)), None)
        if renderable is None or main is None:
            return
        if main.log_view.page:
            self._note("painted")
        if len(main.log_view.rows) >= self._events:
            self._note("all painted")

    def on_ready(self) -> None:
        """Begin to look."""
        self.run_worker(self._watch(), exit_on_error=False, description="bench")

    async def _watch(self) -> None:
        store = self._engine_tail.store
        for name, wanted in (("first page", 1), ("all read", self._events)):
            while len(store) < wanted:  # noqa: ASYNC110  # what is waited for has no event
                await asyncio.sleep(0.001)
            self._note(name)
        while "all painted" not in self._moments:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        moments = self._moments
        found = (
            moments["painted"] - moments["first page"],
            moments["all painted"] - moments["first page"],
            moments["all painted"],
        )
        os.write(self._out, " ".join(f"{ms:.1f}" for ms in found).encode())
        self.exit()

    def _note(self, what: str) -> None:
        self._moments.setdefault(what, (time.perf_counter() - self._began) * 1000)


def child(url: str, events: int, out: int) -> None:
    """Show the history."""
    settings = Settings(
        targets=("/bench",), since=0, follow=False, buffer=events, max_requests=10_000
    )
    sign_in = SignIn("us-east-1", endpoint_url=url, session_keys=KEYS)
    BenchApp(Tail(settings, sign_in), events, out).run()


def main() -> None:
    """Print median and worst of several runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    runs = []
    with served_pages(options.events) as url:
        for _ in range(options.repeat):
            text = on_terminal(lambda out: child(url, options.events, out))
            runs.append([float(ms) for ms in text.split()])
    print(f"history of {options.events:,} events in the UI, ms   median    worst")
    names = ("first page to first screen", "first page to all on screen", "start to all on screen")
    for name, times in zip(names, zip(*runs, strict=True), strict=True):
        print(f"{name:<44}{statistics.median(times):10,.0f} {max(times):8,.0f}")


if __name__ == "__main__":
    main()
