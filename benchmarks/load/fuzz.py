"""schemathesis against a house that really runs: what its OpenAPI document promises, and nothing else.

    python -m benchmarks.load.fuzz [--cases N] [--seed S]

Every operation of /v1/openapi.json is asked with what the document allows and with what it does not, with made-up ids
and with those of things that are there (in paths, and in every other body that is as it should be), mostly by an admin,
at times by others or by nobody. No answer may be a 5xx, have a status, a content type or a body that the document does
not know. What fuzzing itself breaks (switches, budgets, accounts) is mended between two operations.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from benchmarks.load.house import House
from benchmarks.load.postgres import Postgres
from benchmarks.load.things import Things, things_of

CASES = 2_400
_TIMEOUT = 60  # seconds for one answer
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
_OTHERS = ("reporter", "expert", "operator", None)
_EVERY_OTHER = 6  # every so manieth case is asked by one of those
_MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)


@dataclass
class Fuzzed:
    """What came of it."""

    cases: int = 0
    operations: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)  # operations by their successful answers
    failures: dict[str, str] = field(default_factory=dict)  # what is wrong, each kind once, -> how to see it

    def never_reached(self, labels: list[str]) -> list[str]:
        """Operations that never succeeded: refused at the door, they were hardly tried."""
        return [label for label in labels if not self.reached[label]]


@contextmanager
def fuzzed_house(folder: Path, database: str | None = None) -> Iterator[House]:
    """The house that is fuzzed."""
    runs = folder / "runs" / "demo"
    runs.mkdir(parents=True)
    (runs / "run.json").write_text("{}", encoding="utf-8")
    (runs / "report.html").write_text("<!doctype html><title>demo</title>", encoding="utf-8")
    engines = [{"name": "one", "model": "scripted:青岭市图书馆新馆开馆", "parallel": 8}]
    # Addresses are made up: none of them is worth waiting for.
    house = House(folder, engines, database=database, runs=str(folder / "runs"), imports={"seconds": 2})
    with house:
        yield house


def fuzz(house: House, cases: int, number: int = 0) -> tuple[Fuzzed, list[str]]:
    """Ask so many times; gives what came of it, and the names of all operations."""
    schema = schemathesis.openapi.from_dict(_without_locks(house))
    found = Fuzzed()
    operations = [result.ok() for result in schema.get_all_operations()]
    labels = [operation.label for operation in operations]
    found.operations = len(operations)
    with things_of(house) as things, requests.Session() as session:
        session.trust_env = False
        while found.cases < cases:  # not every operation has room for what is wrong: one round may be too few
            each = max(1, -(-(cases - found.cases) // (len(operations) * len(_MODES) * 2)))
            for operation in operations:
                real = things.path_parameters(operation.full_path, operation.path_parameters)
                for mode in _MODES:
                    for parameters in (None, real):
                        things.mend()
                        _fuzz_one(house, operation, mode, parameters, each, number, session, found, things)
            number += 1
    return found, labels


def _without_locks(house: House) -> dict[str, Any]:
    """The document without what it says of keys: who asks is decided here, or half of all cases would stay outside."""
    with requests.Session() as session:
        session.trust_env = False
        document: dict[str, Any] = session.get(f"{house.url}/v1/openapi.json", timeout=_TIMEOUT).json()
    for operations in document["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)
    document.pop("security", None)
    return document


def _fuzz_one(
    house: House,
    operation: Any,
    mode: Any,
    parameters: dict[str, Any] | None,
    examples: int,
    number: int,
    session: requests.Session,
    found: Fuzzed,
    things: Things,
) -> None:
    strategy = operation.as_strategy(
        generation_mode=mode, **({"path_parameters": parameters} if parameters else {})
    )

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def attempt(case: Any) -> None:
        found.cases += 1
        bearer: str | None = things.bearer(operation.full_path)
        if found.cases % _EVERY_OTHER == 0:
            other = _OTHERS[found.cases // _EVERY_OTHER % len(_OTHERS)]
            bearer = house.keys[other] if other else None
        headers = {"Authorization": f"Bearer {bearer}" if bearer else ""}
        if found.cases % 2 and isinstance(case.body, dict) and mode is schemathesis.GenerationMode.POSITIVE:
            case.body = things.better(operation.full_path, case.body)
        response = case.call(house.url, session=session, headers=headers, timeout=_TIMEOUT)
        found.statuses[response.status_code] += 1
        if response.status_code < 400:
            found.reached[operation.label] += 1
            things.after(operation.label)
        try:
            case.validate_response(response, checks=_CHECKS)
        except (FailureGroup, Failure) as failure:
            for one in failure.exceptions if isinstance(failure, FailureGroup) else [failure]:
                kind = f"{operation.label}: {response.status_code}: {one.title}"
                found.failures.setdefault(kind, f"{one.message}\n{case.as_curl_command(headers=headers)}")

    # A mode that an operation has no room for (nothing can be wrong where nothing is sent) generates nothing.
    with suppress(Unsatisfiable):
        attempt()


def show(found: Fuzzed, labels: list[str]) -> None:
    """Print what came of it."""
    answers = ", ".join(f"{status}: {count:,}" for status, count in sorted(found.statuses.items()))
    print(f"{found.cases:,} cases on {found.operations} operations; answers {answers}")
    if never := found.never_reached(labels):
        print(f"  never answered with success: {', '.join(never)}")
    for kind, how in found.failures.items():
        print(f"  WRONG: {kind}\n    " + how.replace("\n", "\n    "))
    if not found.failures:
        print("  no 5xx, no undocumented answer")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--postgres", action="store_true", help="instead of SQLite")
    given_ = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(Postgres()).fresh() if given_.postgres else None
        house = stack.enter_context(fuzzed_house(folder, database))
        found, labels = fuzz(house, given_.cases, given_.seed)
        show(found, labels)
        if found.failures:
            print(house.log[-3000:], file=sys.stderr)
    sys.exit(bool(found.failures) or found.cases < given_.cases)


if __name__ == "__main__":
    main()
