"""Mixed load for some seconds; `make soak` is the same for half an hour."""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks.load.soak import complaints, soak, soaked_house

_GROSS = 0.2  # growth of memory in so few seconds that no cache explains


def test_a_house_under_mixed_load_fails_nobody_and_keeps_what_it_said_it_would(tmp_path: Path) -> None:
    with soaked_house(tmp_path, postgres=None, rankings=200) as house:
        found = asyncio.run(soak(house, minutes=0.08, share=0.5, warm_seconds=3.0))
    assert complaints(found, _GROSS) == []
    assert found.seen.requests > 50
    assert found.kept > 10
    routes = {action.partition(" ")[2].partition(" (")[0] for action in found.seen.ms}
    assert {"/v1/chat/completions", "/v1/tasks/headline.news/run", "/v1/drafts", "/v1/feedback"} <= routes
