"""The batched torch engine, against transformers itself."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch

from caibian.errors import ModelError
from caibian.models import Options
from caibian.models.torch_chat import TorchChat
from caibian.models.torch_chat.engine import Engine, highest
from caibian.models.torch_chat.prefixes import shared_prefixes
from caibian.models.torch_chat.sampling import Sampler, Vocabulary
from caibian.records import Message
from tests.models.tiny import tiny_model, tiny_tokenizer

INSTRUCTIONS = ("Write a headline.", "判断情感。", "Why?")


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return tiny_tokenizer()


def questions(count: int = 11) -> list[list[Message]]:
    chance = random.Random(1)
    return [
        [{"role": "user", "content": f"{INSTRUCTIONS[i % 3]}\n\n{'council ' * chance.randint(0, 9)}{i}"}]
        for i in range(count)
    ]


def reference(model: Any, tokenizer: Any, conversation: Any, tokens: int) -> str:
    """What transformers' own generate says, one conversation at a time."""
    text = tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")
    said = model.generate(
        **ids, max_new_tokens=tokens, do_sample=False, eos_token_id=tokenizer.eos_token_id, pad_token_id=0
    )
    decoded: str = tokenizer.decode(said[0][ids["input_ids"].shape[1] :], skip_special_tokens=True)
    return decoded.rstrip("\ufffd")


def sliding(tokenizer: Any) -> Any:
    """A model whose second layer sees 8 tokens only."""
    return tiny_model(tokenizer, use_sliding_window=True, sliding_window=8, max_window_layers=1)


def gemma(tokenizer: Any) -> Any:
    """Another architecture: one key-value head, sliding layers, norms on queries and keys."""
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=1,
        head_dim=16,
        sliding_window=8,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        max_position_embeddings=512,
        initializer_range=0.4,
    )
    return Gemma3ForCausalLM(config).eval()


@pytest.mark.parametrize("make", [tiny_model, sliding, gemma])
@pytest.mark.parametrize("rows", [1, 4, 64])
def test_batches_say_what_transformers_says_one_by_one(tokenizer: Any, make: Any, rows: int) -> None:
    model = make(tokenizer)
    chat = TorchChat(model, tokenizer, "tiny", max_rows=rows)
    answers = chat.generate(questions(), Options(max_tokens=10))
    assert [a.text for a in answers] == [reference(model, tokenizer, q, 10) for q in questions()]


