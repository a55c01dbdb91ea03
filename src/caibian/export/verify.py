"""Does an exported file say what the trained model says? Teacher-forced, token by token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from caibian.records import Example

Score = Callable[[Example], list[float]]  # log-probabilities of the published answer's tokens, in nats
_FIRST = 10  # tokens over which greedy agreement is reported


@dataclass(frozen=True, slots=True)
class Truth:
    """What the trained model says of one example."""

    example: Example
    logprobs: list[float]
    opening: list[int]  # its own first tokens, greedily


class Trained:
    """The training-side model: the base's weights as trained on (bf16), the adapter, float32 arithmetic.

    Float32 keeps the rounding of bf16 products, which alone is about .02 nats a token, out of the comparison.
    """

    def __init__(self, reference: str, adapter: Path, threads: int) -> None:
        import peft
        import torch

        from caibian.models import torch_weights
        from caibian.models.torch_chat.loading import end_tokens

        torch.set_num_threads(threads)
        base, self._tokenizer = torch_weights.load(reference, torch.float32)
        self._ends = end_tokens(base, self._tokenizer)
        self._model: Any = peft.PeftModel.from_pretrained(base, str(adapter)).merge_and_unload().eval()

    def say(self, example: Example) -> Truth:
        """Score the published answer and generate the opening of the model's own; the prompt is read once."""
        import torch

        prompt = self.tokens(
            self._tokenizer.apply_chat_template(
                example.messages(), tokenize=False, add_generation_prompt=True
            )
        )
        answer = self.tokens(example.output)
        with torch.inference_mode():
            read = self._model(input_ids=torch.tensor([prompt]), use_cache=True, logits_to_keep=1)
            first, cache = read.logits[0], read.past_key_values
            rest = self._model(input_ids=torch.tensor([answer]), past_key_values=cache).logits[0, :-1]
            scores = torch.cat([first, rest]).log_softmax(-1)
            logprobs = scores.gather(1, torch.tensor(answer)[:, None])[:, 0].tolist()
            cache.crop(-len(answer))
            opening = [int(first[-1].argmax())]
            while len(opening) < _FIRST and opening[-1] not in self._ends:
                step = self._model(input_ids=torch.tensor([opening[-1:]]), past_key_values=cache)
                opening.append(int(step.logits[0, -1].argmax()))
        return Truth(example, logprobs, opening)

    def text(self, tokens: Sequence[int]) -> str:
        """Tokens as text, without markers of turns."""
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))

    def tokens(self, text: str) -> list[int]:
        """Text as tokens."""
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])


def compare(truths: Sequence[Truth], score: Score) -> dict[str, float]:
    """Mean and largest |Δ log-probability| per token over all answers' tokens, and how many there were."""
    gaps: list[float] = []
    for truth in truths:
        other = score(truth.example)
        if len(other) != len(truth.logprobs):
            # Another tokenization of the same answer: no token can be compared with its like.
            gaps.append(float("inf"))
            continue
        gaps.extend(np.abs(np.subtract(other, truth.logprobs)).tolist())
    return {
        "mean_abs_dlogprob": float(np.mean(gaps)),
        "max_abs_dlogprob": float(np.max(gaps)),
        "tokens": len(gaps),
    }


def agreement(trained: Trained, truths: Sequence[Truth], answers: Sequence[str]) -> float:
    """Mean share of the trained model's first ten greedy tokens that another model begins with as well."""
    shares = []
    for truth, answer in zip(truths, answers, strict=True):
        wanted = trained.tokens(trained.text(truth.opening)) or [-1]
        got = trained.tokens(answer)[: len(wanted)] or [-1]
        same = 0
        for a, b in zip(wanted, got, strict=False):
            if a != b:
                break
            same += 1
        shares.append(same / len(wanted))
    return float(np.mean(shares))
