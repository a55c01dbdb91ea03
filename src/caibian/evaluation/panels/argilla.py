"""Panels in Argilla 2: datasets on disk out, records with responses back.

Layouts of the Argilla Python SDK 2.8: `rg.Dataset.from_disk` reads what is written here; read back are the JSON of
`dataset.records.to_json`, of `dataset.records.to_list(flatten=True)` and of the server's API.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from caibian.api.panel import SKIP_REASONS
from caibian.errors import InputError
from caibian.evaluation.comparison import Comparison
from caibian.evaluation.panels.intake import NO_REASON, Imported, Intake, skip_reason
from caibian.evaluation.panels.key import Key, Shown, shown
from caibian.files import write_json

_RANKING, _SKIP, _COMMENT = "ranking", "skip", "comment"
_MOST_OPTIONS = 50  # of a ranking question, set by Argilla's server
_GUIDELINES = (
    "请按质量从高到低为各个回答排序，每个名次只放一个回答；无法排序时选择原因并放弃该条（Discard）。\n\n"
    "Rank the answers from best to worst, one answer a place. If you cannot rank, say why and discard the record."
)


class _Said(NamedTuple):
    """One user's response to one record."""

    user: str
    status: str | None
    values: dict[str, Any]


def export_argilla(comparison: Comparison, key: Key, folder: Path) -> list[Path]:
    """Write a dataset folder for each number of answers, `answers-5`, for `rg.Dataset.from_disk`.

    A ranking question has the same options for all records of a dataset, hence a dataset for each number.

    Raises:
        InputError: items have more answers than Argilla can rank.
    """
    by_size: dict[int, list[Shown]] = defaultdict(list)
    for item in shown(comparison, key):
        by_size[len(item.answers)].append(item)
    if (most := max(by_size, default=0)) > _MOST_OPTIONS:
        raise InputError(
            f"{comparison.name}: {most} answers to an item; Argilla ranks {_MOST_OPTIONS} at most"
        )
    written = []
    for size, items in sorted(by_size.items()):
        place = folder / f"answers-{size}"
        write_json(place / "dataset.json", _dataset(f"{comparison.name}-{size}"))
        write_json(place / "settings.json", _settings(list(items[0].answers)))
        write_json(place / "records.json", [_record(item) for item in items])
        written.append(place)
    return written


def import_argilla(
    file: Path, key: Key, *, raters: Mapping[str, str] | Collection[str] | None = None
) -> Imported:
    """Read rankings back. Submitted responses are rankings, discarded ones abstentions, drafts not finished.

    The rater is the user's UUID; `raters` maps it to a name. Records of `to_json` bear no status: their responses are
    taken as submitted, and a note says how many; export by `to_list(flatten=True)` to keep the status.

    Raises:
        InputError: the file holds no records.
    """
    intake = Intake(key, file, raters)
    unknown = 0
    for number, record in enumerate(_records(file), 1):
        where = f"record {number}"
        try:
            item, responses = str(record.get("external_id") or record["id"]), list(_responses(record))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            intake.refuse(where, "unreadable_record", f"{type(error).__name__}: {error}")
            continue
        intake.unfinished += not responses
        for place, said in enumerate(responses, 1):
            unknown += said.status is None
            _response(intake, f"{where}, response {place}", item, said)
    if unknown:
        intake.notes.append(
            f"{file.name}: {unknown:,} responses bear no status (records.to_json leaves it out) and are taken as "
            "submitted; export json of records.to_list(flatten=True) to tell drafts and discarded ones"
        )
    return intake.result()


def _response(intake: Intake, where: str, item: str, said: _Said) -> None:
    if said.status == "draft":
        intake.unfinished += 1
        return
    reason, comment = said.values.get(_SKIP), said.values.get(_COMMENT)
    abstained = None
    if reason:
        abstained, _ = skip_reason(str(reason))
    elif said.status == "discarded":
        abstained = NO_REASON
    order: list[str] = []
    if abstained is None:
        try:
            order, ranks = _order(said.values.get(_RANKING))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            intake.refuse(where, "unreadable_response", f"{type(error).__name__}: {error}")
            return
        if len(set(ranks)) < len(ranks):
            intake.refuse(where, "tied_places", f"places {ranks}; give each answer a place of its own")
            return
    intake.take(where, item, said.user, order, abstained=abstained, comment=str(comment) if comment else None)


