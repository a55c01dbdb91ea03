"""`Sheet`: a table to print, and how it is written as Markdown and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

LANGUAGES = {"zh": "Chinese", "en": "English", "ar": "Arabic", "hi": "Hindi"}
"""What printed tables call the languages."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "^": r"\textasciicircum{}",
    "_": r"\_", "~": r"\textasciitilde{}", "%": r"\%", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "[": "{[}", "]": "{]}", "*": "{*}", '"': r"\textquotedbl{}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure with its interval, both as they are to be read."""

    value: str
    interval: str = ""
    best: bool = False  # ahead of every other system of its row, with paired intervals that exclude a draw
    struck: bool = False  # not comparable, or from an unfit judge


@dataclass
class Sheet:
    """One table: a row for each part of the items or metric, a column for each system."""

    title: str
    head: list[str]  # of all columns, that of the rows first
    rows: list[tuple[str, list[Cell | None]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def as_markdown(sheets: Sequence[Sheet]) -> str:
    """The sheets as Markdown tables (GitHub's)."""
    parts = []
    for sheet in sheets:
        lines = [f"## {_md(sheet.title)}", ""]
        lines.append("| " + " | ".join(_md(name) for name in sheet.head) + " |")
        lines.append("| " + " | ".join(["---"] + ["---:"] * (len(sheet.head) - 1)) + " |")
        for label, cells in sheet.rows:
            lines.append("| " + " | ".join([_md(label), *(_md_cell(cell) for cell in cells)]) + " |")
        lines += ["", *(_md(note) + "\n" for note in sheet.notes)]
        parts.append("\n".join(lines))
    return "\n".join(parts)


def as_latex(sheets: Sequence[Sheet]) -> str:
    r"""The sheets as LaTeX tables; they need `\usepackage{booktabs}`, and for Chinese names `ctex` or XeLaTeX."""
    parts = ["% needs \\usepackage{booktabs}"]
    for sheet in sheets:
        columns = "l" + "r" * (len(sheet.head) - 1)
        body = [
            " & ".join([latex(label), *(_latex_cell(cell) for cell in cells)]) + r" \\"
            for label, cells in sheet.rows
        ]
        parts.append(
            "\n".join(
                [
                    r"\begin{table}",
                    r"\centering",
                    rf"\caption{{{latex(sheet.title)}}}",
                    rf"\begin{{tabular}}{{{columns}}}",
                    r"\toprule",
                    " & ".join(latex(name) for name in sheet.head) + r" \\",
                    r"\midrule",
                    *body,
                    r"\bottomrule",
                    r"\end{tabular}",
                    *(rf"\par\footnotesize {latex(note)}" for note in sheet.notes),
                    r"\end{table}",
                ]
            )
        )
    return "\n\n".join(parts) + "\n"


def latex(text: str) -> str:
    """Text as LaTeX shows it."""
    return "".join(_LATEX.get(character, character) for character in " ".join(text.split()))


def _md(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _md_cell(cell: Cell | None) -> str:
    if cell is None:
        return "–"
    value = f"**{cell.value}**" if cell.best else f"~~{cell.value}~~" if cell.struck else cell.value
    return f"{value} {cell.interval}".strip()


def _latex_cell(cell: Cell | None) -> str:
    if cell is None:
        return "--"
    value = latex(cell.value)
    value = rf"\textbf{{{value}}}" if cell.best else rf"\textit{{{value}}}" if cell.struck else value
    # Outside a group a bracket after \\ would be read as its argument.
    return f"{value} {{\\footnotesize {latex(cell.interval)}}}" if cell.interval else value
