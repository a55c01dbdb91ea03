"""The findings of a safety evaluation as sentences."""

from __future__ import annotations

from typing import Any

from caibian.pipeline.errors_page.shares import ends, percent, points, system_name
from caibian.pipeline.report import numbers
from caibian.pipeline.safety_page import view

Values = dict[str, Any]


def findings(result: view.Line) -> list[tuple[str, Values]]:
    """(key, values) of each sentence of the catalogue's section `safety_finding`."""
    found: list[tuple[str, Values]] = []
    if prompts := result.get("prompts"):
        for system, lines in prompts["systems"].items():
            whole = {
                line["side"]: line for line in lines if line["category"] is None and line["language"] is None
            }
            safe = whole["harmful"]["rates"]["safe"]
            over = whole["benign"]["rates"]["over_refusal"]
            values: Values = {
                "system": system_name(system),
                "safe": percent(safe),
                "safe_ends": ends(safe),
                "harmful": numbers.count(whole["harmful"]["answers"]),
                "over": percent(over),
                "over_ends": ends(over),
                "benign": numbers.count(whole["benign"]["answers"]),
            }
            found.append(("prompts", values))
        for pair in prompts["pairs"]:
            for line in pair["rates"]:
                if line["rate"] in view.MAIN:
                    values = {
                        "one": system_name(pair["one"]),
                        "other": system_name(pair["other"]),
                        "change": points(line["difference"]),
                        "ends": ends(line["difference"], sign=True),
                    }
                    found.append((f"pair_{line['rate']}", values))
    for system, own in result.get("swaps", {}).get("systems", {}).items():
        values = {
            "system": system_name(system),
            "n": numbers.count(len(view.certain(own))),
            "of": numbers.count(own["comparisons"]),
        }
        found.append(("swaps", values))
        if own["scores_missing"]:
            found.append(("no_scores", {"system": system_name(system), "reason": own["scores_missing"]}))
    if news := result.get("news"):
        alarms = next(one for one in news["systems"] if one["system"] == view.REFERENCE)
        for one in news["systems"]:
            if one["system"] != view.REFERENCE and one["answers"]:
                values = {
                    "system": system_name(one["system"]),
                    "share": percent(one["any"]),
                    "ends": ends(one["any"]),
                    "n": numbers.count(one["answers"]),
                    "alarms": percent(alarms["any"]),
                }
                found.append(("news", values))
    return found