def _order(value: Any) -> tuple[list[str], list[int]]:
    """Letters, best first, and the places they were given, where the response tells them."""
    if not value:
        return [], []
    if all(isinstance(one, str) for one in value):
        return list(value), []
    if all(one.get("rank") is not None for one in value):
        value = sorted(value, key=lambda one: int(one["rank"]))
    return [str(one["value"]) for one in value], [
        int(one["rank"]) for one in value if one.get("rank") is not None
    ]


def _responses(record: Mapping[str, Any]) -> Iterator[_Said]:
    """The responses of a record, user by user, in any of the three layouts."""
    nested = record.get("responses")
    if isinstance(nested, list):  # the server's: one object a user
        for one in nested:
            values = {name: answer.get("value") for name, answer in (one.get("values") or {}).items()}
            yield _Said(str(one["user_id"]), one.get("status"), values)
        return
    by_user: dict[str, _Said] = {}
    for question, user, status, value in _nested(nested) if isinstance(nested, dict) else _flat(record):
        said = by_user.setdefault(user, _Said(user, status, {}))
        said.values[question] = value
    yield from by_user.values()


def _nested(responses: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None, Any]]:
    for question, given in responses.items():
        for one in given:
            yield question, str(one["user_id"]), one.get("status"), one["value"]


def _flat(record: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None, Any]]:
    for question in (_RANKING, _SKIP, _COMMENT):
        values = record.get(f"{question}.responses") or []
        users = record.get(f"{question}.responses.users") or []
        status = record.get(f"{question}.responses.status") or [None] * len(values)
        for value, user, state in zip(values, users, status, strict=True):
            yield question, str(user), state, value


def _records(file: Path) -> list[Any]:
    try:
        records = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: not a readable JSON file ({error})") from error
    if isinstance(records, dict):
        records = records.get("items", records.get("records"))
    if not isinstance(records, list):
        raise InputError(f"{file}: no list of records; write json of dataset.records.to_list(flatten=True)")
    return records


def _record(item: Shown) -> dict[str, Any]:
    example = item.example
    return {
        "id": example.id,
        "fields": {
            "instruction": example.instruction,
            "input": example.input or "–",  # a field may not be empty
            **{_field(letter): text or "（空 empty）" for letter, text in item.answers.items()},
        },
        "metadata": {"card": example.card, "language": example.language},
        "suggestions": {},
        "responses": {},
        "vectors": {},
    }


def _field(letter: str) -> str:
    return f"answer_{letter.lower()}"  # names are lower case there


def _dataset(name: str) -> dict[str, Any]:
    plain = re.sub(r"[^a-zA-Z0-9_-]+", "-", name).strip("-_")  # the server takes no other characters
    return {
        "name": f"caibian-{plain}",
        "status": "draft",
        "guidelines": _GUIDELINES,
        "allow_extra_metadata": True,
    }


def _settings(letters: list[str]) -> dict[str, Any]:
    fields = {"instruction": "任务 Instruction", "input": "材料 Input"} | {
        _field(letter): letter for letter in letters
    }
    return {
        "guidelines": _GUIDELINES,
        "fields": [
            _named(name, title, {"type": "text", "use_markdown": False}) for name, title in fields.items()
        ],
        "questions": [
            _named(_RANKING, "排序 Ranking", {"type": "ranking", "options": _options(letters)}),
            _named(
                _SKIP,
                "无法排序的原因 Why you cannot rank",
                {"type": "label_selection", "options": _options(SKIP_REASONS), "visible_options": None},
                required=False,
            ),
            _named(_COMMENT, "备注 Comment", {"type": "text", "use_markdown": False}, required=False),
        ],
        "vectors": [],
        "metadata": [],
        "allow_extra_metadata": True,
        "distribution": {"strategy": "overlap", "min_submitted": 1},
        "mapping": None,
    }


def _named(name: str, title: str, settings: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    kind = settings["type"]
    return {
        "name": name,
        "title": title,
        "description": None,
        "required": required,
        "settings": settings,
        "type": kind,
    }


def _options(values: Collection[str]) -> list[dict[str, str]]:
    return [{"value": value, "text": value} for value in values]
