"""`ScriptedModel`: answers written beforehand, for tests and for demonstrations without weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from caibian.errors import ModelError
from caibian.models.backend import Backend, Piece, TokenScore, check_conversation
from caibian.models.chat import Conversation, Options
from caibian.models.streaming import StopCutter

Script = Sequence[str | Exception] | Mapping[str, str | Exception] | Callable[[Conversation], str]


class ScriptedModel(Backend):
    """Says what the script says.

    Args:
        script: a list (answers in the order of the questions, starting over at its end), a mapping from the
            last user turn to the answer (key "*" for all others), or a function from the conversation. An
            Exception in the place of an answer is raised: the conversation fails with it.
        name: name of the model in its Answers.
        seconds_per_token: pause before each token, to look like a model at work.

    A token is one character. The script's answer has log-probability log(.9) a character, anything else log(.1);
    so `choose` picks the scripted answer among answers of one length.
    """

    def __init__(self, script: Script, name: str = "scripted", *, seconds_per_token: float = 0.0) -> None:
        self.name = name
        self._script = script
        self._asked = 0
        self._pause = seconds_per_token

    def pieces(
        self, conversation: Conversation, options: Options, *, top_logprobs: int | None = None
    ) -> Iterator[Piece]:
        """Yield the scripted answer one character at a time, cut by stop strings and `max_tokens`."""
        check_conversation(conversation)
        prompt_tokens = sum(len(turn["content"]) for turn in conversation)
        text = self._next(conversation)
        cutter = StopCutter(options.stop)
        count = 0
        for character in text:
            if count == options.max_tokens:
                yield Piece(cutter.finish(), (), prompt_tokens, count, "length")
                return
            count += 1
            if self._pause:
                time.sleep(self._pause)
            ready = cutter.push(character)
            scores = () if top_logprobs is None else (_token_score(character, top_logprobs),)
            yield Piece(ready, scores, prompt_tokens, count)
            if cutter.stopped:
                break
        yield Piece(cutter.finish(), (), prompt_tokens, count, "stop")

    def continued(self, text: str, options: Options, *, top_logprobs: int | None = None) -> Iterator[Piece]:
        """Say what the script says to the text, as to a question."""
        return self.pieces([{"role": "user", "content": text}], options, top_logprobs=top_logprobs)

    def score(self, conversation: Conversation, answers: Sequence[str]) -> list[list[float]]:
        """log(.9) for each character where the answer agrees with the script's, log(.1) where it does not."""
        check_conversation(conversation)
        expected = self._next(conversation)
        return [
            [
                math.log(0.9 if expected[at : at + 1] == character else 0.1)
                for at, character in enumerate(answer)
            ]
            for answer in answers
        ]

    def close(self) -> None:
        """Nothing to free."""

    def _next(self, conversation: Conversation) -> str:
        if callable(self._script):
            return self._script(conversation)
        if isinstance(self._script, Mapping):
            question = next((t["content"] for t in reversed(conversation) if t["role"] == "user"), "")
            answer = self._script.get(question, self._script.get("*"))
            if answer is None:
                raise ModelError(f"the script has no answer to {question[:80]!r}, and none under '*'")
        elif self._script:
            answer = self._script[self._asked % len(self._script)]
            self._asked += 1
        else:
            raise ModelError("the script is empty")
        if isinstance(answer, Exception):
            raise answer
        return answer


def _token_score(character: str, top: int) -> TokenScore:
    return TokenScore(character, math.log(0.9), ((character, math.log(0.9)),)[:top])
