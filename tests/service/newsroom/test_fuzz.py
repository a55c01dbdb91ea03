"""schemathesis for some seconds; `make fuzz` asks for more."""

from __future__ import annotations

from pathlib import Path

from benchmarks.load.fuzz import fuzz, fuzzed_house

_FEW = 1  # rounded up to one of each operation, of each mode, with made-up and with real ids


def test_no_answer_is_a_failure_or_something_that_the_document_does_not_know(tmp_path: Path) -> None:
    with fuzzed_house(tmp_path) as house:
        found, labels = fuzz(house, cases=_FEW)
    assert found.failures == {}
    assert found.operations == len(labels) > 50
    assert found.statuses.keys() & {200, 401, 403, 404, 422} == {200, 401, 403, 404, 422}
