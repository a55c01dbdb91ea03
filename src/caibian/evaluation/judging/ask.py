"""Having one model rank every lineup: asked once, kept, read, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from caibian.evaluation.comparison import EMPTY
from caibian.evaluation.judging.config import JudgeConfig
from caibian.evaluation.judging.lineup import Lineup
from caibian.evaluation.judging.prompts import asking, schema
from caibian.evaluation.judging.seats import Seats, seatings
from caibian.evaluation.judging.verdict import Verdict, read_verdict
from caibian.models.asking import Asked, Journal, Request, ask, request
from caibian.models.chat import ChatModel, Options
from caibian.progress import Progress
from caibian.records import Answer, Ranking
from caibian.tasks import TaskCard, card

_EXAMPLES = 3  # of verdicts shown for each reason of an abstention
_EXCERPT = 300  # characters of such a verdict
_SHOWN_REASONS = 5


@dataclass(frozen=True)
class Presentation:
    """One asking of one item: who sits where, under which name."""

    lineup: Lineup
    repeat: int
    seats: Seats  # systems by seat, EMPTY among them
    names: tuple[str, ...]
    options: Options
    asked: Request
    cut: int


@dataclass
class Ballot:
    """What came of asking one judge."""

    judge: str
    rankings: list[Ranking] = field(default_factory=list)
    unanswered: int = 0  # presentations without a verdict yet; the next run asks again
    failures: Counter[str] = field(default_factory=Counter)
    excerpts: dict[str, list[dict[str, Any]]] = field(
        default_factory=dict
    )  # code of an abstention -> some verdicts
    cut: int = 0  # texts of which the judge saw a part only
    nothing_to_rank: int = 0  # items with fewer than two different answers
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0  # of all verdicts, those given at the same time counted each

    def json(self) -> dict[str, Any]:
        """The counts for judging.json."""
        abstained = Counter(one.abstained for one in self.rankings if one.abstained is not None)
        return {
            "rankings": sum(one.abstained is None for one in self.rankings),
            "abstentions": {
                code: {"count": count, "examples": self.excerpts.get(str(code), [])}
                for code, count in abstained.most_common()
            },
            "unanswered": self.unanswered,
            "failures": dict(self.failures.most_common(_SHOWN_REASONS)),
            "nothing_to_rank": self.nothing_to_rank,
            "texts_cut": self.cut,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "seconds": round(self.seconds, 3),
        }


def presentations(
    given: Sequence[Lineup], model: str, config: JudgeConfig, cards: Mapping[str, TaskCard] | None = None
) -> list[Presentation]:
    """Every question to a judge, those of one item one after the other."""
    ranked = [one for one in given if len(one.answers) >= 2]
    seated = seatings([list(one.answers) for one in ranked], config.repeats, config.seed)
    known = {
        one.example.card: (cards or {}).get(one.example.card) or card(one.example.card) for one in ranked
    }
    found = []
    for lineup, repeats in zip(ranked, seated, strict=True):
        example = lineup.example
        for repeat, seats in enumerate(repeats):
            asks = asking(known[example.card], example, [lineup.answers[system] for system in seats], config)
            options = Options(
                max_tokens=config.max_tokens,
                seed=config.seed,
                json_schema=schema(asks.names, example.language) if config.json_schema else None,
            )
            asked = request(f"{example.id}#repeat={repeat}", asks.conversation, model, options)
            shown = (EMPTY, *seats) if config.empty else seats
            found.append(Presentation(lineup, repeat, shown, asks.names, options, asked, asks.cut))
    return found


def vote(
    judge: str,
    model: ChatModel,
    given: Sequence[Lineup],
    config: JudgeConfig,
    journal: Journal,
    progress: Progress,
    cards: Mapping[str, TaskCard] | None = None,
) -> Ballot:
    """Have `model` rank every lineup under the name `judge`; what the journal holds is not asked again."""
    with progress.task(f"Preparing questions to {judge}"):
        shown = presentations(given, model.name, config, cards)
    asked = Asked()
    names = {one.asked.key: one.names for one in shown}
    verdicts: dict[str, Verdict] = {}

    def read(one: Request, answer: Answer) -> None:
        verdicts[one.key] = read_verdict(answer.text, names[one.key], answer.finish_reason)

    # A schema belongs to the number of answers and the language: one call of the model for each.
    by_options: dict[str, list[Presentation]] = {}
    for one in shown:
        by_options.setdefault(repr(one.options), []).append(one)
    with progress.task(f"Judging, {judge}", total=len(shown)) as task:
        for group in by_options.values():
            # Two repeats of two answers may be the same question.
            unique = list({one.asked.key: one.asked for one in group}.values())
            task.advance(len(group) - len(unique))
            came = ask(unique, journal, model, group[0].options, task, read)
            asked.failures.update(came.failures)
    ballot = Ballot(
        judge, failures=asked.failures, nothing_to_rank=sum(len(one.answers) < 2 for one in given)
    )
    told: set[str] = set()
    for one in shown:
        answer = journal.get(one.asked)
        if answer is None:
            ballot.unanswered += 1
            continue
        if one.asked.key not in verdicts:
            read(one.asked, answer)
        if one.asked.key not in told:
            told.add(one.asked.key)
            ballot.prompt_tokens += answer.prompt_tokens
            ballot.completion_tokens += answer.completion_tokens
            ballot.seconds += answer.seconds
        ballot.cut += one.cut
        ballot.rankings.append(_ranking(judge, one, answer, verdicts[one.asked.key], ballot))
    return ballot


def _ranking(judge: str, one: Presentation, answer: Answer, verdict: Verdict, ballot: Ballot) -> Ranking:
    system = dict(zip(one.names, one.seats, strict=True))
    if verdict.abstained is not None:
        kept = ballot.excerpts.setdefault(verdict.abstained, [])
        if len(kept) < _EXAMPLES:
            said = answer.text.strip()[:_EXCERPT]
            kept.append({"example_id": one.lineup.example.id, "repeat": one.repeat, "verdict": said})
    return Ranking(
        example_id=one.lineup.example.id,
        judge=judge,
        order=tuple(system[name] for name in verdict.order),
        abstained=verdict.abstained,
        kind="model",
        shown=one.seats,
        repeat=one.repeat,
        comment=verdict.reason or None,
        seconds=round(answer.seconds, 3),
    )
