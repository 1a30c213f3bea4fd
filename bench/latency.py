"""From the moment an event can be read to its line: `mqtail -o text` and `-o json` into a pipe.

The wish: a median below half the poll interval plus 100 ms.
"""

from __future__ import annotations

import argparse

from bench._figures import percentile, spread
from bench._programs import GROUP, MQTAIL, run_program, served
from mqtail.settings import Pace


def main() -> None:
    """Print p50 and p99 of the latency, median and spread over the runs."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=45.0, help="of each run")
    arguments.add_argument("--skip", type=float, default=20.0, help="seconds that are not counted")
    arguments.add_argument("--rate", type=int, default=50, help="events/s")
    arguments.add_argument("--repeat", type=int, default=3)
    chosen = arguments.parse_args()
    print(f"{chosen.rate} events/s, poll interval {Pace().poll_ms} ms; from visible to printed")
    for output in ("text", "json"):
        halves, worst, counts = [], [], []
        for _ in range(chosen.repeat):
            with served() as service:
                service.feed(chosen.rate)
                ran = run_program(
                    [MQTAIL, GROUP, "-o", output],
                    service,
                    seconds=chosen.seconds,
                    skip_s=chosen.skip,
                )
            halves.append(percentile(ran.latencies, 0.5))
            worst.append(percentile(ran.latencies, 0.99))
            counts.append(len(ran.latencies))
        print(
            f"{output:>6}: p50 {spread(halves)} s, p99 {spread(worst)} s,"
            f" {spread(counts, '{:,.0f}')} events"
        )


if __name__ == "__main__":
    main()
