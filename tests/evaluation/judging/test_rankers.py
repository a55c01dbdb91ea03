"""Rules rank by likeness and by checks, say what they are, and make no pair of what they cannot tell apart."""

from __future__ import annotations

import dataclasses

from caibian.evaluation.comparison import Comparison
from caibian.evaluation.judging.lineup import lineups
from caibian.evaluation.judging.rankers import likeness, rank_by_rule, soundness, untied
from caibian.progress import Progress
from caibian.records import Answer, Ranking
from caibian.tasks import card
from tests.evaluation.support import headline, sentiment

QUIET = Progress("silent")
CARD = card("headline.news")


def ranked(rule: str, **answers: str) -> list[Ranking]:
    example = headline(0)
    said = {system: {example.id: Answer(text, system, example.id)} for system, text in answers.items()}
    given = lineups(Comparison("x", (example,), said), list(answers), 0)
    return rank_by_rule(rule, given, QUIET)


def test_the_reference_ranker_puts_the_likest_first_and_says_what_it_is() -> None:
    found = ranked(
        "reference", far="市民纷纷前来借阅", near="青岭市图书馆开馆藏书很多", same=headline(0).output
    )
    assert [one.order for one in found] == [("same", "near", "far")]
    assert (found[0].judge, found[0].kind, found[0].shown) == ("reference", "reference", ())


def test_the_checks_ranker_sees_lost_facts_invented_facts_and_broken_limits() -> None:
    example = headline(0)
    good = soundness(CARD, example, "青岭市图书馆开馆藏书110万册")
    lost = soundness(CARD, example, "青岭市图书馆开馆")
    invented = soundness(CARD, example, "青岭市图书馆开馆藏书980万册")
    long = soundness(CARD, example, "青岭市图书馆开馆藏书110万册\n" * 9)
    assert good > lost > invented
    assert good > long
    assert soundness(CARD, example, "") < invented


def test_labels_are_right_or_wrong_whatever_their_wording_looks_like() -> None:
    one = card("sentiment.news")
    assert likeness(one, sentiment(0), "这条新闻是正面的") == 1
    assert likeness(one, sentiment(0), "负面") == 0
    assert soundness(one, sentiment(0), "正面") > soundness(one, sentiment(0), "说不好")


def test_tied_answers_are_each_ranked_but_never_against_each_other() -> None:
    orders = untied({"a": 1.0, "b": 0.5, "c": 0.5, "d": 0.5, "e": 0.0, "f": 0.0})
    assert {system for order in orders for system in order} == set("abcdef")
    tied = [set("bcd"), set("ef")]
    assert all(len(set(order) & group) == 1 for order in orders for group in tied)
    assert all(order[0] == "a" for order in orders)
    assert untied({"a": 0.3, "b": 0.3}) == []


def test_a_rule_that_tells_no_two_answers_apart_abstains() -> None:
    found = ranked("checks", one="青岭市图书馆开馆", two="青岭市图书馆 开馆了")
    assert [(one.order, one.abstained) for one in found] == [((), "all_tied")]


def test_an_item_on_which_all_systems_say_the_same_is_not_ranked() -> None:
    assert ranked("reference", one="一样", two="一样", three="") == []


def test_markup_and_very_long_answers_are_just_text() -> None:
    example = dataclasses.replace(headline(0), output="青岭市图书馆开馆")
    for text in ("<script>alert('x')</script>", "长" * 100_000):
        assert 0 <= likeness(CARD, example, text) < 0.5
