"""Teacher-forced log-probabilities from a library that only generates.

The library reports the log-probability of the token it takes, computed before any sampling, so it is made to
take the tokens of the answer: a grammar admits exactly one token id at each place. It keeps silent about a
token that ends inside a UTF-8 character (rare Han characters are two or three tokens); such a token is looked
up among the alternatives of its place instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from caibian.errors import ModelError
from caibian.models.llama_cpp.native import Native, Token

_FIRST_LOOK = 1024  # alternatives asked for first; a token of a likely answer is nearly always among them
_SLOT = 0  # of the library's conversations, the one whose state is kept between the calls
_ALL = 1 << 20  # more alternatives than any vocabulary has: about a second, once in a great while


def read_prompt(native: Native, prompt: Sequence[int]) -> None:
    """Read a prompt afresh, all but its last token, for the `forced_logprobs` of any number of answers.

    In quantised models a token read in a batch of several is rounded differently from one read alone. Reading
    the same parts in the same way whatever was asked before makes the figures repeatable to the last bit.
    """
    if len(prompt) > 1:
        request = {"prompt": [*prompt[:-1]], "max_tokens": 1, "samplers": ["top_k"], "top_k": 1}
        native.complete(request | {"cache_prompt": False, "id_slot": _SLOT}, lambda _: False)


def forced_logprobs(native: Native, prompt: Sequence[int], answer: Sequence[Token]) -> list[float]:
    """Natural-log probability of each token of `answer` after `prompt`, one decoding step a token.

    `read_prompt` comes first; without it the figures are right, but slower to come and differently rounded.

    Raises:
        ModelError: the library did not take the tokens.
    """
    if not answer:
        return []
    ids = [token.id for token in answer]
    hidden = _inside_characters(answer)
    spoken = [token for at, token in enumerate(ids) if at not in hidden]
    entries = _complete(native, [*prompt], ids, logprobs=1)
    if [entry["id"] for entry in entries] != spoken:
        raise ModelError(
            f"llama.cpp did not take the tokens it was given: {len(spoken)} were to be reported, "
            f"{len(entries)} were"
        )
    reported = iter(entries)
    return [
        _look_up(native, [*prompt, *ids[:at]], token) if at in hidden else float(next(reported)["logprob"])
        for at, token in enumerate(ids)
    ]


def _inside_characters(tokens: Sequence[Token]) -> set[int]:
    """Places of the tokens after which the text ends inside a UTF-8 character."""
    places, text = set(), b""
    for at, token in enumerate(tokens):
        text = text[-3:] + token.data  # three bytes are the longest beginning of a character
        if _ends_inside(text):
            places.add(at)
    return places


def _ends_inside(data: bytes) -> bool:
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0x80:  # a continuation byte: its beginning lies further back
            continue
        needed = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
        return needed > back
    return False


def _look_up(native: Native, prefix: list[int], token: int) -> float:
    """Log-probability of `token` after `prefix`, from the alternatives to some token that is a whole character."""
    [spoken] = native.tokenize("a", special=False)
    for count in (_FIRST_LOOK, _ALL):
        [entry] = _complete(native, prefix, [spoken.id], logprobs=count)
        for other in entry["top_logprobs"]:
            if other["id"] == token:
                return float(other["logprob"])
    raise ModelError(f"llama.cpp gave no log-probability for token {token}")


def _complete(
    native: Native, prompt: list[int], forced: Sequence[int], logprobs: int
) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []

    def receive(chunk: dict[str, Any]) -> bool:
        entries.extend((chunk["choices"][0].get("logprobs") or {}).get("content", ()))
        return False

    request = {
        "prompt": prompt,
        "max_tokens": len(forced),
        "temperature": 0.0,
        "samplers": ["top_k"],
        "top_k": 1,
        "grammar": "%llguidance {}\nstart: " + " ".join(f"<[{token}]>" for token in forced),
        "logprobs": logprobs,
        "cache_prompt": True,
        "id_slot": _SLOT,
    }
    native.complete(request, receive)
    return entries
