"""Having one model rank every lineup: asked once, kept, read, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from caibian.evaluation.comparison import EMPTY
from caibian.evaluation.judging.config import JudgeConfig
from caibian.evaluation.judging.lineup import Lineup
from caibian.evaluation.judging.prompts import asking, names_for, schema, wording
from caibian.evaluation.judging.seats import Seats, seatings
from caibian.evaluation.judging.verdict import Verdict, read_verdict
from caibian.models.asking import Journal, Request, ask, request
from caibian.models.chat import ChatModel, Options
from caibian.progress import Progress, Task
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
) -> Iterator[Presentation]:
    """Every question to a judge, those of one item one after the other; each is made when it is come to."""
    ranked = [one for one in given if len(one.answers) >= 2]
    seated = seatings([list(one.answers) for one in ranked], config.repeats, config.seed)
    for lineup, repeats in zip(ranked, seated, strict=True):
        example = lineup.example
        known = (cards or {}).get(example.card) or card(example.card)
        for repeat, seats in enumerate(repeats):
            asks = asking(known, example, [lineup.answers[system] for system in seats], config)
            options = _options(asks.names, example.language, config)
            asked = request(f"{example.id}#repeat={repeat}", asks.conversation, model, options)
            shown = (EMPTY, *seats) if config.empty else seats
            yield Presentation(lineup, repeat, shown, asks.names, asked, asks.cut)


def _options(names: Sequence[str], language: str, config: JudgeConfig) -> Options:
    held = schema(names, language) if config.json_schema else None
    return Options(max_tokens=config.max_tokens, seed=config.seed, json_schema=held)


class _Polling:
    """The questions of one vote as they are made, and the verdicts as they are read."""

    def __init__(self) -> None:
        self.shown: list[Presentation] = []
        self.verdicts: dict[str, Verdict] = {}
        self._names: dict[str, tuple[str, ...]] = {}

    def requests(self, made: Iterator[Presentation], task: Task) -> Iterator[Request]:
        """Each question once: two repeats of two answers may be the same."""
        for one in made:
            self.shown.append(one)
            if one.asked.key in self._names:
                task.advance()
                continue
            self._names[one.asked.key] = one.names
            yield one.asked

    def read(self, one: Request, answer: Answer) -> None:
        """Read a verdict, while others are under way."""
        self.verdicts[one.key] = read_verdict(answer.text, self._names[one.key], answer.finish_reason)


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
    polling, failures = _Polling(), Counter[str]()
    # A schema belongs to the number of answers and the language: one call of the model for each.
    groups: dict[tuple[int, str], list[Lineup]] = {}
    for lineup in given:
        if len(lineup.answers) >= 2:
            groups.setdefault((len(lineup.answers), wording(lineup.example.language)[0]), []).append(lineup)
    total = config.repeats * sum(map(len, groups.values()))
    with progress.task(f"Judging, {judge}", total=total) as task:
        for (answers, language), lineups in groups.items():
            options = _options(names_for(answers + config.empty, language), language, config)
            made = presentations(lineups, model.name, config, cards)
            came = ask(polling.requests(made, task), journal, model, options, task, polling.read)
            failures.update(came.failures)
    ballot = Ballot(judge, failures=failures, nothing_to_rank=sum(len(one.answers) < 2 for one in given))
    told: set[str] = set()
    place = {lineup.example.id: at for at, lineup in enumerate(given)}
    for one in sorted(polling.shown, key=lambda one: (place[one.lineup.example.id], one.repeat)):
        answer = journal.get(one.asked)
        if answer is None:
            ballot.unanswered += 1
            continue
        if one.asked.key not in polling.verdicts:
            polling.read(one.asked, answer)
        if one.asked.key not in told:
            told.add(one.asked.key)
            ballot.prompt_tokens += answer.prompt_tokens
            ballot.completion_tokens += answer.completion_tokens
            ballot.seconds += answer.seconds
        ballot.cut += one.cut
        ballot.rankings.append(_ranking(judge, one, answer, polling.verdicts[one.asked.key], ballot))
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
