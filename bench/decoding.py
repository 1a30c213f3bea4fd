"""Events/s of decoding a full page of FilterLogEvents: typed decoder and botocore's parser."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import botocore.session
from botocore.parsers import ResponseParserFactory

from bench._pages import PAGE, page_body
from mqtail.aws.decoding import decode_page


def median_ms(run: Callable[[], object], repeat: int) -> float:
    """Median time of a call, ms."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def main() -> None:
    """Print both figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--repeat", type=int, default=15)
    repeat = arguments.parse_args().repeat
    body = page_body(0, PAGE, 1_700_000_000_000, None)
    model = botocore.session.get_session().get_service_model("logs")
    shape = model.operation_model("FilterLogEvents").output_shape
    assert shape is not None
    parser = ResponseParserFactory().create_parser(model.resolved_protocol)
    answer = {"status_code": 200, "headers": {}, "body": body}
    print(f"one page: {PAGE:,} events, {len(body):,} bytes, median of {repeat}")
    for name, run in (
        ("mqtail.aws.decoding", lambda: decode_page(body)),
        ("botocore", lambda: parser.parse(answer, shape)),
    ):
        ms = median_ms(run, repeat)
        print(f"{name:>20}: {ms:7.1f} ms  {PAGE / ms * 1000:>12,.0f} events/s")


if __name__ == "__main__":
    main()
