"""The table for people: an overview in the terminal, everything in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

HEADLINE = {"label": "macro_f1", "text": "rougeL"}  # what one line of the overview shows
_WIDE = 100  # columns of a terminal that holds two systems with their intervals
_NUMBER = 5  # characters of -12.3: a figure is never broken, its column's title may be
_TITLES = {
    "accuracy": "accuracy",
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "weighted_f1": "weighted F1",
    "mcc": "MCC",
    "invalid_rate": "invalid answers",
    "calibration_error": "calibration error",
    "accuracy_by_sum": "accuracy, by sum",
    "macro_f1_by_sum": "macro-F1, by sum",
    "rouge1": "ROUGE-1",
    "rouge2": "ROUGE-2",
    "rougeL": "ROUGE-L",
    "chrf": "chrF, mean of items",
    "chrf_corpus": "chrF, corpus",
    "bleu": "BLEU",
    "length_ratio": "length / reference",
    "tfidf": "TF-IDF linear",
    "first_sentence": "first sentence",
    "first_sentence_cut": "… cut to length",
}


def print_table(table: Mapping[str, Any], console: Console | None = None) -> None:
    """The overview: one line a dataset, figures in hundredths with their intervals.

    A difference is green where its interval lies on the better side of zero, red on the worse side.
    """
    console = console or Console()
    console.print(Text(heading(table), style="bold"))
    for kind, metric in HEADLINE.items():
        entries = [entry for entry in table["datasets"] if entry["kind"] == kind]
        if entries:
            console.print(_overview(table, entries, metric, console.width))
    for line in remarks(table):
        console.print(Text(line))


def heading(table: Mapping[str, Any]) -> str:
    """How the models were asked."""
    shots = "zero-shot" if not table["shots"] else f"{table['shots']}-shot"
    rules = (
        ", post-processing of LlamaLens (wrong forms replaced by a random label)"
        if table["llamalens"]
        else ""
    )
    return (
        f"Labels {table['way']}, {shots}{rules}; intervals of {table['confidence']:.0%}, seed {table['seed']}"
    )


def remarks(table: Mapping[str, Any]) -> Iterator[str]:
    """What a reader must not miss: missing and invalid answers, baselines that win."""
    main = table["main"]
    for entry in table["datasets"]:
        for system, own in entry["systems"].items():
            if own["missing"]:
                reason = next(iter(own["missing_reasons"]))
                yield (
                    f"{entry['dataset']}: {system} gave no answer to {own['missing']} of {entry['n']} items, which are "
                    f"left out of its figures ({reason})"
                )
            if own.get("invalid", {}).get("count"):
                yield (
                    f"{entry['dataset']}: {own['invalid']['count']} of {own['answered']} answers of {system} name no "
                    "label and count as wrong"
                )
        row = _metric(entry, HEADLINE[entry["kind"]])
        ours = row["values"][main]["value"]
        above = [
            f"{_TITLES.get(name, name)} {_number(row['values'][name]['value'])}"
            for name in entry["baselines"]
            if ours is not None and (row["values"][name]["value"] or 0) > ours
        ]
        if above:
            yield (
                f"{entry['dataset']}: simple methods are above {main} ({_number(ours)}) in {_TITLES[row['metric']]}: "
                + ", ".join(above)
            )


def _overview(
    table: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], metric: str, width: int
) -> Table:
    main, others = table["main"], [name for name in table["systems"] if name != table["main"]]
    simple = list(entries[0]["baselines"])
    # Where room is short the interval of the difference says more than that of the figure.
    figure = (lambda one: _number(one["value"])) if others and width < _WIDE else _interval
    drawn = Table(
        title=_TITLES[metric], title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )
    drawn.add_column("dataset", overflow="fold", min_width=8)
    drawn.add_column("n", justify="right", no_wrap=True)
    drawn.add_column(main, justify="right", no_wrap=True)
    for name in others:
        drawn.add_column(name, justify="right", overflow="fold", min_width=_NUMBER)
        drawn.add_column(f"{main} − {name}", justify="right", no_wrap=True)
    for name in simple:
        drawn.add_column(_TITLES.get(name, name), justify="right", overflow="fold", min_width=_NUMBER)
    for entry in entries:
        row = _metric(entry, metric)
        cells: list[Text | str] = [entry["dataset"], f"{entry['n']:,}", figure(row["values"][main])]
        for name in others:
            cells.append(_number(row["values"][name]["value"]))
            cells.append(_difference(row["differences"][name]))
        cells += [_number(row["values"].get(name, {}).get("value")) for name in simple]
        drawn.add_row(*cells)
    return drawn


def markdown(table: Mapping[str, Any]) -> str:
    """Everything of table.json that people read, as one Markdown page."""
    return "\n".join(_page(table)) + "\n"


def _page(table: Mapping[str, Any]) -> Iterator[str]:
    yield "# Task evaluation\n"
    yield f"{heading(table)}. Figures in hundredths.\n"
    for name, facts in table["systems"].items():
        known = ", ".join(f"{key} {value}" for key, value in facts.items() if key != "sha256")
        yield f"- **{name}**: {_cell(known)}"
    for line in remarks(table):
        yield f"- {_cell(line)}"
    for entry in table["datasets"]:
        yield from _section(table, entry)


def _section(table: Mapping[str, Any], entry: Mapping[str, Any]) -> Iterator[str]:
    title = _cell(f"{entry['name'].get('en', '')} {entry['name'].get('zh', '')}")
    yield f"\n## {entry['dataset']}: {title}\n"
    yield (
        f"{entry['n']:,} of {entry['test_items']:,} test items, {entry['train_items']:,} training items, "
        f"card {entry['card']}, {entry['shots']} shots.\n"
    )
    systems = [*entry["systems"], *entry["baselines"]]
    yield from _rows(
        ["", *(_TITLES.get(name, name) for name in systems)],
        (
            [
                _TITLES.get(row["metric"], row["metric"]),
                *(_interval(row["values"][name]) if name in row["values"] else "" for name in systems),
            ]
            for row in entry["metrics"]
        ),
    )
    main = table["main"]
    others = [name for name in systems if name != main]
    yield f"\nDifferences of {main} to each other, paired:\n"
    tests = entry.get("mcnemar", {})
    yield from _rows(
        ["", *(_TITLES.get(name, name) for name in others)],
        [
            *(
                [
                    _TITLES.get(row["metric"], row["metric"]),
                    *(
                        str(_difference(row["differences"][name])) if name in row["differences"] else ""
                        for name in others
                    ),
                ]
                for row in entry["metrics"]
            ),
            *(
                [["McNemar p", *(f"{tests[n]['p']:.2g}" if n in tests else "" for n in others)]]
                if tests
                else []
            ),
        ],
    )
    for system, rows in entry.get("per_class", {}).items():
        if system in entry["systems"]:
            yield f"\nEach label, {system}:\n"
            yield from _rows(
                ["label", "precision", "recall", "F1", "support"],
                (
                    [
                        _cell(entry["labels"][row["label"]]),
                        *(_interval(row[name]) for name in ("precision", "recall", "f1")),
                        f"{row['support']:,}",
                    ]
                    for row in rows
                ),
            )
    for system, own in entry["systems"].items():
        for example in own.get("invalid", {}).get("examples", ()):
            yield f"- invalid, {system}: {_cell(example['answer'])[:200]} (truth: {_cell(example['truth'])})"
    if entry["published"]:
        yield "\nPublished:\n"
        yield from _rows(
            ["system", "metric", "value", "split", "comparable", "source"],
            (
                [
                    _cell(one["system"]),
                    _TITLES.get(one["metric"], one["metric"]),
                    _number(one["value"]),
                    _cell(one["split"]),
                    ("yes: " if one["comparable"] else "not comparable: ") + _cell(one["reason"]),
                    f"{_cell(one['source'])}, {one['url']}",
                ]
                for one in entry["published"]
            ),
        )


def _rows(head: Sequence[str], rows: Any) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _cell(text: str) -> str:
    """Text of others inside a Markdown table: on one line, nothing in it a mark."""
    flat = " ".join(text.split())
    return "".join("\\" + c if c in "\\|`*_[]<>#" else c for c in flat)


def _metric(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(row for row in entry["metrics"] if row["metric"] == name)
    return found


def _number(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _interval(figure: Mapping[str, float | None]) -> str:
    if figure["value"] is None:
        return "–"
    return f"{_number(figure['value'])} [{_number(figure['low'])}, {_number(figure['high'])}]"


def _difference(figure: Mapping[str, float | None], better: str | None = "higher") -> Text:
    value, low, high = (figure[end] for end in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return Text("–")
    text = f"{100 * value:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
    if better is None or low <= 0 <= high:
        return Text(text)
    return Text(text, style="green" if (low > 0) == (better == "higher") else "red")
