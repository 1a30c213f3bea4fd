"""Events/s of the whole engine over HTTP: from pages to the store, and to JSON lines."""

from __future__ import annotations

import argparse
import asyncio
import io
import logging
import statistics
import time

from botocore.credentials import ReadOnlyCredentials

from bench._pages import served_pages
from mqtail.aws.signin import SignIn
from mqtail.engine import Tail
from mqtail.pipe import line_of, tail_into
from mqtail.settings import Settings

KEYS = ReadOnlyCredentials("bench", "bench", None)


def tail_of(url: str, events: int) -> Tail:
    """A tail of everything that the server has."""
    settings = Settings(
        targets=("/bench",),
        since=0,
        follow=False,
        buffer=events,
        max_requests=10_000,
        output="json",
    )
    return Tail(settings, SignIn("us-east-1", endpoint_url=url, session_keys=KEYS))


async def to_store(url: str, events: int) -> int:
    """Read everything into the store; gives the number of events there."""
    tail = tail_of(url, events)
    await tail.run()
    return len(tail.store)


async def to_json(url: str, events: int) -> int:
    """Read everything and write it as JSON lines; gives the number of lines."""
    out, tail = io.BytesIO(), tail_of(url, events)
    await tail_into(tail, line_of(tail.settings, terminal=False), out)
    return out.getvalue().count(b"\n")


def main() -> None:
    """Print events/s, median and spread over the runs."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=100_000)
    arguments.add_argument("--repeat", type=int, default=5)
    chosen = arguments.parse_args()
    logging.disable()
    with served_pages(chosen.events) as url:
        for name, run in (("HTTP page to store", to_store), ("HTTP page to JSON", to_json)):
            rates = []
            for _ in range(chosen.repeat + 1):
                start = time.perf_counter()
                count = asyncio.run(run(url, chosen.events))
                rates.append(count / (time.perf_counter() - start))
                if count != chosen.events:
                    raise SystemExit(f"{name}: {count:,} events instead of {chosen.events:,}")
            rates = rates[1:]
            print(
                f"{name:>20}: {statistics.median(rates):>10,.0f} events/s "
                f"({min(rates):,.0f} to {max(rates):,.0f}, {chosen.events:,} events)"
            )


if __name__ == "__main__":
    main()
