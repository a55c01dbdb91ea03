"""Mixed load at half of what the house can carry, for a long time: no error, and no memory that grows.

    python -m benchmarks.load.soak [--minutes N] [--share S] [--sqlite]

A house on PostgreSQL with two workers of the API and two engines: a supervised one that answers at once, and one
elsewhere that answers at a pace and from which personal data are hidden. People chat, run tasks, write drafts up to
their publication, import articles, rank, and give feedback. First the house is given all that it can carry, which
warms it up, too; then journeys begin at a share of that rate, whoever is done or not (an open loop). Memory is
what each process holds resident, a median over the tenth of the run after its first tenth against one over its last.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load.asking import Seen
from benchmarks.load.engine import Pace, scripted_engine
from benchmarks.load.house import House
from benchmarks.load.people import Crowd, crowd
from benchmarks.load.postgres import Postgres
from benchmarks.load.ranked import a_panel
from benchmarks.load.told import lost

PEOPLE = 16  # at work at once while the capacity is measured
BAR_GROWTH = 0.05
_LOOK_EVERY = 1.0  # seconds between two looks at the memory
_HUMAN = Pace(first=0.15, piece=0.02)  # a fast model


@dataclass(frozen=True)
class Soaked:
    """What came of it."""

    capacity: float  # journeys a second
    rate: float  # of those begun in the run
    minutes: float
    seen: Seen
    kept: int
    lost: list[str]
    memory: dict[str, tuple[float, float]]  # process -> bytes after warm-up, and at the end

    @property
    def growth(self) -> float:
        """Of all processes together, as a share."""
        before, after = (sum(column) for column in zip(*self.memory.values(), strict=True))
        return after / before - 1.0


@contextmanager
def soaked_house(folder: Path, postgres: Postgres | None, rankings: int) -> Iterator[House]:
    """The house that is soaked."""
    with scripted_engine(_HUMAN) as elsewhere, ExitStack() as stack:
        engines = [
            {"name": "one", "model": "scripted:青岭市图书馆新馆开馆", "parallel": 16, "max_queue": 256},
            {"name": "two", "url": elsewhere, "parallel": 256, "max_queue": 256},
        ]
        database = None if postgres is None else postgres.fresh()
        house = House(folder, engines, database=database, workers=2)
        house.move_in()
        a_panel(house, rankings)
        house.start()
        stack.callback(house.stop)
        yield house


async def soak(house: House, minutes: float, share: float, warm_seconds: float) -> Soaked:
    """Find out what a house can carry, then load it with a share of that."""
    async with crowd(house, patient=False) as people:
        people.begin(PEOPLE, people.mixed)
        capacity = await _capacity(people, warm_seconds)
        await people.stop()
        looks, rate = await _open_loop(people, share * capacity, 60 * minutes)
        return Soaked(
            capacity=capacity,
            rate=rate,
            minutes=minutes,
            seen=people.seen,
            kept=people.told.count,
            lost=await lost(people.told, people),
            memory=_compared(looks),
        )


async def _capacity(people: Crowd, seconds: float) -> float:
    """Journeys a second in the second half of some time: the first fills caches and connections."""
    await asyncio.sleep(seconds / 2)
    begun = people.journeys
    await asyncio.sleep(seconds / 2)
    return (people.journeys - begun) / (seconds / 2)


async def _open_loop(people: Crowd, rate: float, seconds: float) -> tuple[list[dict[str, int]], float]:
    """Begin journeys at random moments, `rate` a second on average; gives the looks at the memory, and the true rate."""
    random_, tasks, looks = random.Random(1), set[asyncio.Task[None]](), [people.house.workers_memory()]
    began = last_look = time.monotonic()
    due, count = began, 0
    while (now := time.monotonic()) < began + seconds:
        if now >= last_look + _LOOK_EVERY:
            looks.append(people.house.workers_memory())
            last_look = now
        if now < due:
            await asyncio.sleep(min(due - now, _LOOK_EVERY))
            continue
        task = asyncio.create_task(people.journey(people.mixed))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        due += -math.log(1.0 - random_.random()) / rate
        count += 1
    took = time.monotonic() - began
    if tasks:
        await asyncio.wait(tasks, timeout=60)
    return looks, count / took


def _compared(looks: Sequence[dict[str, int]]) -> dict[str, tuple[float, float]]:
    tenth = max(1, len(looks) // 10)
    early, late = looks[tenth : 2 * tenth] or looks[:1], looks[-tenth:]
    names = set(early[0]).intersection(*looks)
    return {
        name: (statistics.median(one[name] for one in early), statistics.median(one[name] for one in late))
        for name in sorted(names)
    }


def complaints(found: Soaked, bar_growth: float = BAR_GROWTH) -> list[str]:
    """What is wrong with a soaking; nothing, if it went well."""
    wrong = [f"failed: {one}" for one in found.seen.failures[:10]]
    if len(found.seen.failures) > 10:
        wrong.append(f"… and {len(found.seen.failures) - 10} more")
    wrong += [f"lost: {one}" for one in found.lost]
    wrong += [f"{name}: {count}" for name, count in found.seen.statuses.items() if name[-3] in "45"]
    wrong += [f"broken connections, {name}: {count}" for name, count in found.seen.broken.items()]
    if not found.memory:
        wrong.append("no process lived through it")
    elif found.growth > bar_growth:
        wrong.append(f"memory grew by {found.growth:.1%}, bar {bar_growth:.0%}")
    return wrong


def show(found: Soaked) -> None:
    """Print the tables."""
    print(
        f"capacity {found.capacity:.1f} journeys/s; {found.minutes:g} min at {found.rate:.1f}/s: "
        f"{found.seen.requests:,} requests, {found.kept:,} things kept"
    )
    for action, times in sorted(found.seen.ms.items()):
        ordered = sorted(times)
        p50, p99 = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
        print(f"  {action:44} {len(times):7,}   p50 {p50:7.1f} ms   p99 {p99:7.1f} ms")
    for name, (early, late) in found.memory.items():
        print(f"  {name:24} {early / 1e6:7.1f} MB -> {late / 1e6:7.1f} MB   {late / early - 1:+.1%}")
    print(f"  memory of all            {found.growth:+.1%}, bar {BAR_GROWTH:.0%}")
    wrong = complaints(found)
    print("\n".join(f"  WRONG: {one}" for one in wrong) or "  no error")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--share", type=float, default=0.5, help="of the capacity")
    parser.add_argument("--warm", type=float, default=60.0, help="seconds of finding out the capacity")
    parser.add_argument("--sqlite", action="store_true", help="instead of PostgreSQL")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = None if given.sqlite else stack.enter_context(Postgres())
        house = stack.enter_context(soaked_house(folder, postgres, rankings=5_000))
        found = asyncio.run(soak(house, given.minutes, given.share, given.warm))
        show(found)
        if complaints(found):
            print(house.log[-3000:], file=sys.stderr)
    sys.exit(bool(complaints(found)))


if __name__ == "__main__":
    main()
