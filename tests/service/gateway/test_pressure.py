"""Engines that are away, slow or full, and clients that leave."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from pathlib import Path

import pytest

from caibian.models.chat import Options
from caibian.service.gateway.asking import Asked, Busy, EngineDown, Finished, Overdue, Took
from caibian.service.gateway.board import Board, Standing, write_board
from caibian.service.gateway.house import HouseGateway
from tests.service.gateway.engines import asking, elsewhere, eventually, far, gateways, refusing, stream

NOBODY = "http://127.0.0.1:9/v1"
SHORT = Asked([{"role": "user", "content": "headline"}], Options())
LONG = "词" * 400
SLOW = 0.05  # seconds a token: the long answer takes 20 s


def test_where_the_first_cannot_the_next_answers_and_it_is_said_so() -> None:
    async def ask() -> None:
        with elsewhere() as engine:
            heard: list[tuple[str, Took]] = []
            first = far("first", NOBODY, fallback=["second", "third"])
            async with gateways(first, far("second", NOBODY), far("third", engine.url)) as [gateway]:
                gateway._on_answer = lambda name, took: heard.append((name, took))
                whole = await gateway.answer(SHORT)
                assert (whole.text, whole.model, whole.instead_of) == ("headline", "third", "first")
                pieces = [piece async for piece in gateway.pieces(SHORT)]
                assert isinstance(pieces[-1], Finished)
                assert pieces[-1].instead_of == "first"
                assert (await stream(gateway, asking()))[-1] == b"data: [DONE]\n\n"
                assert [(name, took.model) for name, took in heard] == [("first", "third")] * 3
                with pytest.raises(EngineDown, match="second"):  # has nobody after it
                    await gateway.answer(Asked(SHORT.messages, SHORT.options, "second"))

    asyncio.run(ask())


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 503])
def test_a_remote_engine_that_fails_is_passed_over_and_its_refusal_of_our_key_is_not_the_clients(
    status: int,
) -> None:
    async def ask() -> None:
        with refusing(status, {"Retry-After": "7"}) as url, elsewhere() as engine:
            async with gateways(far("first", url, fallback=["second"]), far("second", engine.url)) as [
                gateway
            ]:
                assert (await gateway.answer(SHORT)).model == "second"
            async with gateways(far("only", url)) as [gateway]:
                kind = Busy if status == 429 else EngineDown
                with pytest.raises(kind) as refused:
                    await gateway.relay("chat/completions", asking(), Took())
                assert isinstance(refused.value, Busy | EngineDown)
                assert refused.value.retry_after == (60 if status in (401, 403, 404) else 7)

    asyncio.run(ask())


def test_a_full_queue_sends_away_at_once_and_has_room_again_afterwards() -> None:
    async def ask() -> None:
        with elsewhere(seconds=SLOW) as engine:
            settings = far("slow", engine.url, parallel=1, max_queue=1)
            async with gateways(settings) as [gateway]:
                first = await gateway.relay("chat/completions", asking(LONG, stream=True), Took())
                assert first.events is not None
                waits = asyncio.create_task(gateway.answer(SHORT))
                await eventually(lambda: _inside(gateway) == (1, 1))
                began = time.monotonic()
                with pytest.raises(Busy, match="1 requests are being answered and 1 wait"):
                    await gateway.answer(SHORT)
                assert time.monotonic() - began < 1
                first.events.close()  # before anything was read of it
                assert (await waits).text == "headline"
                assert _inside(gateway) == (0, 0)
                await eventually(lambda: engine.engine.running == 0)

    asyncio.run(ask())


def test_the_queue_before_an_engine_is_one_for_all_processes() -> None:
    async def ask() -> None:
        with elsewhere(seconds=SLOW) as engine:
            settings = far("slow", engine.url, parallel=2, max_queue=0)
            async with gateways(settings, processes=2) as [one, other]:
                held = [
                    await gateway.relay("chat/completions", asking(LONG, stream=True), Took())
                    for gateway in (one, other)
                ]
                for gateway in (one, other):
                    assert _inside(gateway) == (2, 0)
                    with pytest.raises(Busy):
                        await gateway.answer(SHORT)
                for relayed in held:
                    assert relayed.events is not None
                    relayed.events.close()
                assert (await other.answer(SHORT)).text == "headline"

    asyncio.run(ask())


def test_a_deadline_ends_an_answer_before_or_in_the_middle_of_it() -> None:
    async def ask() -> None:
        with elsewhere(seconds=SLOW) as engine:
            async with gateways(far("slow", engine.url, deadline_s=0.5)) as [gateway]:
                with pytest.raises(Overdue):
                    await gateway.answer(Asked([{"role": "user", "content": LONG}], Options()))
                events = await stream(gateway, asking(LONG))
                assert len(events) > 3
                assert json.loads(events[-1][5:])["error"]["code"] == "overdue"
                await eventually(lambda: engine.engine.running == 0)
                assert _inside(gateway) == (0, 0)

    asyncio.run(ask())


def test_a_client_that_leaves_stops_the_engine() -> None:
    async def ask() -> None:
        with elsewhere(seconds=SLOW) as engine:
            async with gateways(far("slow", engine.url)) as [gateway]:
                pieces = gateway.pieces(Asked([{"role": "user", "content": LONG}], Options()))
                assert await anext(pieces) == "词"
                assert engine.engine.running == 1
                await pieces.aclose()
                await eventually(lambda: engine.engine.running == 0)

                whole = asyncio.create_task(gateway.relay("chat/completions", asking(LONG), Took()))
                await eventually(lambda: engine.engine.running == 1)
                whole.cancel()
                await asyncio.gather(whole, return_exceptions=True)
                await eventually(lambda: engine.engine.running == 0)

                took = Took()
                relayed = await gateway.relay("chat/completions", asking(LONG, stream=True), took)
                assert relayed.events is not None
                events = aiter(relayed.events)
                for _ in range(5):
                    await anext(events)
                relayed.events.close()
                await eventually(lambda: engine.engine.running == 0)
                assert took.completion_tokens >= 4  # what was written is not free
                assert _inside(gateway) == (0, 0)

    asyncio.run(ask())


def test_a_stream_that_ends_without_its_end_mark_ends_in_an_error() -> None:
    async def ask() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
            server = await asyncio.start_server(_half, sock=listener)
            async with server, gateways(far("half", url)) as [gateway]:
                events = await stream(gateway, asking())
                assert b"word" in events[0]
                assert json.loads(events[-1][5:])["error"]["code"] == "engine_stopped"
                with pytest.raises(EngineDown):
                    [piece async for piece in gateway.pieces(SHORT)]

    asyncio.run(ask())


def test_the_board_is_read_again_when_it_was_replaced_and_is_stopped_when_it_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    board = Board(path)
    assert board.engine("a").state == "stopped"
    write_board(path, [Standing("a", "starting")])
    assert board.engine("a").state == "starting"
    write_board(path, [Standing("a", "ready", "http://here", "token", starts=2)])
    assert board.engine("a") == Standing("a", "ready", "http://here", "token", starts=2)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["board.json"]
    path.unlink()
    assert board.engine("a").state == "stopped"


async def _half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    event = b'data: {"choices": [{"delta": {"content": "word"}}]}\n\n'
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + event)
    await writer.drain()
    writer.close()


def _inside(gateway: HouseGateway) -> tuple[int, int]:
    standing = next(iter(gateway._engines.values())).standing()
    return standing.running, standing.waiting