@pytest.mark.parametrize("make", [tiny_model, sliding, gemma])
def test_scores_are_those_of_a_plain_forward_pass(tokenizer: Any, make: Any) -> None:
    model = make(tokenizer)
    chat = TorchChat(model, tokenizer, "tiny")
    answers = ["yes", "市议会 approved", "", "no " * 20]
    text = tokenizer.apply_chat_template(questions()[0], tokenize=False, add_generation_prompt=True)
    prompt = tokenizer(text, add_special_tokens=False)["input_ids"]
    for answer, scored in zip(answers, chat.score(questions()[0], answers), strict=True):
        ids = tokenizer(answer, add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            logits = model(torch.tensor([prompt + ids])).logits[0].log_softmax(-1)
        expected = [float(logits[len(prompt) - 1 + at, token]) for at, token in enumerate(ids)]
        assert scored == pytest.approx(expected, abs=1e-4)


def test_rows_that_end_early_make_place_for_others(tokenizer: Any) -> None:
    """Answers of different lengths through two rows: refilling and moving rows must mix nothing up."""
    model = tiny_model(tokenizer)
    chat = TorchChat(model, tokenizer, "tiny", max_rows=2)
    whole = [reference(model, tokenizer, q, 12) for q in questions()]
    stops = tuple({text[3] for text in whole if len(text) > 6})
    answers = chat.generate(questions(), Options(max_tokens=12, stop=stops))
    for text, answer in zip(whole, answers, strict=True):
        cut = min((text.index(stop) for stop in stops if stop in text), default=len(text))
        assert answer.text == text[:cut]
    assert len({a.completion_tokens for a in answers}) > 1


def test_a_model_in_training_is_given_back_as_it_was(tokenizer: Any) -> None:
    model = tiny_model(tokenizer, attention_dropout=0.5).train()
    attention = model.config._attn_implementation
    first, second = (
        TorchChat(model, tokenizer, "t").generate(questions(3), Options(max_tokens=6)) for _ in "ab"
    )
    assert [a.text for a in first] == [a.text for a in second]
    assert model.training
    assert model.config._attn_implementation == attention
    model(torch.tensor([[1, 2, 3]])).logits.sum().backward()  # gradients work as before


def test_the_callers_code_does_not_run_in_inference_mode(tokenizer: Any) -> None:
    chat = TorchChat(tiny_model(tokenizer), tokenizer, "t")
    for _ in chat.generate_iter(questions(2), Options(max_tokens=2)):
        assert not torch.is_inference_mode_enabled()
    for _ in chat.pieces(questions(1)[0], Options(max_tokens=3)):
        assert not torch.is_inference_mode_enabled()


def test_an_adapter_changes_what_is_said(tokenizer: Any, tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=4, lora_alpha=64, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    torch.manual_seed(3)
    trained = get_peft_model(tiny_model(tokenizer), config)
    trained.save_pretrained(tmp_path / "adapter")
    folder = tmp_path / "base"
    plain = tiny_model(tokenizer)
    plain.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    with TorchChat.load(str(folder), dtype="float32") as before:
        unadapted = before.generate(questions(), Options(max_tokens=8))
    with TorchChat.load(str(folder), adapter=tmp_path / "adapter", dtype="float32") as after:
        adapted = after.generate(questions(), Options(max_tokens=8))
    passed_in = TorchChat(trained, tokenizer, "t").generate(questions(), Options(max_tokens=8))
    assert [a.text for a in adapted] == [a.text for a in passed_in]
    assert [a.text for a in adapted] != [a.text for a in unadapted]
    merged = trained.merge_and_unload()
    assert [a.text for a in adapted] == [reference(merged, tokenizer, q, 8) for q in questions()]


def test_a_folder_that_is_no_adapter_is_named(tokenizer: Any, tmp_path: Path) -> None:
    folder = tmp_path / "base"
    tiny_model(tokenizer).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    with pytest.raises(ModelError, match=r"nothing: not a PEFT adapter"):
        TorchChat.load(str(folder), adapter=tmp_path / "nothing")


def test_a_tokenizer_without_chat_template_is_refused(tokenizer: Any) -> None:
    bare = tiny_tokenizer()
    bare.chat_template = None
    with pytest.raises(ModelError, match="chat template"):
        TorchChat(tiny_model(tokenizer), bare, "t")


def test_an_architecture_we_cannot_batch_is_refused_by_name() -> None:
    from transformers import MambaConfig, MambaForCausalLM

    config = MambaConfig(vocab_size=50, hidden_size=16, num_hidden_layers=1, state_size=4)
    with pytest.raises(ModelError, match=r"MambaForCausalLM.*llama\.cpp"):
        Engine(MambaForCausalLM(config))


def test_prefixes_are_partitioned_into_runs_at_the_least_cost() -> None:
    chance = random.Random(0)
    for _ in range(200):
        prompts = [
            [chance.randint(0, 1) for _ in range(chance.randint(1, 6))] for _ in range(chance.randint(1, 6))
        ]
        groups = shared_prefixes(prompts)
        assert sorted(m for g in groups for m in g.members) == list(range(len(prompts)))
        for group in groups:
            beginnings = {tuple(prompts[m][: group.length]) for m in group.members}
            assert len(beginnings) == 1
            assert all(len(prompts[m]) > group.length for m in group.members)
        assert cost(groups) == best_cost(prompts)


def cost(groups: Any) -> int:
    """Tokens saved, negated."""
    return -sum((len(g.members) - 1) * g.length for g in groups)


def best_cost(prompts: list[list[int]]) -> int:
    """By trying every way to cut the sorted prompts into runs."""

    def partitions(items: list[int]) -> Any:
        if not items:
            yield []
        for at in range(1, len(items) + 1):
            for rest in partitions(items[at:]):
                yield [items[:at], *rest]

    def saved(group: list[int]) -> int:
        members = [prompts[m] for m in group]
        length = 0
        while length < min(map(len, members)) - 1 and len({m[length] for m in members}) == 1:
            length += 1
        return (len(group) - 1) * length

    order = sorted(range(len(prompts)), key=prompts.__getitem__)
    return -max(sum(saved(g) for g in partition) for partition in partitions(order))


def test_top_p_draws_only_from_the_nucleus() -> None:
    logits = torch.log(torch.tensor([0.05, 0.6, 0.3, 0.05]))
    sampler = Sampler(1.0, 0.8, seed=0)
    drawn = [sampler.pick(logits) for _ in range(300)]
    assert set(drawn) == {1, 2}
    assert 0.5 < drawn.count(1) / 300 < 0.8  # .6 / .9


def test_every_token_has_its_bytes(tokenizer: Any) -> None:
    words = Vocabulary(tokenizer)
    text = '市议会 approved 😀\n"x"'
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert b"".join(words.data[token] for token in ids).decode() == text
    assert words.data[tokenizer.eos_token_id] == b""


def test_bfloat16_choices_are_made_in_float32(tokenizer: Any) -> None:
    """Two tokens whose logits round to one bfloat16 number: the better one must win, whichever comes first."""
    model = tiny_model(tokenizer).to(torch.bfloat16)
    engine = Engine(model)
    hidden = torch.ones(1, 64, dtype=torch.bfloat16)
    with torch.no_grad():
        model.lm_head.weight.zero_()
        model.lm_head.weight[5] = 0.25  # logit 16
        model.lm_head.weight[9] = 0.25
        model.lm_head.weight[9, 0] = 0.28125  # logit 16.03, which bfloat16 rounds to 16
        assert model.lm_head(hidden)[0, 5] == model.lm_head(hidden)[0, 9]
        assert int(engine.logits(hidden).argmax()) == 9
        assert engine.likeliest(hidden).tolist() == [9]


@pytest.mark.parametrize("size", [5, 128, 300, 1024])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_highest_logits_are_found_slice_by_slice(size: int, dtype: torch.dtype) -> None:
    logits = torch.randn(4, size, generator=torch.Generator().manual_seed(size)).to(dtype)
    found = highest(logits, 8)
    assert torch.equal(logits.gather(-1, found), logits.topk(min(8, size)).values)
    assert all(len(set(row)) == len(row) for row in found.tolist())
