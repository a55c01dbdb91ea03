"""Closed questions in packed passes, against plain forward passes of transformers one by one."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import torch

from caibian.models.torch_chat import Closed, TorchChat
from caibian.models.torch_chat.trie import Trie
from caibian.records import Answer, Message
from tests.models.test_torch_chat import gemma, sliding
from tests.models.tiny import tiny_model, tiny_tokenizer

CHOICES = ("yes", "yes, but not now", "no", "市议会", "市 approved")


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return tiny_tokenizer()


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads wait for each other longer than these small products take."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def conversations(count: int = 8) -> list[list[Message]]:
    """Some with a common beginning, some with another, one alone, two of them equal."""
    chance = random.Random(4)
    asked: list[list[Message]] = []
    for number in range(count):
        said = "council " * chance.randint(0, 12) + str(number if number else 1)
        if number % 3:
            asked.append([{"role": "user", "content": f"Is it good? Say yes or no.\n\n{said}"}])
        else:
            asked.append(
                [
                    {"role": "user", "content": "判断。一"},
                    {"role": "assistant", "content": "no"},
                    {"role": "user", "content": f"判断。{said}"},
                ]
            )
    return [*asked, [{"role": "user", "content": "?"}], asked[0]]


def plain(model: Any, tokenizer: Any, conversation: Any, choice: str) -> list[float]:
    """Log-probabilities of a choice's tokens by one forward pass of its own."""
    text = tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True)
    prompt = tokenizer(text, add_special_tokens=False)["input_ids"]
    ids = tokenizer(choice, add_special_tokens=False)["input_ids"]
    with torch.no_grad():
        logits = model(torch.tensor([prompt + ids])).logits[0].log_softmax(-1)
    return [float(logits[len(prompt) - 1 + at, token]) for at, token in enumerate(ids)]


def greedily(model: Any, tokenizer: Any, conversation: Any, choices: Sequence[str]) -> int:
    """Greedy decoding inside the set, a forward pass a token."""
    text = tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True)
    prompt = tokenizer(text, add_special_tokens=False)["input_ids"]
    left = {at: tokenizer(choice, add_special_tokens=False)["input_ids"] for at, choice in enumerate(choices)}
    ends = {tokenizer.convert_tokens_to_ids(token) for token in ("<|im_end|>", "<|endoftext|>")}
    said: list[int] = []
    while True:
        allowed: set[int] = set()
        for ids in left.values():
            allowed |= {ids[len(said)]} if len(ids) > len(said) else ends
        if allowed == ends:
            return next(iter(left))
        with torch.no_grad():
            logits = model(torch.tensor([prompt + said])).logits[0, -1]
        token = max(allowed, key=lambda one: float(logits[one]))
        if token in ends:
            return next(at for at, ids in left.items() if len(ids) == len(said))
        said.append(token)
        left = {at: ids for at, ids in left.items() if ids[: len(said)] == said}


@pytest.mark.parametrize(("make", "room"), [(tiny_model, 64), (sliding, 24576), (gemma, 100)])
def test_packed_questions_are_scored_like_single_ones(tokenizer: Any, make: Any, room: int) -> None:
    model = make(tokenizer)
    chat = TorchChat(model, tokenizer, "tiny", batch_tokens=room)
    asked = conversations()
    found = dict(chat.closed_iter(asked, [CHOICES] * len(asked)))
    assert sorted(found) == list(range(len(asked)))
    for at, conversation in enumerate(asked):
        closed = found[at]
        assert isinstance(closed, Closed)
        for choice, logprobs in zip(CHOICES, closed.logprobs, strict=True):
            assert logprobs == pytest.approx(plain(model, tokenizer, conversation, choice), abs=2e-4)
        assert closed.greedy == greedily(model, tokenizer, conversation, CHOICES)


def test_each_question_may_have_choices_of_its_own(tokenizer: Any) -> None:
    chat = TorchChat(tiny_model(tokenizer), tokenizer, "tiny")
    asked = conversations(3)[:3]
    choices = [("a", "b"), ("no", "yes", "council"), ("市",)]
    found = dict(chat.closed_iter(asked, choices))
    for at, conversation in enumerate(asked):
        closed, alone = found[at], chat.choose(conversation, choices[at])
        assert isinstance(closed, Closed)
        sums = {c: sum(p) for c, p in zip(choices[at], closed.logprobs, strict=True)}
        assert sums == pytest.approx(alone.logprobs, abs=1e-4)


def test_a_question_that_is_too_long_fails_alone(tokenizer: Any) -> None:
    chat = TorchChat(tiny_model(tokenizer), tokenizer, "tiny", max_context=200)
    asked = conversations(4)
    asked[1] = [{"role": "user", "content": "council " * 300}]
    found = dict(chat.closed_iter(asked, [("yes", "no")] * len(asked)))
    failed = found.pop(1)
    assert isinstance(failed, Answer)
    assert failed.finish_reason == "error"
    assert "context" in str(failed.error)
    assert all(isinstance(one, Closed) for one in found.values())


def test_shared_beginnings_of_answers_are_read_once_and_last_tokens_never() -> None:
    trie = Trie([[5], [5, 6], [5, 6, 7], [8, 6], [9]])
    read = [(trie.nodes[place].token, trie.nodes[place].depth) for place in trie.read]
    assert read == [(5, 1), (6, 2), (8, 1)]
    assert [[trie.nodes[at].token for at in path] for path in trie.paths][2] == [5, 6, 7]
    assert sorted(trie.sight()) == [(0, 0), (1, 0), (1, 1), (2, 2)]


def test_the_callers_code_does_not_run_in_inference_mode(tokenizer: Any) -> None:
    chat = TorchChat(tiny_model(tokenizer), tokenizer, "tiny")
    for _ in chat.closed_iter(conversations(3), [CHOICES] * 5):
        assert not torch.is_inference_mode_enabled()
