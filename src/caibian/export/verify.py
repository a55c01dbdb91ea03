"""Does an exported file say what the trained model says? Teacher-forced, token by token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from caibian.progress import Task
from caibian.records import Example

Score = Callable[[Example], list[float]]  # log-probabilities of the published answer's tokens, in nats
_BATCH = 8  # prompts at a time: a step costs little more for eight than for one
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

    def say(self, examples: Sequence[Example], task: Task | None = None) -> list[Truth]:
        """Score published answers and generate the openings of the model's own, in the examples' order."""
        prompts = [
            self.tokens(
                self._tokenizer.apply_chat_template(e.messages(), tokenize=False, add_generation_prompt=True)
            )
            for e in examples
        ]
        answers = [self.tokens(e.output) for e in examples]
        by_length = sorted(range(len(examples)), key=lambda i: len(prompts[i]))  # little padding
        truths: dict[int, Truth] = {}
        for start in range(0, len(by_length), _BATCH):
            some = by_length[start : start + _BATCH]
            said = self._say([prompts[i] for i in some], [answers[i] for i in some])
            truths.update({i: Truth(examples[i], *one) for i, one in zip(some, said, strict=True)})
            if task is not None:
                task.advance(len(some))
        return [truths[i] for i in range(len(examples))]

    def _say(
        self, prompts: Sequence[list[int]], answers: Sequence[list[int]]
    ) -> list[tuple[list[float], list[int]]]:
        """Each prompt is read once, padded on the left; its answer and the opening go on from the same cache."""
        import torch

        width, longest = max(map(len, prompts)), max(map(len, answers))
        lengths = torch.tensor([[len(prompt)] for prompt in prompts])
        real = torch.arange(width) >= width - lengths  # (prompts, width)

        def on(tokens: list[list[int]], seen: int, cache: Any, **more: Any) -> Any:
            """Read on from the prompts and `seen` tokens behind them; tokens are (prompts, any number)."""
            count = seen + len(tokens[0])
            return self._model(
                input_ids=torch.tensor(tokens),
                attention_mask=torch.nn.functional.pad(real, (0, count), value=True).long(),
                position_ids=lengths + torch.arange(seen, count),
                past_key_values=cache,
                **more,
            )

        with torch.inference_mode():
            read = self._model(
                input_ids=torch.tensor([[0] * (width - len(p)) + p for p in prompts]),
                attention_mask=real.long(),
                position_ids=(torch.arange(width) - width + lengths).clamp(min=0),
                use_cache=True,
                logits_to_keep=1,
            )
            first, cache = read.logits, read.past_key_values  # (prompts, 1, vocabulary)
            rest = on([a + [0] * (longest - len(a)) for a in answers], 0, cache).logits
            logprobs = []
            for row, answer in enumerate(answers):
                scores = torch.cat([first[row], rest[row, : len(answer) - 1]]).log_softmax(-1)
                logprobs.append(scores.gather(1, torch.tensor(answer)[:, None])[:, 0].tolist())
            cache.crop(-longest)
            openings = [[token] for token in first[:, -1].argmax(-1).tolist()]
            for seen in range(_FIRST - 1):
                logits = on([opening[-1:] for opening in openings], seen, cache).logits
                for opening, token in zip(openings, logits[:, -1].argmax(-1).tolist(), strict=True):
                    opening.append(token)
        return [(scored, self._ended(opening)) for scored, opening in zip(logprobs, openings, strict=True)]

    def _ended(self, opening: list[int]) -> list[int]:
        ends = [at + 1 for at, token in enumerate(opening) if token in self._ends]
        return opening[: min(ends, default=None)]

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
