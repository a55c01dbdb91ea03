"""What the newsroom's service costs: beside the engine's own server, beside bare FastAPI, in memory, and in a browser.

    python benchmarks/service.py [gateway] [requests] [streams] [pages] [--weights default] [--rounds N] [--seconds S]

**gateway.** The house's chat route, and a task's, against the HTTP server of the very engine process that answers them, in
turn, one request at a time: time to the first piece of text, and tokens a second over whole answers. Each prompt is asked
once by each, with a number of its own at its beginning, so that nobody profits from a prompt that was read before; who
comes first changes. The same against an engine that answers at once, which leaves the service's own time; and against
llama.cpp's own server on the same weights (`xllamacpp`), where it is installed. Bars: 10 ms, 97 %.

**requests.** An engine in a process of its own that answers at once, PostgreSQL, a key for every request, every request
logged and counted: requests a second of the house against a bare FastAPI route that runs the same two statements for each
request and answers with bytes made beforehand, once as a `def` route with connections in threads and once as an `async`
one; the faster of the two is the peer. The house writes its log in batches beside the requests. The same uvicorn settings, one
worker each, the same load from a process of its own, in turn. Bars: 60 % of the requests a second, 3 times the p99.

**streams.** 500 streams that have begun and stand still: what the API's worker holds resident. Bar: 400 MB.

**pages.** Chromium, its cache emptied: from the navigation to the moment when somebody can type a name (login), and can
choose a task (desk). Median of five. Bar: 1.5 s, and nothing asked for anywhere else.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.load.bars import kept
from benchmarks.load.engine import ANSWER, Pace, scripted_engine
from benchmarks.load.gateway import gateway, question
from benchmarks.load.house import PASSWORD, House
from benchmarks.load.rates import requests_a_second
from benchmarks.load.streams import idle_streams

BAR_STREAMS_MB, STREAMS = 400.0, 500
BAR_PAGE_S, VISITS = 1.5, 5


def streams() -> None:
    """Print the table of the third part."""
    still = Pace(piece=3600.0)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        elsewhere = stack.enter_context(scripted_engine(still))
        engine = {"name": "one", "url": elsewhere, "parallel": 1024, "max_queue": 16, "mask": False}
        house = stack.enter_context(House(folder, [engine]))
        body = question(0) | {"model": "one", "stream": True}

        async def hold() -> tuple[int, int]:
            before = 0
            while (now := _worker(house)) > before + (1 << 20):  # until its word lists are loaded
                before = now
                await asyncio.sleep(3.0)
            writers = await idle_streams(
                f"{house.url}/v1/chat/completions", body, house.keys["reporter"], STREAMS
            )
            await asyncio.sleep(2.0)
            after = _worker(house)
            for writer in writers:
                writer.close()
            return before, after

        before, after = (size / 1e6 for size in asyncio.run(hold()))
    print(
        f"{STREAMS} idle streams: the worker holds {after:.0f} MB, {before:.0f} MB without them, {1000 * (after - before) / STREAMS:.0f} KB "
        f"each (bar {BAR_STREAMS_MB:g} MB: {kept(after < BAR_STREAMS_MB)})"
    )


def _worker(house: House) -> int:
    """Resident bytes of the API's worker: the child that holds most connections."""
    found = [one for one in house.processes()[1:] if "caibian.service.child" in one.cmdline()]
    worker = max(found, key=lambda one: len(one.net_connections()))
    size: int = worker.memory_info().rss
    return size


LOGIN = "document.activeElement && document.activeElement.name === 'name'"
DESK = "document.querySelector('.task-search') && document.querySelectorAll('a[href^=\"/desk/\"]').length > 0"
_STOPWATCH = "const t = setInterval(() => {{ if ({ready}) {{ window.usable = performance.now(); clearInterval(t); }} }}, 5);"


def pages() -> None:
    """Print the table of the fourth part."""
    from tests.pipeline.browser import browser

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        engine = {"name": "one", "model": f"scripted:{ANSWER}"}
        house = stack.enter_context(House(folder, [engine], pages=True))
        chrome = stack.enter_context(browser())
        chrome.screen(1440, 900)

        def visit(path: str, ready: str) -> list[float]:
            times = []
            watch = chrome.call(
                "Page.addScriptToEvaluateOnNewDocument", source=_STOPWATCH.format(ready=ready)
            )
            for _ in range(VISITS):
                chrome.call("Network.clearBrowserCache")
                chrome.visit(house.pages_url + path, "window.usable")
                times.append(float(chrome.do("window.usable")) / 1000)
            chrome.call("Page.removeScriptToEvaluateOnNewDocument", identifier=watch["identifier"])
            return times

        times = {"login": visit("/login", LOGIN)}
        chrome.type("reporter")
        chrome.press("Tab")
        chrome.type(PASSWORD)
        chrome.press("Enter")
        chrome.wait_for("location.pathname !== '/login' && document.querySelector('main h1')")
        times["desk"] = visit("/desk", DESK)
        outside = [
            url
            for url in chrome.requests
            if not url.startswith((house.pages_url, "data:", "blob:", "about:"))
        ]
    for name, got in times.items():
        middle = statistics.median(got)
        shown = " ".join(f"{one:.2f}" for one in got)
        print(f"  {name:8} {middle:.2f} s ({shown}), bar {BAR_PAGE_S:g} s: {kept(middle <= BAR_PAGE_S)}")
    print(f"  {len(chrome.requests)} requests, asked for elsewhere: {outside or 'none'}")


def main() -> None:
    parts: Sequence[str] = ("gateway", "requests", "streams", "pages")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[[], *parts], help="all of them, if none is named")
    parser.add_argument("--weights", default="default", help="a GGUF file, or a registered name")
    parser.add_argument("--prompts", type=int, default=20, help="of the gateway's comparison")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8.0, help="of one round of requests")
    parser.add_argument("--connections", type=int, default=32)
    given = parser.parse_args()
    chosen = given.parts or parts
    if "gateway" in chosen:
        from caibian.models import registry

        gateway(str(registry.resolve(given.weights)), given.prompts)
    if "requests" in chosen:
        for durable in (True, False):
            requests_a_second(given.rounds, given.seconds, given.connections, durable)
    if "streams" in chosen:
        streams()
    if "pages" in chosen:
        pages()


if __name__ == "__main__":
    main()
