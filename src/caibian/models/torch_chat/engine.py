"""One model, many rows: read spans of tokens, step all rows by one, score what follows."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from caibian.errors import ModelError
from caibian.models.torch_chat.attention import ATTENTION, Rows, Span

_SPAN_TOKENS = (
    2048  # tokens a forward pass: beyond that, matrix products get no faster and activations only larger
)
_REFINED = 8  # best candidates whose logits are computed again in float32
_SLICE = 128  # neighbours in the vocabulary of which the highest logit is found first
_LOGIT_ROWS = 64  # states whose logits over the whole vocabulary are held at a time (39 MB in float32)


class Engine:
    """Runs a decoder of transformers (or a PEFT wrapper around one) on `Rows`.

    Raises:
        ModelError: the architecture cannot take another attention function, or does more to its attention
            than causal and sliding-window masks.
    """

    def __init__(self, model: Any) -> None:
        base = model.get_base_model() if hasattr(model, "get_base_model") else model
        if not getattr(base, "_supports_attention_backend", False):
            raise ModelError(
                f"{type(base).__name__}: this architecture cannot share our attention; "
                "use the llama.cpp backend with a GGUF file"
            )
        self.model = base
        self.config = base.config.get_text_config()
        kinds = set(getattr(self.config, "layer_types", None) or ["full_attention"])
        if not kinds <= {"full_attention", "sliding_attention"} or self._of_config("attn_logit_softcapping"):
            raise ModelError(
                f"{type(base).__name__}: attention of kind {', '.join(sorted(kinds))} is not supported; "
                "use the llama.cpp backend with a GGUF file"
            )
        self.device = base.device
        self._lock = threading.RLock()

    @contextmanager
    def session(self) -> Iterator[None]:
        """Hold the model: evaluation mode, our attention, no gradients. Restores everything."""
        with self._lock:
            training, attention = self.model.training, self.config._attn_implementation
            if training:
                self.model.eval()
            self.config._attn_implementation = ATTENTION
            try:
                with torch.inference_mode():
                    yield
            finally:
                self.config._attn_implementation = attention
                if training:
                    self.model.train()

    def read(self, rows: Rows, spans: Sequence[tuple[int, int, Sequence[int]]]) -> Tensor:
        """Continue rows by tokens, packed without padding.

        Args:
            spans: (row, tokens the row already holds, new tokens), at least one token each.
        Returns:
            Hidden states of all new tokens in order, [tokens, width].
        """
        outputs = []
        for chunk in _chunks(spans):
            placed, offset = [], 0
            for row, start, tokens in chunk:
                placed.append(Span(row, start, len(tokens), offset))
                offset += len(tokens)
            rows.prepare_spans(placed)
            ids = torch.tensor([[token for _, _, tokens in chunk for token in tokens]], device=self.device)
            positions = torch.cat([torch.arange(s.start, s.start + s.length) for s in placed])[None]
            outputs.append(self._hidden(ids, positions.to(self.device), rows)[0])
        return torch.cat(outputs)

    def step(self, rows: Rows, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Continue the first `len(tokens)` rows by one token each. Returns hidden states, [rows, width]."""
        rows.prepare_step(lengths)
        return self._hidden(tokens[:, None], lengths[:, None], rows)[:, 0]

    def logits(self, hidden: Tensor) -> Tensor:
        """Next-token logits, [rows, vocabulary], float32, the best few exact to float32.

        In bfloat16 the logits around 20 are steps of 1/8, so that the best two often tie; the candidates are
        therefore computed again with full precision.
        """
        head = self.model.get_output_embeddings()
        raw = head(hidden)
        logits = self._scaled(raw.float())
        if not self._plain_head(head) or hidden.dtype == torch.float32:
            return logits
        best, exact = self._refined(head, hidden, raw)
        # Keeps the refined ones above all others: only their order among themselves may change.
        floor = logits.gather(-1, best).min(-1, keepdim=True).values
        return logits.scatter_(-1, best, torch.maximum(self._scaled(exact), floor))

    def likeliest(self, hidden: Tensor) -> Tensor:
        """The token with the highest logit of each row, [rows]: `logits(hidden).argmax(-1)` without the table of
        [rows, vocabulary] in float32."""
        head = self.model.get_output_embeddings()
        if not self._plain_head(head) or hidden.dtype == torch.float32:
            return self.logits(hidden).argmax(-1)
        best, exact = self._refined(head, hidden, head(hidden))
        return best.gather(-1, exact.argmax(-1, keepdim=True))[:, 0]

    def _refined(self, head: torch.nn.Linear, hidden: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
        """The best few candidates of each row and their logits in float32, both [rows, few]."""
        best = highest(logits, _REFINED)
        return best, torch.einsum("rkw,rw->rk", head.weight[best].float(), hidden.float())

    def token_logprobs(self, hidden: Tensor, rows: Sequence[int], targets: Sequence[int]) -> list[float]:
        """Natural-log probability of each of `targets`, given the hidden state (by place in `hidden`) before it.

        The logits of the targets and of the likeliest tokens are computed in float32, those of the rest of the
        vocabulary in the model's own precision: in the sum over all of them their rounding evens out.
        """
        head = self.model.get_output_embeddings()
        chosen: list[Tensor] = []
        sums: list[Tensor] = []
        places, wanted = (
            torch.tensor(list(values), dtype=torch.long, device=self.device) for values in (rows, targets)
        )
        plain = self._plain_head(head)
        for at in range(0, len(hidden), _LOGIT_ROWS):
            states = hidden[at : at + _LOGIT_ROWS]
            logits = self.logits(states)
            sums.append(logits.logsumexp(-1))
            if not plain:
                own = (places >= at) & (places < at + _LOGIT_ROWS)
                chosen.append(logits[places[own] - at, wanted[own]])
        if plain:
            weights = head.weight[wanted].float()
            logit = self._scaled((hidden[places].float() * weights).sum(-1))
        else:
            # Slices come in the order of states, the targets in their own.
            order = torch.cat([torch.nonzero(places // _LOGIT_ROWS == k)[:, 0] for k in range(len(sums))])
            logit = torch.empty(len(places), device=self.device)
            logit[order] = torch.cat(chosen)
        values: list[float] = (logit - torch.cat(sums)[places]).tolist()
        return values

    def read_packed(self, cache: Any, tokens: Sequence[int], positions: Sequence[int]) -> Tensor:
        """Read one packed sequence whose attention `cache` does by itself. Returns hidden states, [tokens, width]."""
        ids, places = (torch.tensor([list(values)], device=self.device) for values in (tokens, positions))
        return self._hidden(ids, places, cache)[0]

    def _hidden(self, ids: Tensor, positions: Tensor, rows: Any) -> Tensor:
        decoder = self.model.get_decoder()
        output = decoder(
            input_ids=ids,
            position_ids=positions,
            past_key_values=rows,
            use_cache=True,
            rows=rows,
        )
        hidden: Tensor = output.last_hidden_state
        return hidden

    def _of_config(self, name: str) -> float | None:
        return getattr(self.config, name, None)

    def _plain_head(self, head: Any) -> bool:
        return type(head) is torch.nn.Linear and head.bias is None

    def _scaled(self, logits: Tensor) -> Tensor:
        """What some architectures do to their logits after the output matrix."""
        if factor := self._of_config("logit_scale"):
            logits = logits * factor
        if divisor := self._of_config("logits_scaling"):
            logits = logits / divisor
        if cap := self._of_config("final_logit_softcapping"):
            logits = cap * torch.tanh(logits / cap)
        return logits


def highest(logits: Tensor, count: int) -> Tensor:
    """Places of the highest values of each row, [rows, count], by the highest of each slice first: one pass over
    memory instead of a selection over the whole vocabulary."""
    rows, size = logits.shape
    slices = functional.pad(logits, (0, -size % _SLICE), value=-torch.inf).view(rows, -1, _SLICE)
    wanted = slices.amax(-1).topk(min(count, slices.shape[1])).indices
    candidates = slices.gather(1, wanted[:, :, None].expand(-1, -1, _SLICE)).flatten(1)
    within = candidates.topk(min(count, size)).indices
    return wanted.gather(1, within // _SLICE) * _SLICE + within % _SLICE


def _chunks(
    spans: Sequence[tuple[int, int, Sequence[int]]],
) -> Iterator[list[tuple[int, int, Sequence[int]]]]:
    """Groups of spans of about `_SPAN_TOKENS` tokens; a longer span is cut, its parts keeping their order."""
    chunk: list[tuple[int, int, Sequence[int]]] = []
    room = _SPAN_TOKENS
    for row, start, tokens in spans:
        at = 0
        while at < len(tokens):
            part = tokens[at : at + room]
            chunk.append((row, start + at, part))
            at += len(part)
            room -= len(part)
            if room == 0:
                yield chunk
                chunk, room = [], _SPAN_TOKENS
    if chunk:
        yield chunk
