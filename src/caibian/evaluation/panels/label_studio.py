"""Panels in Label Studio: tasks and a labelling configuration out, its JSON export back.

Layouts as documented for Label Studio 1.x: tags Ranker and List, the task format, and the JSON export; read against
label-studio-sdk 2.1.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from caibian.api.panel import SKIP_REASONS
from caibian.errors import InputError
from caibian.evaluation.comparison import Comparison
from caibian.evaluation.panels.intake import NO_REASON, Imported, Intake, skip_reason
from caibian.evaluation.panels.key import Key, shown
from caibian.files import write_json, write_text

_RANKING, _SKIP, _COMMENT, _ANSWERS, _INPUT = "ranking", "skip", "comment", "answers", "input"


def export_label_studio(comparison: Comparison, key: Key, folder: Path) -> list[Path]:
    """Write `tasks.json`, to be imported into a project, and `config.xml`, its labelling configuration.

    Answers stand under letters in the order of the key; text is shown as text.
    """
    tasks = [
        {
            "data": {
                "item": item.example.id,
                "card": item.example.card,
                "language": item.example.language,
                "instruction": item.example.instruction,
                _INPUT: item.example.input,
                _ANSWERS: [
                    {"id": letter, "title": letter, "body": text} for letter, text in item.answers.items()
                ],
            }
        }
        for item in shown(comparison, key)
    ]
    written = [folder / "tasks.json", folder / "config.xml"]
    write_json(written[0], tasks)
    write_text(written[1], config())
    return written


def config() -> str:
    """The labelling configuration: instruction and input, answers to be dragged into order, skip and comment."""
    view = ElementTree.Element("View")

    def add(tag: str, **attributes: str) -> ElementTree.Element:
        return ElementTree.SubElement(view, tag, attributes)

    add("Header", value="任务 Task")
    add("Text", name="instruction", value="$instruction")
    add("Text", name=_INPUT, value=f"${_INPUT}")
    add(
        "List",
        name=_ANSWERS,
        value=f"${_ANSWERS}",
        title="拖动回答，最好的放在最上面 Drag the answers, best on top",
    )
    add("Ranker", name=_RANKING, toName=_ANSWERS)
    add("Header", value="无法排序时请选择原因 If you cannot rank, say why")
    choices = add("Choices", name=_SKIP, toName=_INPUT, choice="single-radio", required="false")
    for reason in SKIP_REASONS:
        ElementTree.SubElement(choices, "Choice", value=reason)
    add("Header", value="备注 Comment")
    add("TextArea", name=_COMMENT, toName=_INPUT, required="false", maxSubmissions="1", rows="2")
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def import_label_studio(
    file: Path, key: Key, *, raters: Mapping[str, str] | Collection[str] | None = None
) -> Imported:
    """Read rankings back from a project's export in the format JSON.

    An annotation that was skipped, or in which a reason was chosen, is an abstention; drafts are not finished. The
    rater is the annotator's e-mail address where the export has it, else the number; `raters` may name either.

    Raises:
        InputError: the file is not such an export.
    """
    intake = Intake(key, file, raters)
    for number, task in enumerate(_tasks(file), 1):
        where = f"task {number}"
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict) or "item" not in task["data"]:
            intake.refuse(where, "unreadable_task", "no data.item; import the tasks.json that was exported")
            continue
        annotations = task.get("annotations")
        if not isinstance(annotations, list):
            intake.refuse(where, "unreadable_task", "no list of annotations; export in the format JSON")
            continue
        drafts = task.get("drafts")
        intake.unfinished += len(drafts) if isinstance(drafts, list) else 0
        intake.unfinished += not annotations and not drafts
        for place, annotation in enumerate(annotations, 1):
            _annotation(intake, f"{where}, annotation {place}", str(task["data"]["item"]), annotation)
    return intake.result()


def _annotation(intake: Intake, where: str, item: str, annotation: Any) -> None:
    try:
        results = {one["from_name"]: one["value"] for one in annotation.get("result") or ()}
        rater = _rater(annotation.get("completed_by"), intake.raters)
        ranked = results[_RANKING]["ranker"] if _RANKING in results else None
        if isinstance(ranked, dict):  # under the tag's name; older versions give the list itself
            ranked = ranked.get(_RANKING, next(iter(ranked.values()), None))
        chosen = results[_SKIP]["choices"] if _SKIP in results else []
        words = results[_COMMENT]["text"] if _COMMENT in results else []
        comment = "\n".join([words] if isinstance(words, str) else words) or None
        order = [str(letter) for letter in ranked] if ranked is not None else None
        seconds = float(annotation.get("lead_time") or 0)
        at = _time(annotation.get("updated_at") or annotation.get("created_at"))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        intake.refuse(where, "unreadable_annotation", f"{type(error).__name__}: {error}")
        return
    abstained = None
    if chosen:
        abstained, _ = skip_reason(str(chosen[0]))
    elif annotation.get("was_cancelled"):
        abstained = NO_REASON
    if abstained is None and order is None:
        intake.refuse(where, "no_ranking", "submitted without an order; drag the answers before submitting")
        return
    intake.take(where, item, rater, order or (), abstained=abstained, comment=comment, seconds=seconds, at=at)


def _rater(said: Any, raters: Mapping[str, str] | Collection[str] | None) -> str:
    """The annotator: a number, or with details, of which the one that `raters` knows counts, else the e-mail."""
    if not isinstance(said, dict):
        return "" if said is None else str(said)
    names = [str(said[name]) for name in ("email", "id") if said.get(name) is not None]
    return next((name for name in names if raters is not None and name in raters), names[0] if names else "")


def _time(said: Any) -> datetime | None:
    at = datetime.fromisoformat(str(said)) if said else None
    return at.astimezone() if at is not None and at.tzinfo is None else at


def _tasks(file: Path) -> list[Any]:
    try:
        tasks = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: not a readable JSON file ({error})") from error
    if not isinstance(tasks, list):
        raise InputError(f"{file}: not an export of Label Studio; choose the format JSON when exporting")
    if tasks and all(isinstance(task, dict) and "annotator" in task and "data" not in task for task in tasks):
        raise InputError(f"{file}: this is JSON-MIN, which tells no skipped task; choose the format JSON")
    return tasks
