"""What is done to a house under load, and what its people notice.

    python -m benchmarks.load.faults [--rounds N] [--sqlite]

**Engine.** `kill -9` of a supervised engine: who waits for it gets 503 with Retry-After, or an error event in the
stream that it had begun; it is started again; whoever asks the other engine, or reads and writes, notices nothing.

**Service.** `kill -9` of the whole service, N times, in turn of all its processes at one moment and of the parent
alone, which the others must notice. People ask again until they are answered. Whatever they were told is kept (drafts,
each of their changes, comments, examinations, articles, feedback, rankings) must be there, and once.

**Database.** PostgreSQL is stopped and started: meanwhile every answer is a clear 503 with Retry-After, and afterwards
all goes on without anything being started anew.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.load.house import House
from benchmarks.load.people import Crowd, crowd
from benchmarks.load.postgres import Postgres
from benchmarks.load.ranked import a_panel
from benchmarks.load.told import lost

PEOPLE = 8
CALM = 2.0  # seconds of undisturbed work before a fault, and after everything works again
_HELD = 0.3  # seconds
_LONG = 2_000  # tokens of an answer that is still being written when its engine dies
_RECOVERY = 60.0  # seconds within which it must


@dataclass
class Fault:
    """What one fault led to."""

    name: str
    recovered: list[float] = field(default_factory=list)  # seconds until what was broken worked again
    statuses: Counter[str] = field(default_factory=Counter)
    broken: int = 0  # connections
    cut: int = 0  # streams that ended with an error event
    kept: int = 0
    wrong: list[str] = field(default_factory=list)

    def take(self, people: Crowd) -> None:
        """Add what people saw."""
        self.statuses.update(people.seen.statuses)
        self.broken += sum(people.seen.broken.values())
        self.cut += sum(people.seen.cut.values())
        self.kept += people.told.count
        self.wrong += [*people.seen.failures, *people.seen.bare]
        self.wrong += [
            f"{name}: {count}"
            for name, count in people.seen.statuses.items()
            if name[-3] in "45" and not name.endswith(("503", "429"))
        ]


@contextmanager
def house_of(folder: Path, database: str | None, rankings: int = 3_000) -> Iterator[House]:
    """The house that suffers, with two supervised engines."""
    engines = [
        {
            "name": name,
            "model": f"scripted:{'青岭市图书馆新馆开馆。' * _LONG}",
            "parallel": 8,
            "max_queue": 64,
        }
        for name in ("one", "two")
    ]
    house = House(folder, engines, database=database, workers=2)
    house.move_in()
    a_panel(house, rankings)
    house.start()
    try:
        yield house
    finally:
        house.stop()


async def engine_fault(house: House, kills: int = 3, calm: float = CALM) -> Fault:
    """kill -9 of the first engine under load."""
    found = Fault("engine")
    async with (
        crowd(house, patient=True, models=["one"]) as asking,
        crowd(house, patient=False, models=["two"]) as others,
    ):
        asking.tokens_an_answer = _LONG
        for people, journeys in ((asking, asking.asking), (others, others.mixed)):
            people.begin(PEOPLE, journeys)
        for _ in range(kills):
            await asyncio.sleep(calm)
            starts = await _starts(others)
            engine = house.engine("one").process
            engine.suspend()  # so that requests are surely in its hands
            await asyncio.sleep(_HELD)
            killed = time.monotonic()
            engine.kill()
            while (now := await _starts(others))["one"] <= starts["one"]:
                if time.monotonic() > killed + _RECOVERY:
                    found.wrong.append(f"the engine was not started again within {_RECOVERY:g} s")
                    break
                await asyncio.sleep(0.05)
            found.recovered.append(time.monotonic() - killed)
            if now["two"] != starts["two"]:
                found.wrong.append("the other engine was started again, too")
        await asyncio.sleep(calm)
        for people in (asking, others):
            await people.stop()
            found.take(people)
        found.wrong += await lost(others.told, others)
        if not found.cut and not any(name.endswith("503") for name in found.statuses):
            found.wrong.append("nobody was at the engine when it was killed: this shows nothing")
        found.wrong += [f"the others noticed: {name}" for name in others.seen.statuses if name[-3] in "45"]
    return found


async def _starts(people: Crowd) -> dict[str, int]:
    engines = await people.ask("reporter", "GET", "/v1/engines")
    return {one["name"]: one["starts"] if one["state"] == "ready" else 0 for one in engines}


async def service_fault(house: House, rounds: int, calm: float = CALM) -> Fault:
    """kill -9 of the service under load, again and again."""
    found = Fault("service")
    async with crowd(house, patient=True) as people:
        people.begin(PEOPLE, people.writing)
        for number in range(rounds):
            await asyncio.sleep(calm)
            killed = time.monotonic()
            await asyncio.to_thread(house.kill, parent_alone=number % 2 == 1)
            await asyncio.to_thread(house.start)
            found.recovered.append(time.monotonic() - killed)
        await asyncio.sleep(calm)
        await people.stop()
        found.take(people)
        found.wrong += await lost(people.told, people)
    return found


async def database_fault(
    house: House, postgres: Postgres, rounds: int = 3, away: float = 5.0, calm: float = CALM
) -> Fault:
    """PostgreSQL stopped, and started after a while."""
    found = Fault("database")
    async with crowd(house, patient=True) as people:
        pids = sorted(one.pid for one in house.processes())
        people.begin(PEOPLE, people.mixed)
        for _ in range(rounds):
            await asyncio.sleep(calm)
            refused = _refusals(people)
            await asyncio.to_thread(postgres.stop)
            await asyncio.sleep(away)
            if _refusals(people) == refused:
                found.wrong.append("nobody was told that the database is away")
            await asyncio.to_thread(postgres.start)
            started, done = time.monotonic(), people.journeys
            while people.journeys < done + PEOPLE and time.monotonic() < started + _RECOVERY:
                await asyncio.sleep(0.05)
            found.recovered.append(time.monotonic() - started)
        await asyncio.sleep(calm)
        await people.stop()
        found.take(people)
        found.wrong += await lost(people.told, people)
        if found.broken:
            found.wrong.append(f"{found.broken} connections were broken instead of answered")
        if sorted(one.pid for one in house.processes()) != pids:
            found.wrong.append("a process was started anew")
    return found


def _refusals(people: Crowd) -> int:
    return sum(count for name, count in people.seen.statuses.items() if name.endswith("503"))


def show(fault: Fault) -> None:
    """Print what came of a fault."""
    times = sorted(fault.recovered)
    good = sum(count for name, count in fault.statuses.items() if name[-3] == "2")
    away = sum(count for name, count in fault.statuses.items() if name.endswith(("503", "429")))
    print(
        f"{fault.name}: {len(times)} times; well again after {times[len(times) // 2]:.1f} s in the middle, {times[-1]:.1f} s "
        f"at most; {good:,} requests answered, {away:,} told to come back, {fault.broken:,} connections broken, "
        f"{fault.cut:,} streams ended with an error; {fault.kept:,} things told to be kept"
    )
    print("\n".join(f"  WRONG: {one}" for one in fault.wrong[:20]) or "  nothing lost, nothing wrong")


def suffer(folder: Path, postgres: Postgres | None, rounds: int, kinds: Sequence[str]) -> list[Fault]:
    """All faults, each on a house of its own."""
    found = []
    for kind in kinds:
        place = folder / kind
        place.mkdir()
        with house_of(place, None if postgres is None else postgres.fresh()) as house:
            if kind == "engine":
                found.append(asyncio.run(engine_fault(house)))
            elif kind == "service":
                found.append(asyncio.run(service_fault(house, rounds)))
            elif postgres is not None:
                found.append(asyncio.run(database_fault(house, postgres)))
            show(found[-1])
            if found[-1].wrong:
                print(house.log[-3000:], file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20, help="kills of the service")
    parser.add_argument("--sqlite", action="store_true", help="instead of PostgreSQL")
    parser.add_argument("--only", choices=("engine", "service", "database"))
    given = parser.parse_args()
    kinds = ["engine", "service"] if given.sqlite else ["engine", "service", "database"]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = None if given.sqlite else stack.enter_context(Postgres())
        found = suffer(folder, postgres, given.rounds, [given.only] if given.only else kinds)
    sys.exit(any(fault.wrong for fault in found))


if __name__ == "__main__":
    main()
