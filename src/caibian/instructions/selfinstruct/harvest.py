"""From raw answers to examples: read, checked, cleared of near-duplicates; what was refused is kept for people to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from caibian.instructions.selfinstruct.answers import read_answer
from caibian.instructions.selfinstruct.checks import (
    DISPUTED,
    NEAR_DUPLICATE,
    Kept,
    Refusal,
    disputed,
    refusals,
)
from caibian.instructions.selfinstruct.config import SelfInstructConfig
from caibian.instructions.selfinstruct.prompts import Pair, section_title
from caibian.instructions.selfinstruct.remarks import without_remark
from caibian.instructions.selfinstruct.sources import Chosen
from caibian.records import Answer, Example
from caibian.tasks import card, run_checks

CARD = "qa.document"
_FACTS = (
    "_in_source"  # how the card's checks of facts end: `answer_not_grounded` has seen to them, lists and all
)


@dataclass
class Harvest:
    """Examples, and what became of everything else that the model wrote."""

    examples: list[Example] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)  # one line for each example
    refused: list[dict[str, Any]] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)  # reason -> pairs, or answers without any
    written: int = 0  # pairs, whole or broken, and answers without any
    shortened: int = 0  # pairs whose answer lost a remark of the model's own
    answers: int = 0
    cut_off: int = 0  # answers that ended at the limit of tokens
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def take_out(self, example: Example, reason: str, detail: str) -> None:
        """Keep an example no longer, and say why."""
        at = next(at for at, kept in enumerate(self.examples) if kept.id == example.id)
        del self.examples[at]
        texts = {
            "quote": self.evidence.pop(at)["quote"],
            "instruction": example.instruction,
            "answer": example.output,
        }
        self.dropped[reason] += 1
        self.refused.append(_line(example.source_ids[0], reason, detail, **texts))

    def note_odds(self, id: str, odds: float) -> None:
        """Say in an example's evidence how sure the model is of it (natural-log odds)."""
        next(line for line in self.evidence if line["id"] == id)["log_odds"] = round(odds, 4)


def harvest(answers: Iterable[tuple[Chosen, Answer]], config: SelfInstructConfig) -> Harvest:
    """The examples of all answers, in their order; each pair that is refused counts under its first reason."""
    found, kept = Harvest(), Kept()
    for one, answer in answers:
        read = read_answer(answer.text)
        found.answers += 1
        found.cut_off += answer.finish_reason == "length"
        found.prompt_tokens += answer.prompt_tokens
        found.completion_tokens += answer.completion_tokens
        found.dropped["broken_pair"] += read.broken
        found.written += len(read.pairs) + read.broken
        if not read.pairs and not read.broken:
            found.written += 1
            found.dropped["not_json"] += 1
            found.refused.append(_line(one.place, "not_json", "no pair in the answer", answer=answer.text))
        rivals = disputed(read.pairs)
        for number, written in enumerate(read.pairs, start=1):
            pair = without_remark(written, one.passage.text, config.language)
            found.shortened += pair is not written
            example = _example(one, pair, number, config)
            if (rival := rivals.get(number - 1)) is not None:
                refusal: Refusal | None = Refusal(DISPUTED, f"also answered: {rival.answer}")
            else:
                refusal = _refusal(pair, example, one, config, kept)
            if refusal is None:
                kept.add(pair)
                found.examples.append(example)
                found.evidence.append(_evidence(example, pair, one))
            else:
                found.dropped[refusal.reason] += 1
                found.refused.append(_line(one.place, refusal.reason, refusal.detail, **pair.model_dump()))
    return found


def _refusal(
    pair: Pair, example: Example, one: Chosen, config: SelfInstructConfig, kept: Kept
) -> Refusal | None:
    for refusal in refusals(pair, one.passage, one.document, config):
        return refusal
    for name, result in run_checks(card(CARD), pair.answer, example).items():
        if not result.passed and not name.endswith(_FACTS):
            return Refusal(name, result.detail)
    if (twin := kept.twin(pair)) is not None:
        return Refusal(NEAR_DUPLICATE, f"like: {twin.instruction}")
    return None


def _example(one: Chosen, pair: Pair, number: int, config: SelfInstructConfig) -> Example:
    return Example(
        id=f"{one.place}#{number}",
        instruction=pair.instruction,
        input="",
        output=pair.answer,
        card=CARD,
        dataset=one.document,
        language=config.language,
        split="train",
        source_ids=(one.place,),
        source_text=one.passage.text,
    )


def _evidence(example: Example, pair: Pair, one: Chosen) -> dict[str, Any]:
    return {
        "id": example.id,
        "document": one.document,
        "page": one.passage.page,
        "passage": one.passage.number,
        "section": section_title(one.passage),
        "quote": pair.quote,
    }


def _line(place: str, reason: str, detail: str, **texts: str) -> dict[str, Any]:
    return {"place": place, "reason": reason, "detail": detail, **texts}
