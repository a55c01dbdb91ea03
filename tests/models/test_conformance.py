"""What every backend of `ChatModel` promises, asked of each of them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from caibian.models import ChatModel, Options
from caibian.models.backend import Backend
from caibian.models.scripted import ScriptedModel
from caibian.records import Message
from tests.models.server import serving
from tests.models.tiny import make_mute, tiny_model, tiny_tokenizer, write_tiny_gguf
from tests.support import default_weights

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 12},
        "label": {"enum": ["正面", "负面"]},
        "sure": {"type": "boolean"},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 2},
    },
    "required": ["title", "label", "sure", "tags"],
    "additionalProperties": False,
}
SPLIT = "龘😀回"  # characters of several tokens each


def user(text: str) -> list[Message]:
    return [{"role": "user", "content": text}]


QUESTIONS = [
    user("Write a headline. The council approved the budget."),
    user("市议会批准预算。"),
    [{"role": "system", "content": "Be brief."}, *user("Why?")],
    [
        *user("Hello"),
        {"role": "assistant", "content": "Hi."},
        *user("And now a longer question, please, officials."),
    ],
    user("Why not?"),
]


def script(conversation: Any) -> str:
    asked = conversation[-1]["content"]
    if asked == "schema":
        return '{"title": "x", "label": "正面", "sure": true, "tags": []}'
    if asked == "mute":
        return ""
    return (
        json.dumps(SPLIT, ensure_ascii=False)
        if asked == "split"
        else f"The answer to {asked!r}, 市议会, at length."
    )


class Family:
    """The models of one backend: an ordinary one, and one that answers the question "mute" with nothing."""

    def __init__(self, model: Backend, mute: Callable[[], Backend] | None, *, slow: bool = False) -> None:
        self.model, self.mute = model, mute
        self.questions = QUESTIONS[1:3] if slow else QUESTIONS
        self.long = Options(max_tokens=6 if slow else 24)


@pytest.fixture(scope="module")
def tiny() -> tuple[Any, Any, Any]:
    tokenizer = tiny_tokenizer()
    return tokenizer, tiny_model(tokenizer), make_mute(tiny_model(tokenizer), tokenizer, user("mute"))


@pytest.fixture(
    scope="module",
    params=[
        "scripted",
        "transformers",
        "llama.cpp",
        "openai",
        pytest.param("llama.cpp, default weights", marks=pytest.mark.slow),
    ],
)
def family(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Family]:
    folder = tmp_path_factory.mktemp("weights")
    if request.param == "scripted":
        yield Family(ScriptedModel(script), lambda: ScriptedModel(script))
        return
    if request.param == "llama.cpp, default weights":
        from caibian.models.llama_cpp import LlamaCpp

        with LlamaCpp(default_weights(), threads=1, context=1024) as model:
            yield Family(model, None, slow=True)
        return
    tokenizer, plain, mute = request.getfixturevalue("tiny")
    if request.param == "llama.cpp":
        yield from _llama(folder, tokenizer, plain, mute)
    elif request.param == "transformers":
        from caibian.models.torch_chat import TorchChat

        yield Family(
            TorchChat(plain, tokenizer, "tiny", max_rows=3), lambda: TorchChat(mute, tokenizer, "mute")
        )
    else:
        yield from _remote(tokenizer, plain, mute)


def _llama(folder: Path, tokenizer: Any, plain: Any, mute: Any) -> Iterator[Family]:
    from caibian.models.llama_cpp import LlamaCpp

    def load(name: str, model: Any) -> LlamaCpp:
        return LlamaCpp(write_tiny_gguf(folder / name, model, tokenizer), threads=1, context=512)

    with load("tiny.gguf", plain) as model:
        yield Family(model, lambda: load("mute.gguf", mute))


def _remote(tokenizer: Any, plain: Any, mute: Any) -> Iterator[Family]:
    from caibian.models.openai_client import OpenAIChat
    from caibian.models.torch_chat import TorchChat
    from caibian.service.engine import Engine, engine_app

    def app(model: Any, name: str) -> Any:
        return engine_app(Engine(TorchChat(model, tokenizer, name)))

    with serving(app(plain, "tiny")) as url, serving(app(mute, "mute")) as mute_url:
        options: dict[str, Any] = {"cache": False, "retries": 0}
        with OpenAIChat(url, **options) as model:
            yield Family(model, lambda: OpenAIChat(mute_url, **options))


@pytest.fixture
def model(family: Family) -> Backend:
    return family.model


@pytest.fixture
def questions(family: Family) -> list[list[Message]]:
    return family.questions


@pytest.fixture
def long(family: Family) -> Options:
    return family.long


def test_it_keeps_the_protocol(model: Backend) -> None:
    assert isinstance(model, ChatModel)
    assert model.name


def test_greedy_answers_are_the_same_every_time(
    model: Backend, questions: list[list[Message]], long: Options
) -> None:
    first, second = (model.generate(questions, long) for _ in range(2))
    assert [a.text for a in first] == [a.text for a in second]
    assert any(a.text for a in first)


def test_a_stream_joins_to_what_generate_says(
    model: Backend, questions: list[list[Message]], long: Options
) -> None:
    for question in questions:
        pieces = list(model.stream(question, long))
        [answer] = model.generate([question], long)
        assert "".join(pieces) == answer.text
        assert len(pieces) > 1


def test_answers_stand_in_the_order_of_the_questions(
    model: Backend, questions: list[list[Message]], long: Options
) -> None:
    together = model.generate(questions, long)
    alone = [model.generate([question], long)[0] for question in questions]
    assert [a.text for a in together] == [a.text for a in alone]
    assert len({a.text for a in together}) > 1


def test_every_answer_is_announced_once(model: Backend, questions: list[list[Message]]) -> None:
    heard: list[int] = []
    model.generate(questions, Options(max_tokens=2), lambda index, _: heard.append(index))
    assert sorted(heard) == list(range(len(questions)))


def test_the_answer_ends_before_a_stop_string(
    model: Backend, questions: list[list[Message]], long: Options
) -> None:
    [whole] = model.generate(questions[:1], long)
    at = len(whole.text) // 2
    stop = whole.text[at : at + 3]
    options = Options(max_tokens=long.max_tokens, stop=("never said", stop))
    [cut] = model.generate(questions[:1], options)
    assert cut.text == whole.text[: whole.text.index(stop)]
    assert cut.finish_reason == "stop"
    assert "".join(model.stream(questions[0], options)) == cut.text


def test_max_tokens_cuts_and_says_so(model: Backend, questions: list[list[Message]]) -> None:
    [answer] = model.generate(questions[:1], Options(max_tokens=3))
    assert (answer.finish_reason, answer.completion_tokens) == ("length", 3)
    assert answer.prompt_tokens > 0
    assert answer.model == model.name


def test_a_json_schema_is_kept(model: Backend, questions: list[list[Message]]) -> None:
    asked = [user("schema")] if isinstance(model, ScriptedModel) else questions
    for answer in model.generate(asked, Options(max_tokens=300, json_schema=SCHEMA)):
        assert answer.finish_reason == "stop", answer
        said = json.loads(answer.text)
        assert list(said) == ["title", "label", "sure", "tags"]
        assert len(said["title"]) <= 12
        assert said["label"] in ("正面", "负面")
        assert isinstance(said["sure"], bool)
        assert set(said["tags"]) <= {"a", "b"}


def test_characters_of_several_tokens_are_streamed_whole(model: Backend) -> None:
    options = Options(max_tokens=60, json_schema={"const": SPLIT})
    pieces = list(model.stream(user("split"), options))
    assert json.loads("".join(pieces)) == SPLIT
    assert all("\ufffd" not in piece for piece in pieces)


def test_choose_sums_what_logprobs_gives(model: Backend, questions: list[list[Message]]) -> None:
    choices = ["a", "市议会 yes", "龘", "b"]
    chosen = model.choose(questions[0], choices)
    for choice in choices:
        logprobs = model.logprobs(questions[0], choice)
        assert len(logprobs) == chosen.tokens[choice]
        assert all(value <= 0 for value in logprobs)
        assert chosen.logprobs[choice] == pytest.approx(sum(logprobs), abs=1e-3)
    assert chosen.best == max(choices, key=chosen.logprobs.__getitem__)
    assert model.logprobs(questions[0], "") == []


def test_what_is_said_greedily_is_more_probable_than_anything_else_of_one_token(
    model: Backend, questions: list[list[Message]]
) -> None:
    pieces = model.pieces(questions[1], Options(max_tokens=20), top_logprobs=3)
    scores = [score for piece in pieces for score in piece.tokens]
    assert scores
    for score in scores:
        assert score.top[0][1] == score.logprob
        assert [p for _, p in score.top] == sorted((p for _, p in score.top), reverse=True)
        assert math.exp(score.logprob) <= 1


def test_an_empty_answer_is_an_answer(family: Family) -> None:
    if family.mute is None:
        return  # these weights always say something
    with family.mute() as mute:
        [answer] = mute.generate([user("mute")], family.long)
        assert (answer.text, answer.finish_reason, answer.error) == ("", "stop", None)
        assert answer.completion_tokens <= 1  # llama.cpp counts the end token
        assert list(mute.stream(user("mute"), family.long)) == []


def test_one_failure_does_not_cost_the_others(model: Backend, questions: list[list[Message]]) -> None:
    bad: Any = [{"role": "nobody", "content": "?"}]
    answers = model.generate([questions[0], [], bad, questions[1]], Options(max_tokens=4))
    assert [a.finish_reason == "error" for a in answers] == [False, True, True, False]
    assert "no turns" in str(answers[1].error)
    assert "nobody" in str(answers[2].error)
    assert answers[3].text == model.generate([questions[1]], Options(max_tokens=4))[0].text


def test_a_conversation_longer_than_the_context_is_a_failure_with_its_reason(model: Backend) -> None:
    if isinstance(model, ScriptedModel):
        return  # has no context
    [answer] = model.generate([user("word " * 3000)], Options(max_tokens=4))
    assert answer.finish_reason == "error"
    assert "context" in str(answer.error)


def test_a_seed_makes_sampling_repeatable(model: Backend, questions: list[list[Message]]) -> None:
    def say(seed: int) -> list[str]:
        options = Options(max_tokens=12, temperature=1.5, top_p=0.95, seed=seed)
        return [a.text for a in model.generate(questions, options)]

    assert say(1) == say(1)
    if not isinstance(model, ScriptedModel):
        assert say(1) != say(2)


def test_a_stream_may_be_left_and_the_model_goes_on(model: Backend, questions: list[list[Message]]) -> None:
    stream = model.stream(questions[0], Options(max_tokens=200))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    [answer] = model.generate(questions[:1], Options(max_tokens=4))
    assert answer.finish_reason == "length"
