"""The findings of an audit as sentences, for the page and for the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from caibian.pipeline.audit_page.view import Line, Names
from caibian.pipeline.report import numbers
from caibian.pipeline.report.words import listed, name, pair, plain

Values = dict[str, Any]  # of a wording: texts, and names in both languages


def findings(audit: Line) -> list[tuple[str, Values]]:
    """(key, values) of each sentence of the catalogue's section `audit_finding`, values as a person reads them."""
    names = Names(audit)
    labels = {
        (line["dataset"], label["label"]): pair(label["name"] or label["label"])
        for line in audit["labels"]
        for label in line["labels"]
    }
    readable: dict[str, Callable[[Line], Any]] = {
        "card": lambda one: names.card(one["card"]),
        "dataset": lambda one: names.dataset(one["dataset"]),
        "split": lambda one: name("audit_split", one["split"]),
        "check": lambda one: name("checks", one["check"]),
        "share": lambda one: numbers.scaled(one["share"], "percent"),
        "cards": lambda one: ", ".join(one["cards"]),
        "labels": lambda one: listed([labels[one["dataset"], label] for label in one["labels"]]),
    }
    return [
        (
            one["finding"],
            {
                key: readable[key](one) if key in readable else numbers.count(value)
                for key, value in one.items()
                if key != "finding"
            },
        )
        for one in audit["findings"]
    ]


def verdict(audit: Line) -> tuple[str, Values]:
    """(key, values) of the one sentence of `audit_verdict` on whether the test stands in training."""
    leakage = audit["leakage"]
    training = audit["counts"]["splits"]["train"]
    if not audit["counts"]["splits"].get("test"):
        return "untested", {}
    if not leakage["leaks"]:
        return "clean", {"ngram": leakage["ngram"]}
    of_texts = any(leakage["pairs"][0][kind]["left"] for kind in ("exact", "near"))
    return "leak" if of_texts else "runs", {
        "n": numbers.count(leakage["leaks"]),
        "share": numbers.share(leakage["leaks"], training),
        "ngram": leakage["ngram"],
    }


def summary(audit: Line, language: str) -> list[str]:
    """The verdict and the findings in one language, for the command line."""
    key, values = verdict(audit)
    return [
        plain(f"audit_verdict.{key}", language, **values),
        *(plain(f"audit_finding.{key}", language, **values) for key, values in findings(audit)),
    ]
