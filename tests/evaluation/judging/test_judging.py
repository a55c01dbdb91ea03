"""The whole path: questions, verdict texts, rankings, measured judges, on disk and from the command line."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from caibian.cli import main
from caibian.errors import ConfigError, EmptyResult
from caibian.evaluation.comparison import EMPTY, Comparison, read_comparison, read_rankings, write_comparison
from caibian.evaluation.judging.config import JudgeConfig
from caibian.evaluation.judging.examining import examine_all
from caibian.evaluation.judging.run import Judge, judge, rule
from caibian.models.chat import Conversation
from caibian.models.openai_client import Prices
from caibian.models.scripted import ScriptedModel
from caibian.records import Answer, Ranking
from tests.evaluation.judging import house
from tests.evaluation.judging.house import GREEDY_WEIGHTS, Seated, examples, said, steady, written

TWICE = JudgeConfig()


def often(answers: Seated, share: float = 0.65) -> bool:
    """True for about `share` of the presentations, by what is shown and in which order."""
    digest = hashlib.sha256("\n".join(f"{name}{text}" for name, text in answers.items()).encode()).digest()
    return digest[0] < 256 * share


def led(to_front: house.Judging) -> house.Judging:
    """A judge that puts what `to_front` says first in two of three cases, and judges steadily otherwise."""

    def judging(answers: Seated) -> list[str]:
        order = steady(answers)
        if not often(answers):
            return order
        first = list(to_front(answers))
        return [*first, *(name for name in order if name not in first)]

    return judging


def first_seat(answers: Seated) -> list[str]:
    return [list(answers)[1]]


def by_length(answers: Seated) -> list[str]:
    return sorted(answers, key=lambda name: -len(answers[name]))


def its_own(answers: Seated) -> list[str]:
    return [name for name, text in answers.items() if "·" in text]  # the mark of "base"


@pytest.mark.parametrize(
    ("to_front", "reason"),
    [(first_seat, "first_seat"), (by_length, "longer_wins"), (its_own, "self_preference")],
    ids=["first seat", "longest answer", "own answers"],
)
def test_a_biased_judge_is_found_unfit_from_the_text_of_its_verdicts(
    tmp_path: Path, to_front: house.Judging, reason: str
) -> None:
    folder = written(tmp_path, 60)
    judge(folder, Judge(house.judge(led(to_front), "biased"), identity=GREEDY_WEIGHTS), TWICE)
    judge(folder, Judge(house.judge(steady, "honest")), TWICE)
    judges = examine_all(folder)["judges"]
    assert judges["biased"]["bias"]["fit"] is False
    assert reason in judges["biased"]["bias"]["reasons"]
    assert judges["honest"]["bias"]["fit"] is True
    assert judges["biased"]["own"] == "base"
    assert judges["honest"]["own"] is None


def test_rankings_hold_what_was_said_and_what_was_shown(tmp_path: Path) -> None:
    folder = written(tmp_path, 4)
    judge(folder, Judge(house.judge(lambda answers: list(answers)[::-1])), TWICE)
    found = read_rankings(folder)
    assert len(found) == 8
    for one in found:
        assert one.shown[0] == EMPTY
        assert one.order == one.shown[::-1]
        assert (one.judge, one.kind, one.comment) == ("toy-judge", "model", "如上")


def test_a_judge_that_sees_the_published_text_is_another_judge(tmp_path: Path) -> None:
    folder = written(tmp_path, 3)
    for reference in (False, True):
        judge(folder, Judge(house.judge(steady)), JudgeConfig(reference=reference))
    assert {one.judge for one in read_rankings(folder)} == {"toy-judge", "toy-judge (with reference)"}


def test_verdicts_of_other_weights_are_never_taken_for_a_judges_own(tmp_path: Path) -> None:
    folder = written(tmp_path, 3)
    judge(folder, Judge(house.judge(steady), identity=GREEDY_WEIGHTS), TWICE)
    with pytest.raises(ConfigError, match="NAME=MODEL"):
        judge(folder, Judge(house.judge(steady), identity={"sha256": "cd" * 32}), TWICE)


def test_abstentions_are_counted_by_reason_with_examples_and_are_no_ties(tmp_path: Path) -> None:
    folder = written(tmp_path, 4)
    texts = ["I'm sorry, I can't.", "甲 > 乙", '{"ranking": ["甲", "乙", "丙", "丁"]}', "都不错"]
    judge(folder, Judge(ScriptedModel(texts, "moody")), JudgeConfig(repeats=1))
    entry = examine_all(folder)["judges"]["moody"]
    assert entry["rankings"] == 1
    assert {code: one["count"] for code, one in entry["abstentions"].items()} == {
        "refuses": 1,
        "omits": 1,
        "no_order": 1,
    }
    assert entry["abstentions"]["no_order"]["examples"][0]["verdict"] == "都不错"
    assert entry["standings"]["verdicts"] == 1


def test_what_was_answered_is_not_asked_again_and_what_failed_is(tmp_path: Path) -> None:
    folder = written(tmp_path, 5)
    asked: list[str] = []
    down = True

    def script(conversation: Conversation) -> str:
        asked.append(conversation[-1]["content"])
        if down and len(asked) > 4:
            raise TimeoutError("no answer")
        return json.dumps({"reason": "", "ranking": steady(house.seated(conversation))})

    model = ScriptedModel(script, "slow")
    first = judge(folder, Judge(model), TWICE)
    assert (first.unanswered, len(first.rankings), dict(first.failures)) == (6, 4, {"no answer": 6})
    down = False
    second = judge(folder, Judge(model), TWICE)
    assert (second.unanswered, len(second.rankings)) == (0, 10)
    assert len(asked) == 10 + 6
    assert judge(folder, Judge(model), TWICE).prompt_tokens == second.prompt_tokens
    assert len(asked) == 16


def test_a_kill_in_mid_line_costs_one_verdict(tmp_path: Path) -> None:
    folder = written(tmp_path, 3)
    judge(folder, Judge(house.judge(steady)), TWICE)
    journal = folder / "verdicts" / "toy-judge.jsonl"
    journal.write_text(journal.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    asked = 0

    def script(conversation: Conversation) -> str:
        nonlocal asked
        asked += 1
        return json.dumps({"ranking": steady(house.seated(conversation))})

    for _ in range(2):
        assert len(judge(folder, Judge(ScriptedModel(script, "toy-judge")), TWICE).rankings) == 6
    assert asked == 1


def test_tokens_seconds_and_cost_are_told_for_all_verdicts(tmp_path: Path) -> None:
    folder = written(tmp_path, 3)
    prices = Prices(prompt=1.0, completion=2.0, currency="CNY")
    one = judge(folder, Judge(house.judge(steady), prices=prices), TWICE)
    entry = examine_all(folder)["judges"]["toy-judge"]
    assert entry["prompt_tokens"] == one.prompt_tokens > 1000
    assert entry["cost"]["currency"] == "CNY"
    assert entry["cost"]["amount"] == pytest.approx((one.prompt_tokens + 2 * one.completion_tokens) / 1e6)


def test_identical_missing_and_empty_answers_are_ranked_as_what_they_are(tmp_path: Path) -> None:
    asked = examples(24)
    answers = {
        "base": {e.id: Answer(said(k, "base"), "base", e.id) for k, e in enumerate(asked)},
        "copy": {e.id: Answer(said(k, "base") + " ", "copy", e.id) for k, e in enumerate(asked)},
        "mute": {e.id: Answer("", "mute", e.id) for e in asked},
        "late": {
            e.id: Answer(said(k, "big"), "late", e.id, finish_reason="stop" if k % 2 else "error")
            for k, e in enumerate(asked)
        },
    }
    write_comparison(tmp_path, Comparison("x", tuple(asked), answers))
    one = judge(tmp_path, Judge(house.judge(steady)), TWICE)
    assert one.nothing_to_rank == 12
    result = examine_all(tmp_path)
    assert (result["identical"], result["missing"]["late"]) == (24, 12)
    standings = result["judges"]["toy-judge"]["standings"]
    places = standings["systems"]
    assert places["base"]["average_rank"] == places["copy"]["average_rank"]
    assert places["mute"]["average_rank"]["value"] == 4
    pair = next(pair for pair in standings["pairs"] if (pair["a"], pair["b"]) == ("base", "copy"))
    assert pair["win_rate"]["value"] is None


def test_a_shared_answer_counts_for_the_systems_that_were_ranked_whoever_stood_for_it(tmp_path: Path) -> None:
    asked = examples(6)
    texts = {"base": "base", "copy": "base", "twin": "base", "big": "big"}
    answers = {
        system: {e.id: Answer(said(k, text), system, e.id) for k, e in enumerate(asked)}
        for system, text in texts.items()
    }
    write_comparison(tmp_path, Comparison("x", tuple(asked), answers))
    judge(tmp_path, Judge(house.judge(steady)), JudgeConfig(seed=5), ["base", "copy", "big"])
    standings = examine_all(tmp_path, seed=0)["judges"]["toy-judge"]["standings"]
    assert set(standings["systems"]) == {"base", "copy", "big"}
    assert standings["systems"]["base"]["pairs"] == standings["systems"]["copy"]["pairs"] == 12


def test_rules_stand_beside_models_and_are_called_rules(tmp_path: Path) -> None:
    folder = written(tmp_path)
    assert len(rule(folder, "reference", 0)) == 24
    rule(folder, "checks", 0)
    judges = examine_all(folder)["judges"]
    assert {name: entry["kind"] for name, entry in judges.items()} == {
        "reference": "reference",
        "checks": "checks",
    }
    assert "bias" not in judges["reference"]
    with pytest.raises(ConfigError, match="name of a rule"):
        judge(folder, Judge(house.judge(steady, "checks")), TWICE)


def test_experts_are_the_yardstick_where_they_have_ranked(tmp_path: Path) -> None:
    from caibian.evaluation.comparison import write_rankings

    folder = written(tmp_path)
    judge(folder, Judge(house.judge(steady), own="tuned"), TWICE)
    experts = [Ranking(one.id, "ann", ("big", "tuned", "base"), kind="expert") for one in examples(24)]
    write_rankings(folder, experts)
    judges = examine_all(folder)["judges"]
    assert judges["toy-judge"]["bias"]["figures"]["self_preference"]["against"] == "expert"
    assert judges["toy-judge"]["bias"]["figures"]["longer_wins_excess"]["against"] == "expert"
    assert "ann" not in judges


def test_unknown_systems_and_sets_with_nothing_to_rank_are_refused(tmp_path: Path) -> None:
    folder = written(tmp_path, 2)
    with pytest.raises(ConfigError, match="no system 'nobody'"):
        judge(folder, Judge(house.judge(steady)), TWICE, ["nobody", "base"])
    with pytest.raises(ConfigError, match="needs two systems"):
        judge(folder, Judge(house.judge(steady)), TWICE, ["base"])
    with pytest.raises(ConfigError, match="--own"):
        judge(folder, Judge(house.judge(steady), own="big"), TWICE, ["base", "tuned"])
    same = read_comparison(folder)
    dull = {s: {k: Answer("x", s, k) for k in answers} for s, answers in same.answers.items()}
    write_comparison(folder, Comparison("x", same.examples, dull))
    with pytest.raises(EmptyResult, match="nothing to rank"):
        judge(folder, Judge(house.judge(steady)), TWICE)


def test_the_command_ranks_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = written(tmp_path, 3)
    mule = 'mule=scripted:{"ranking": ["乙", "丙", "丁", "甲"]}'
    main_of(["evaluate", "judge", str(folder), "--judge", mule, "--judge", "reference", "--repeats", "2"])
    out = capsys.readouterr().out
    assert "rule: likeness to the published text" in out
    assert "too few items" in out
    found = json.loads((folder / "judging.json").read_text(encoding="utf-8"))
    assert found["judges"]["mule"]["rankings"] == 6
    assert {one.judge for one in read_rankings(folder)} == {"mule", "reference"}


def test_the_command_says_what_is_wrong_with_its_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(tmp_path, 2)
    base = ["evaluate", "judge", str(folder), "--judge", "a=scripted:x", "--judge", "b=scripted:x"]
    main_of([*base, "--own", "tuned"], 1)
    assert "JUDGE=tuned" in capsys.readouterr().err
    main_of([*base, "--systems", "base,nobody"], 1)
    assert "no system 'nobody' here; there are: base, tuned, big" in capsys.readouterr().err


def main_of(arguments: list[str], code: int = 0) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert (left.value.code or 0) == code
