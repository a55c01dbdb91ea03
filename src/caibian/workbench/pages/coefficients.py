"""The agreement report as a page shows it: coefficients with their intervals, by card, expert and judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from caibian.api.panel import PanelProgress
from caibian.workbench.figures import Interval, axis, decimal, draw, scale
from caibian.workbench.kit import Tag, heads
from caibian.workbench.visit import Visit

_COEFFICIENTS = ("alpha", "kendall_w", "spearman", "tau", "agreement", "kappa", "kappa_marginal")
_MARKS = {"alpha": (0.0, 0.667, 0.8)}  # Krippendorff's limits for tentative and for firm conclusions
_CHANCE_HALF = (0.5,)

Report = Mapping[str, Any]


def draw_report(visit: Visit, found: PanelProgress, report: Report) -> None:
    """All parts of the report that have something to show."""
    words, items = visit.words, report["items"]
    overall = report["experts"]["overall"]
    with Tag("section", "", "report-part"):
        Tag("h2", words("agreement.among"))
        if not overall["items"]:
            Tag("p", words("agreement.not_yet"), "notice warn")
            return
        confidence = f"{100 * report['confidence']:g} %"
        Tag(
            "p",
            words(
                "agreement.among_text",
                confidence=confidence,
                **{name: overall[name] for name in ("items", "raters", "rankings")},
            ),
            "soft",
        )
        _coefficients(visit, overall)
        Tag("p", words("agreement.items_ranked", ranked=items["ranked"], shared=items["shared"]), "soft")
        _left_out(visit, report["left_out"])
    cards = {
        item.card: words.either(item.card_name_zh, item.card_name_en) or item.card for item in found.items
    }
    _by_card(visit, report["experts"]["cards"], cards)
    display = {expert.name: expert.display for expert in found.experts}
    _by_expert(visit, report["experts"]["raters"], display)
    if report["judges"]:
        _by_judge(visit, report["judges"])
    _disputed(visit, found, report["adjudicate"], cards)


def _coefficients(visit: Visit, block: Report) -> None:
    words = visit.words
    found = {name: Interval.of(block.get(name)) for name in _COEFFICIENTS}
    with Tag("div", "", "scroller"), Tag("table", "", "table coefficients"):
        on = scale(found.values(), ())
        heads(words("agreement.measure"), lambda: axis(words("agreement.value"), on))
        with Tag("tbody"):
            for name, one in found.items():
                with Tag("tr", "", data_coefficient=name):
                    with Tag("th", scope="row"):
                        Tag("span", words(f"agreement.{name}"))
                        chance = block.get("kendall_w_chance")
                        values = (
                            {"chance": "–" if chance is None else decimal(chance)}
                            if name == "kendall_w"
                            else {}
                        )
                        Tag("small", words(f"agreement.{name}_means", **values), "soft")
                    with Tag("td", "", "cell-interval"):
                        marks = _MARKS.get(name, _CHANCE_HALF if name == "agreement" else (0.0,))
                        draw(one, replace(on, marks=marks), words("agreement.undefined"))


def _by_card(visit: Visit, blocks: Mapping[str, Report], names: Mapping[str, str]) -> None:
    if len(blocks) < 2:
        return
    words = visit.words
    found = {card: _of_several(block) for card, block in blocks.items()}
    on = scale(found.values(), _MARKS["alpha"])
    with Tag("section", "", "report-part"):
        Tag("h2", words("agreement.cards"))
        with Tag("div", "", "scroller"), Tag("table", "", "table"):
            heads(
                words("agreement.card"),
                words("agreement.shared"),
                lambda: axis(words("agreement.alpha"), on),
                numeric=(1,),
            )
            with Tag("tbody"):
                for card, one in found.items():
                    with Tag("tr", "", data_card=card):
                        Tag("th", names.get(card, card), scope="row")
                        Tag("td", str(blocks[card]["items"]), "number", data_label=words("agreement.shared"))
                        with Tag("td", "", "cell-interval"):
                            draw(one, on, words("agreement.undefined"))


def _of_several(block: Report) -> Interval | None:
    """The alpha of a block; one item alone has no interval."""
    one = Interval.of(block["alpha"])
    return Interval(one.value, None, None) if one and block["items"] < 2 else one


def _by_expert(visit: Visit, blocks: Mapping[str, Report], display: Mapping[str, str]) -> None:
    words = visit.words
    found = {rater: Interval.of(block["accuracy"]) for rater, block in blocks.items()}
    on = scale(found.values(), _CHANCE_HALF)
    with Tag("section", "", "report-part"):
        Tag("h2", words("agreement.raters"))
        Tag("p", words("agreement.raters_text"), "soft")
        with Tag("div", "", "scroller"), Tag("table", "", "table"):
            heads(
                words("agreement.expert"),
                words("agreement.shared"),
                lambda: axis(words("agreement.accuracy"), on),
                words("agreement.kappa"),
                numeric=(1,),
            )
            with Tag("tbody"):
                for rater, one in found.items():
                    kappa = Interval.of(blocks[rater]["kappa"])
                    with Tag("tr", "", data_rater=rater):
                        Tag("th", display.get(rater, rater), scope="row")
                        Tag(
                            "td", str(blocks[rater]["shared"]), "number", data_label=words("agreement.shared")
                        )
                        with Tag("td", "", "cell-interval"):
                            draw(one, on, words("agreement.undefined"))
                        text = "–" if kappa is None else str(kappa)
                        Tag("td", text, "number", data_label=words("agreement.kappa"))


def _by_judge(visit: Visit, blocks: Mapping[str, Report]) -> None:
    words = visit.words
    found = {judge: Interval.of(block["accuracy"]) for judge, block in blocks.items()}
    on = scale(found.values(), _CHANCE_HALF)
    with Tag("section", "", "report-part"):
        Tag("h2", words("agreement.judges"))
        Tag("p", words("agreement.judges_text"), "soft")
        with Tag("div", "", "scroller"), Tag("table", "", "table"):
            heads(
                words("agreement.judge"),
                words("agreement.judged_items"),
                words("agreement.abstained"),
                lambda: axis(words("agreement.accuracy"), on),
                numeric=(1, 2),
            )
            with Tag("tbody"):
                for judge, one in found.items():
                    block = blocks[judge]
                    with Tag("tr", "", data_judge=judge):
                        with Tag("th", scope="row"):
                            Tag("span", judge)
                            Tag("span", words(f"agreement.kind_{block['kind']}"), "tag")
                            _in_place(visit, block)
                        Tag("td", str(block["items"]), "number", data_label=words("agreement.judged_items"))
                        Tag("td", str(block["abstained"]), "number", data_label=words("agreement.abstained"))
                        with Tag("td", "", "cell-interval"):
                            draw(one, on, words("agreement.undefined"))


def _in_place(visit: Visit, block: Report) -> None:
    """The fair comparison: the judge in an expert's place, and that expert, against the same votes."""
    judge, expert = (Interval.of(block.get(name)) for name in ("accuracy_in_place", "expert_accuracy"))
    if judge is not None and expert is not None:
        text = visit.words("agreement.in_place", judge=decimal(judge.value), expert=decimal(expert.value))
        Tag("small", text, "soft")


