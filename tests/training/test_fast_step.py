"""The fast training step computes what the plain one does."""

from __future__ import annotations

import copy
import dataclasses

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
peft = pytest.importorskip("peft")

from caibian.training import adapter, attention, packing  # noqa: E402
from caibian.training.config import LoraConfig  # noqa: E402
from caibian.training.loss import answer_loss  # noqa: E402

VOCABULARY = 300


def tiny(kind: str):
    """A random decoder of two layers with grouped queries, in float32."""
    torch.manual_seed(0)
    shape = {
        "vocab_size": VOCABULARY,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
    }
    if kind == "gemma3":
        config = transformers.Gemma3TextConfig(
            **shape, head_dim=8, sliding_window=8, layer_types=["sliding_attention", "full_attention"]
        )
        return transformers.Gemma3ForCausalLM(config)
    family = {"qwen2": "Qwen2", "llama": "Llama"}[kind]
    config = getattr(transformers, f"{family}Config")(**shape)
    return getattr(transformers, f"{family}ForCausalLM")(config)


def examples(seed: int = 0, count: int = 6) -> list[packing.Encoded]:
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(5, 20, (count,), generator=generator).tolist()
    return [
        packing.Encoded(torch.randint(0, VOCABULARY, (n,), generator=generator).tolist(), 2 + i % 3, str(i))
        for i, n in enumerate(lengths)
    ]


def stir(model) -> None:
    """Give the update's zero-initialised half some weight, so that every gradient is exercised."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.05)


def plain_loss(model, data: list[packing.Encoded]):
    """One example after the other through the library's own forward, labels on the answer only."""
    total = 0.0
    for example in data:
        ids = torch.tensor([example.ids])
        logits = model(input_ids=ids).logits[0, -example.answer - 1 : -1]
        target = torch.tensor(example.ids[-example.answer :])
        total = total + torch.nn.functional.cross_entropy(logits.float(), target, reduction="sum")
    return total


@pytest.mark.parametrize("longest", [192, 4], ids=["plain products", "library kernel"])
@pytest.mark.parametrize("kind", ["qwen2", "llama", "gemma3"])
def test_loss_and_gradients_of_a_packed_row_are_those_of_the_examples_one_by_one(
    kind: str, longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "_PLAIN_TOKENS", longest)
    base = tiny(kind)
    plain = peft.get_peft_model(
        copy.deepcopy(base),
        peft.LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    fast = adapter.attach(base, LoraConfig(rank=4, alpha=8), seed=0)
    fused = adapter.prepare(fast)
    fast.load_state_dict(plain.state_dict())
    stir(plain), stir(fast)
    data = examples()
    # The first three begin alike, and longer than the sliding window.
    data[:3] = [dataclasses.replace(one, ids=list(range(9)) + one.ids, shared=9) for one in data[:3]]
    parts = packing.PackedRows(data, [list(range(len(data)))], part_tokens=70)[0]["parts"]
    assert len(parts) > 1
    assert parts[0]["segments"][0] == (9, -1)

    expected = plain_loss(plain, data)
    loss = sum(fast(**part).loss for part in parts)
    expected.backward(), loss.backward()

    assert fused["lora"] == 14
    assert fused["mlp"] == 2
    assert fused["norm"] >= 5
    torch.testing.assert_close(loss, expected, rtol=1e-5, atol=1e-4)
    wanted = {n: p.grad for n, p in plain.named_parameters() if p.requires_grad}
    got = {n: p.grad for n, p in fast.named_parameters() if p.requires_grad}
    assert wanted.keys() == got.keys()
    for name in wanted:
        torch.testing.assert_close(got[name], wanted[name], rtol=1e-4, atol=1e-5, msg=name)


@pytest.mark.parametrize("softcap", [None, 5.0])
def test_answer_loss_matches_cross_entropy_over_several_chunks(softcap: float | None) -> None:
    torch.manual_seed(0)
    hidden = torch.randn(300, 16, dtype=torch.float64, requires_grad=True)
    reference = hidden.detach().clone().requires_grad_(True)
    head = torch.randn(50, 16, dtype=torch.float64)
    targets, weights = torch.randint(0, 50, (300,)), torch.rand(300)

    logits = reference @ head.T
    if softcap:
        logits = softcap * torch.tanh(logits / softcap)
    expected = (torch.nn.functional.cross_entropy(logits, targets, reduction="none") * weights).sum()
    loss = answer_loss(hidden, head, targets, weights, softcap)
    (2 * expected).backward(), (2 * loss).backward()

    torch.testing.assert_close(loss.double(), expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(hidden.grad, reference.grad, rtol=1e-4, atol=1e-5)
