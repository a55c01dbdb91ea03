"""From tokens to text that can be shown: no half characters, nothing beyond a stop string."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_REPLACEMENT = "\ufffd"  # what decoders put for the missing bytes of a character


class Detokenizer:
    """Turns tokens into text one by one, holding back a character until all of its bytes are there.

    A window of already shown tokens is decoded along with the new ones, since many tokenizers write a token
    differently at the start of a text (the method of text-generation-inference).
    """

    def __init__(self, decode: Callable[[Sequence[int]], str]) -> None:
        self._decode = decode
        self._tokens: list[int] = []
        self._window = 0  # first token decoded along
        self._shown = 0  # tokens whose text was given out

    def push(self, token: int) -> str:
        """Add a token; return the text that became certain."""
        self._tokens.append(token)
        return self._advance(final=False)

    def finish(self) -> str:
        """Return what was held back, without the beginning of a character whose other bytes never came."""
        return self._advance(final=True).rstrip(_REPLACEMENT)

    def _advance(self, *, final: bool) -> str:
        before = self._decode(self._tokens[self._window : self._shown])
        after = self._decode(self._tokens[self._window :])
        if len(after) <= len(before) or (after.endswith(_REPLACEMENT) and not final):
            return ""
        self._window, self._shown = self._shown, len(self._tokens)
        return after[len(before) :]


class StopCutter:
    """Passes text on until one of the stop strings appears; that string and what follows are dropped."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.stopped = False

    def push(self, text: str) -> str:
        """Add text; return what can no longer be part of a stop string. Sets `stopped` at a stop string."""
        if self.stopped:
            return ""
        self._held += text
        hits = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if hits:
            self.stopped = True
            ready, self._held = self._held[: min(hits)], ""
            return ready
        keep = max((_overlap(self._held, stop) for stop in self._stops), default=0)
        split = len(self._held) - keep
        ready, self._held = self._held[:split], self._held[split:]
        return ready

    def finish(self) -> str:
        """Return the text held back as a possible beginning of a stop string."""
        ready, self._held = self._held, ""
        return ready


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that is a proper beginning of `stop`."""
    for length in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0
