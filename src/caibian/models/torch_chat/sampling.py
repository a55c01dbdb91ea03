"""Choosing the next token: greedy or sampled, free or along a JSON grammar."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from caibian.errors import ModelError
from caibian.models.json_grammar import JsonGrammar

_LOOKED_AT = 64  # most probable tokens tried first against a grammar
_SAMPLED_FROM = 256  # most probable tokens a constrained sample is drawn from


class Vocabulary:
    """The bytes of each token, and the tokens by their first byte. Control tokens have no bytes."""

    def __init__(self, tokenizer: Any) -> None:
        special = set(tokenizer.all_special_ids)
        self.data: list[bytes] = [
            b"" if at in special or token is None else data
            for at, (token, data) in enumerate(_token_bytes(tokenizer))
        ]
        self._by_first: dict[int, list[int]] = {}
        for token, data in enumerate(self.data):
            if data:
                self._by_first.setdefault(data[0], []).append(token)
        self._looked_up: dict[tuple[int, ...], Tensor] = {}

    def beginning_with(self, firsts: list[int]) -> Tensor:
        """Ids of the tokens whose first byte is one of `firsts`; kept, since a document asks for few such sets."""
        key = tuple(firsts)
        if key not in self._looked_up:
            self._looked_up[key] = torch.tensor(
                [token for byte in firsts for token in self._by_first.get(byte, ())], dtype=torch.long
            )
        return self._looked_up[key]


@lru_cache(maxsize=4)
def vocabulary(tokenizer: Any) -> Vocabulary:
    """The Vocabulary of a tokenizer, made once."""
    return Vocabulary(tokenizer)


class Grammar:
    """A JSON grammar over a model's tokens, for one answer."""

    def __init__(self, schema: dict[str, Any], words: Vocabulary, ends: frozenset[int]) -> None:
        self._json = JsonGrammar(schema)
        self._words, self._ends = words, ends

    def best(self, logits: Tensor) -> int:
        """The most probable admitted token; nearly always it is the most probable of all, and no other is tried.

        Raises:
            ModelError: no token of the vocabulary continues the document.
        """
        likeliest = int(logits.argmax())
        if likeliest in self._ends:
            admitted = self._json.complete
        else:  # padded vocabularies have more logits than tokens
            data = self._words.data[likeliest] if likeliest < len(self._words.data) else b""
            admitted = self._json.allows(data)
        return likeliest if admitted else int(self.candidates(logits)[0])

    def candidates(self, logits: Tensor) -> Tensor:
        """The admitted tokens among the most probable, best first; all the vocabulary is looked at if need be.

        Raises:
            ModelError: no token of the vocabulary continues the document.
        """
        places = self._words.beginning_with(self._json.first_bytes())
        if self._json.complete:
            places = torch.cat([places, torch.tensor(sorted(self._ends))])
        places = places[places < logits.shape[-1]]
        scores = logits[places]
        order = scores.topk(min(_LOOKED_AT, len(scores))).indices
        admitted = self._admitted(places[order])
        if not admitted:
            admitted = self._admitted(places[scores.argsort(descending=True)])
        if not admitted:
            raise ModelError("no token of this model's vocabulary continues a document of the JSON schema")
        return torch.tensor(admitted)

    def advance_token(self, token: int) -> bool:
        """Take a token as written; True when the document is complete and nothing may follow."""
        self._json.advance(self._words.data[token])
        return self._json.ended

    def _admitted(self, tokens: Tensor) -> list[int]:
        # Not every tokenizer lists its end tokens as special: such a one has bytes, and would pass for text.
        return [
            t
            for t in tokens.tolist()
            if (self._json.complete if t in self._ends else self._json.allows(self._words.data[t]))
        ]


class Sampler:
    """Draws tokens for one answer; its own generator makes the draw independent of the other rows."""

    def __init__(self, temperature: float, top_p: float, seed: int) -> None:
        self.greedy = temperature <= 0
        self._temperature, self._top_p = temperature, top_p
        self._generator = torch.Generator().manual_seed(seed)

    def pick(self, logits: Tensor, grammar: Grammar | None = None) -> int:
        """The next token, given the logits over the vocabulary, [vocabulary] float32."""
        if grammar is not None:
            if self.greedy:
                return grammar.best(logits)
            places = grammar.candidates(logits)[:_SAMPLED_FROM]
            return int(places[self._draw(logits[places])])
        return int(logits.argmax()) if self.greedy else self._draw(logits)

    def _draw(self, logits: Tensor) -> int:
        """Nucleus sampling: from the fewest tokens whose probabilities reach `top_p`."""
        probabilities, order = (logits.float() / self._temperature).softmax(-1).cpu().sort(descending=True)
        if self._top_p < 1:
            outside = probabilities.cumsum(-1) - probabilities >= self._top_p
            probabilities = probabilities.masked_fill(outside, 0.0)
        return int(order[torch.multinomial(probabilities, 1, generator=self._generator)])


def _token_bytes(tokenizer: Any) -> list[tuple[str | None, bytes]]:
    """(token, its bytes) of each id, from either of the two ways in which vocabularies write bytes."""
    tokens = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    if '"ByteLevel"' in json.dumps(json.loads(tokenizer.backend_tokenizer.to_str()).get("decoder")):
        table = _byte_level_table()
        return [(t, b"" if t is None else b"".join(table.get(c, c.encode()) for c in t)) for t in tokens]
    return [(t, b"" if t is None else _piece_bytes(t)) for t in tokens]


def _piece_bytes(token: str) -> bytes:
    """A SentencePiece token: `<0xE4>` is a byte, U+2581 stands for a space."""
    if len(token) == 6 and token.startswith("<0x") and token.endswith(">"):
        return bytes([int(token[3:5], 16)])
    return token.replace("\u2581", " ").encode()


def _byte_level_table() -> dict[str, bytes]:
    """GPT-2's alphabet: printable bytes stand for themselves, the others for the characters from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table = {chr(byte): bytes([byte]) for byte in printable}
    others = (byte for byte in range(256) if byte not in printable)
    return table | {chr(0x100 + at): bytes([byte]) for at, byte in enumerate(others)}