def _left_out(visit: Visit, left_out: Mapping[str, int]) -> None:
    words = visit.words
    counted = [f"{words(f'agreement.{reason}')} {n}" for reason, n in left_out.items() if n]
    if counted:
        Tag("p", f"{words('agreement.left_out')}: {' · '.join(counted)}", "soft")


def _disputed(visit: Visit, found: PanelProgress, items: list[Report], cards: Mapping[str, str]) -> None:
    words = visit.words
    with Tag("section", "", "report-part"):
        Tag("h2", words("agreement.disputed"))
        if not items:
            Tag("p", words("agreement.disputed_none"), "soft")
            return
        Tag("p", words("agreement.disputed_text"), "soft")
        most = max(float(item["disagreement"]) for item in items) or 1.0
        with Tag("div", "", "scroller"), Tag("table", "", "table"):
            heads(words("agreement.item"), words("agreement.card"), words("agreement.disagreement"))
            with Tag("tbody"):
                for item in items:
                    id, much = str(item["example_id"]), float(item["disagreement"])
                    with Tag("tr", "", data_item=id):
                        with Tag("td"):
                            Tag("a", id, href=item_address(found.id, id))
                        Tag("td", cards.get(item["card"], item["card"] or "–"))
                        with Tag("td"), Tag("div", "", "interval"):
                            with Tag("div", "", "bar", aria_hidden="true"):
                                Tag("i").style(f"width: {100 * much / most:.1f}%")
                            Tag("b", decimal(much), "interval-text")


def item_address(panel: str, example_id: str) -> str:
    """Where the rankings of one item are shown."""
    return f"/panels/{quote(panel, safe='')}/agreement/{quote(example_id, safe='')}"
