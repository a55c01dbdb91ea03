"""Tasks over HTTP: what a desk sees of the cards, and what a run gives."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from caibian.api.tasks import Run, Task, TaskAnswer
from caibian.errors import ConfigError, ContextOverflow, ModelError, UnsupportedSchema
from caibian.service.engine_errors import Busy, EngineDown, Overdue
from caibian.service.newsroom import events
from caibian.service.newsroom.book import TaskBook
from caibian.service.newsroom.performing import perform, prepare
from caibian.service.settings import Topic
from caibian.tasks import load_cards, render_input
from caibian.tasks.card import PLACEHOLDERS
from tests.service.newsroom.conftest import housed
from tests.service.newsroom.gateway import ScriptedGateway
from tests.service.newsroom.house import House, settings
from tests.storage.databases import fresh_url
from tests.storage.house import Clock

ARTICLE = "1月22日，德国、法国、俄罗斯和乌克兰四国外长在柏林举行会晤，共有12034人在场外集会，比去年增长三成。"
HEADLINE = "/tasks/headline.news/run"


def run(**more: Any) -> dict[str, Any]:
    return {"input": {"article": ARTICLE}, **more}


def read_events(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Server-sent events as (event, body)."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def test_every_card_is_a_form_with_its_names_limits_and_a_worked_input(house: House) -> None:
    tasks = {one["id"]: Task.model_validate(one) for one in house.get("reporter", "/tasks")}
    cards = load_cards()
    assert list(tasks) == list(cards)
    for name, task in tasks.items():
        card = cards[name]
        assert render_input(card, task.example, card.examples.good.language)
        assert [field.id for field in task.fields] == list(card.input)
        assert any(field.required for field in task.fields)
        assert not any(f"{{{name}}}" in str(task.instructions) for name in PLACEHOLDERS)
        assert bool(task.output.labels) == (task.output.kind == "label")
        assert set(card.rubric.general) | set(card.rubric.specific) == set(task.rubric)
    headline = tasks["headline.news"]
    assert {field.id: field.long for field in headline.fields} == {"article": True, "angle": False}
    assert house.get("reporter", "/tasks/headline.news") == headline.model_dump()


def test_an_unknown_task_is_refused_with_the_nearest_name(house: House) -> None:
    for method, path, content in (
        ("GET", "/tasks/headline.nws", {}),
        ("POST", "/tasks/headline.nws/run", {"json": run()}),
        ("POST", "/check", {"json": {"task": "headline.nws", "text": "x", "input": {"article": "y"}}}),
    ):
        problem = house.problem("reporter", method, path, 404, **content)
        assert "headline.news" in problem.message


def test_a_run_answers_with_text_counts_checks_and_facts(house: House) -> None:
    house.gateway.script = lambda messages, options: "  四国外长柏林会晤，1.5万人场外集会\n"
    answer = TaskAnswer.model_validate(house.post("reporter", HEADLINE, run()))
    assert (answer.text, answer.task, answer.model) == (
        "四国外长柏林会晤，1.5万人场外集会",
        "headline.news",
        "tuned",
    )
    assert answer.source == ARTICLE
    assert answer.prompt_tokens > 0
    refused = {check.name: check for check in answer.checks if not check.passed}
    assert list(refused) == ["numbers_in_source"]
    assert [answer.text[slice(*span)] for span in refused["numbers_in_source"].spans] == ["1.5万人"]
    facts = {fact.text: fact for fact in answer.facts}
    assert facts["柏林"].status == "found"
    assert (facts["1.5万人"].status, facts["1.5万人"].source_text) == ("changed", "12034人")
    assert all(answer.text[fact.start : fact.end] == fact.text for fact in answer.facts)


def test_the_log_knows_the_task_the_model_and_what_it_took(house: House) -> None:
    house.gateway.script = lambda messages, options: "四国外长柏林会晤"
    answer = house.ask("reporter", "POST", HEADLINE, json=run(model="base"))
    house.app.state.admission.recorder.flush()
    (line,) = house.get("operator", "/operations/requests?feature=tasks")["requests"]
    assert (line["task"], line["model"], line["completion_tokens"]) == ("headline.news", "base", 8)
    assert line["cost"] > 0
    assert answer.json()["id"] == line["id"] == answer.headers["x-request-id"]


def test_what_the_model_is_held_to_comes_from_the_card_unless_the_run_says_so(house: House) -> None:
    house.post("reporter", HEADLINE, run(temperature=0.7, seed=5))
    options = house.gateway.asked[-1].options
    assert (options.max_tokens, options.temperature, options.seed, options.json_schema) == (38, 0.7, 5, None)
    house.post("reporter", HEADLINE, run(max_tokens=7))
    assert house.gateway.asked[-1].options.max_tokens == 7
    house.post("reporter", "/tasks/entities.news/run", run())
    assert house.gateway.asked[-1].options.json_schema == load_cards()["entities.news"].output.json_schema


def test_a_stream_brings_pieces_and_then_the_answer(house: House) -> None:
    house.gateway.script = lambda messages, options: "四国外长柏林会晤"
    said = house.ask("reporter", "POST", HEADLINE, json=run(stream=True))
    assert said.headers["content-type"].startswith("text/event-stream")
    found = read_events(said.text)
    assert [name for name, _ in found] == ["piece", "piece", "answer"]
    assert "".join(body["text"] for name, body in found if name == "piece") == "四国外长柏林会晤"
    whole = house.post("reporter", HEADLINE, run())
    assert found[-1][1] == whole | {"id": found[-1][1]["id"]}


@pytest.mark.parametrize(
    ("error", "status", "code", "retry"),
    [
        (Busy("full", 7.2), 429, "too_many", "8"),
        (EngineDown("down", 3.0), 503, "unavailable", "3"),
        (Overdue("late"), 504, "overdue", None),
        (ContextOverflow("5000 tokens, at most 4096"), 422, "invalid", None),
        (ModelError("broken"), 502, "engine_failed", None),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_an_engine_that_cannot_answer_is_a_refusal_with_its_own_status(
    house: House, error: Exception, status: int, code: str, retry: str | None, stream: bool
) -> None:
    def fail(messages: object, options: object) -> str:
        raise error

    house.gateway.script = fail
    answer = house.ask("reporter", "POST", HEADLINE, json=run(stream=stream))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers.get("retry-after") == retry


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"input": {}}, "article"),
        ({"input": {"article": "  "}}, "article"),
        ({"input": {"article": ARTICLE, "colour": "red"}}, "colour"),
        (run(variant=50), "variant"),
        (run(model="nobody"), "nobody"),
        ({"input": {"article": "长" * 59_000, "angle": "长" * 2_000}}, "60,000"),
        (run(language="hi"), "language: headline.news has no instructions in hi"),
    ],
)
def test_a_run_that_does_not_fit_the_card_names_what_is_wrong(
    house: House, body: dict[str, Any], names: str
) -> None:
    problem = house.problem("reporter", "POST", HEADLINE, 422, json=body)
    assert names in problem.message


@pytest.mark.parametrize("stream", [False, True])
def test_a_label_is_chosen_among_the_cards_wordings_and_read_as_its_id(house: House, stream: bool) -> None:
    house.gateway.script = lambda messages, options: '{"label": "负面"}'
    path = "/tasks/sentiment.news/run"
    if stream:
        found = read_events(house.ask("reporter", "POST", path, json=run(stream=True)).text)
        assert found[0] == ("piece", {"text": "负面"})
        answer = found[-1][1]
    else:
        answer = house.post("reporter", path, run())
    assert (answer["value"], answer["text"], answer["facts"]) == ("negative", "负面", [])
    schema = house.gateway.asked[-1].options.json_schema
    assert schema is not None
    assert "负面" in schema["properties"]["label"]["enum"]


def test_a_tuned_engine_gets_the_prompt_of_its_training_and_answers_freely(house: House) -> None:
    house.gateway.how = "plain"
    house.gateway.script = lambda messages, options: "这篇报道的情感是负面。"
    answer = house.post("reporter", "/tasks/sentiment.news/run", run())
    assert (answer["value"], answer["text"]) == ("negative", "负面")
    asked = house.gateway.asked[-1]
    card = load_cards()["sentiment.news"]
    assert [turn["role"] for turn in asked.messages] == ["user"]
    assert asked.messages[0]["content"].endswith("\n\n" + render_input(card, {"article": ARTICLE}, "zh"))
    assert asked.options.json_schema is None
    # Whoever is asked instead of it may be no tuned one, and gets the article as data.
    assert asked.fenced is not None
    assert [turn["role"] for turn in asked.fenced] == ["system", "user"]


@pytest.mark.parametrize("stream", [False, True])
def test_an_engine_without_grammars_is_asked_again_in_words(house: House, stream: bool) -> None:
    def script(messages: object, options: Any) -> str:
        if options.json_schema is not None:
            raise UnsupportedSchema("no grammars here")
        return "正面"

    house.gateway.script = script
    said = house.ask("reporter", "POST", "/tasks/sentiment.news/run", json=run(stream=stream))
    answer = read_events(said.text)[-1][1] if stream else said.json()
    assert answer["value"] == "positive"


def test_what_is_pasted_goes_between_marks_and_what_is_typed_outside(house: House) -> None:
    house.post("reporter", HEADLINE, {"input": {"article": ARTICLE + "<|im_end|>", "angle": "民生"}})
    system, user = house.gateway.asked[-1].messages
    opening, closing = (mark for mark in re.findall("⟪[^⟫]*⟫", system["content"])[:2])
    inside = user["content"].split(opening + "\n")[1].split("\n" + closing)[0]
    assert inside == "正文：" + ARTICLE + "<·|im_end|>"
    assert "角度：民生" in user["content"].split(opening)[0]


def test_an_answer_that_repeats_marks_and_tokens_is_read_as_they_stood(house: House) -> None:
    def script(messages: Any, options: Any) -> str:
        mark = re.findall("⟪[^⟫]*⟫", messages[0]["content"])[0]
        return f"{mark}\n四国会晤<·|im_end|>\n{mark}"

    house.gateway.script = script
    body = {"input": {"article": ARTICLE + "<|im_end|>"}, "max_tokens": 200}
    assert house.post("reporter", HEADLINE, body)["text"] == "四国会晤<|im_end|>"
    assert (
        house.post("reporter", HEADLINE, body | {"max_tokens": 44})["text"] == "四国会晤<|im_end|>"
    )  # cut in a mark
    found = read_events(house.ask("reporter", "POST", HEADLINE, json=body | {"stream": True}).text)
    told = "".join(said["text"] for name, said in found if name == "piece")
    assert told.strip() == "四国会晤<|im_end|>"


@pytest.fixture
def strict(clock: Clock, tmp_path: Path) -> Any:
    topics = [Topic(name="博彩", patterns=["赌博", r"\bcasino\b"])]
    with housed(fresh_url("sqlite", tmp_path), clock, topics=topics) as made:
        yield made


def test_a_topic_that_the_house_has_ruled_out_is_refused_where_somebody_types_it_not_where_it_is_pasted(
    strict: House,
) -> None:
    pasted = {"input": {"article": "警方打掉一个赌博团伙。" + ARTICLE}}
    assert strict.ask("reporter", "POST", HEADLINE, json=pasted).status_code == 200
    typed = {"input": {"article": ARTICLE, "angle": "赌 博 网站推荐"}}
    problem = strict.problem("reporter", "POST", HEADLINE, 422, json=typed)
    assert problem.code == "refused_topic"
    assert "博彩" in problem.message
    english = {"input": {"article": ARTICLE, "angle": "best CASINO"}, "language": "en"}
    assert "This house" in strict.problem("reporter", "POST", HEADLINE, 422, json=english).message
    assert len(strict.gateway.asked) == 1


def test_a_pattern_that_is_none_is_named_before_anything_starts() -> None:
    chosen = settings(topics=[Topic(name="x", patterns=["ok", "(unclosed"])])
    with pytest.raises(ConfigError, match=r"topics\.x\.patterns\[1\]"):
        TaskBook.of(chosen)


def test_the_houses_own_cards_stand_beside_the_packaged_ones(tmp_path: Path) -> None:
    data = load_cards()["headline.news"].model_dump(mode="json", exclude_none=True)
    (tmp_path / "own.yaml").write_text(yaml.safe_dump([data | {"id": "headline.own"}]), encoding="utf-8")
    cards = TaskBook.of(settings(cards=[tmp_path])).cards
    assert set(cards) == {*load_cards(), "headline.own"}
    (tmp_path / "again.yaml").write_text(yaml.safe_dump([data]), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"headline\.news"):
        TaskBook.of(settings(cards=[tmp_path]))


def test_the_live_check_says_what_a_run_would(house: House) -> None:
    text = "四国外长在巴黎会晤，1.5万人集会" * 3
    checked = house.post(
        "editor", "/check", {"task": "headline.news", "text": text, "input": {"article": ARTICLE}}
    )
    assert (checked["chars"], checked["least"], checked["most"]) == (len(text), 6, 30)
    assert {"length", "numbers_in_source"} <= {one["name"] for one in checked["checks"] if not one["passed"]}
    house.gateway.script = lambda messages, options: text
    answer = house.post("editor", HEADLINE, run(max_tokens=200))
    assert checked["facts"] == answer["facts"]
    assert checked["source"] == answer["source"]


def test_dates_are_resolved_against_the_sources_publication(house: House) -> None:
    body = {"task": "headline.news", "text": "9月3日阅兵", "input": {"article": "昨天举行了阅兵式。"}}
    (absent,) = [f for f in house.post("editor", "/check", body)["facts"] if f["kind"] == "date"]
    dated = body | {"published_at": "2015-09-04T08:00:00+08:00"}
    (found,) = [f for f in house.post("editor", "/check", dated)["facts"] if f["kind"] == "date"]
    assert (absent["status"] == "found", found["status"]) == (False, "found")


def test_engines_are_shown_to_all_but_experts(house: House) -> None:
    for role in ("organiser", "reporter", "editor", "chief_editor", "operator", "admin"):
        assert [one["name"] for one in house.get(role, "/engines")] == ["tuned", "base"]
    assert house.problem("expert", "GET", "/engines", 403).code == "forbidden"


def book() -> TaskBook:
    return TaskBook.of(settings())


def test_who_leaves_in_the_middle_stops_the_model_and_pays_for_what_was_written() -> None:
    gateway = ScriptedGateway(lambda messages, options: "四国外长柏林会晤万人集会")
    job = prepare(gateway, book(), "headline.news", Run(input={"article": ARTICLE}))

    async def leave() -> None:
        pieces = job.pieces()
        assert await anext(pieces) == "四国外长"
        await pieces.aclose()

    asyncio.run(leave())
    assert len(gateway.closed) == 1
    assert job.meter.completion_tokens == 1


def test_a_slow_model_keeps_the_stream_open_with_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_REFUSED_WITHIN", 0.01)
    monkeypatch.setattr(events, "_SILENCE", 0.01)

    async def slow() -> Any:
        await asyncio.sleep(0.1)
        yield "四国"
        raise EngineDown("stopped in the middle")

    async def collect() -> bytes:
        return b"".join([chunk async for chunk in await events.begin(slow())])

    said = asyncio.run(collect())
    assert said.startswith(b": reading\n\n: reading\n\n")
    assert [name for name, _ in read_events(said.decode())] == ["piece", "error"]
    assert read_events(said.decode())[-1][1]["code"] == "unavailable"


def test_the_batch_runner_can_perform_without_http() -> None:
    gateway = ScriptedGateway(lambda messages, options: "四国外长柏林会晤")
    one = asyncio.run(perform(gateway, book(), "headline.news", Run(input={"article": ARTICLE}), id="a" * 32))
    assert (one.id, one.text) == ("a" * 32, "四国外长柏林会晤")
