"""Rankings as CSV, a row an item and rater, for a spreadsheet: export, fill in, read back."""

from __future__ import annotations

import csv
import io
import re
import sys
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from caibian.errors import InputError
from caibian.evaluation.comparison import Comparison
from caibian.evaluation.panels.intake import Imported, Intake, merged, skip_reason
from caibian.evaluation.panels.key import Key, shown
from caibian.files import write_bytes
from caibian.records import Ranking

_BEFORE = ("item", "rater", "card", "language", "instruction", "input")
_AFTER = ("ranking", "skip", "violations", "comment", "seconds", "at")
_NEEDED = ("item", "rater", "ranking")
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV Injection); full width counts in Asian locales.
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_BETWEEN = re.compile(r"[\s>＞,，、;；|/]+")


def export_csv(
    comparison: Comparison,
    key: Key,
    folder: Path,
    *,
    raters: Sequence[str] = (),
    rankings: Sequence[Ranking] = (),
    bom: bool = True,
) -> list[Path]:
    """Write one CSV file a rater, `NAME.csv`, with all items of the key; without raters, one `ranking.csv`.

    Experts write the letters of the answers into `ranking`, best first, as `B > A > C`, or a reason into `skip`.

    Args:
        rankings: what raters have said already, filled in; raters that only stand here get a file too.
        bom: begin with a byte order mark, without which Excel takes UTF-8 for another encoding.
    """
    said = {(one.judge, one.example_id): one for one in rankings if one.kind == "expert"}
    names = list(dict.fromkeys((*raters, *(judge for judge, _ in said)))) or [""]
    items = shown(comparison, key)
    most = max((item.answers for item in items), key=len, default={})
    header = (*_BEFORE, "answers", *most, *_AFTER)
    written = []
    for name in names:
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(header)
        for item in items:
            example = item.example
            cells = (example.id, name, example.card, example.language, example.instruction, example.input)
            answers = (item.answers.get(letter, "") for letter in most)
            given = _given(said.get((name, example.id)), key.items[example.id])
            writer.writerow(map(escape, (*cells, " ".join(item.answers), *answers, *given)))
        path = folder / f"{_file_name(name)}.csv"
        write_bytes(path, text.getvalue().encode("utf-8-sig" if bom else "utf-8"))
        written.append(path)
    return written


def import_csv(
    files: Path | Sequence[Path], key: Key, *, raters: Mapping[str, str] | Collection[str] | None = None
) -> Imported:
    """Read rankings back from CSV files: UTF-8 with or without mark, or GB 18030, as a Chinese Excel saves it;
    separated by comma, semicolon or tab.

    Raises:
        InputError: a file is not there, or its header lacks a column.
    """
    paths = [files] if isinstance(files, Path) else files
    return merged([_read(path, key, raters) for path in paths])


def escape(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe before it where it begins like one."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unescape(cell: str) -> str:
    """The cell as it was before `escape`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _given(ranking: Ranking | None, known: Mapping[str, str]) -> tuple[str, ...]:
    if ranking is None:
        return ("",) * len(_AFTER)
    letter = {system: letter for letter, system in known.items()}
    violations = "; ".join(
        f"{letter[system]}: {', '.join(broken)}"
        for system, broken in ranking.violations.items()
        if system in letter
    )
    return (
        " > ".join(letter[system] for system in ranking.order if system in letter),
        ranking.abstained or "",
        violations,
        ranking.comment or "",
        repr(ranking.seconds) if ranking.seconds else "",
        ranking.at.isoformat() if ranking.at else "",
    )


def _read(path: Path, key: Key, raters: Mapping[str, str] | Collection[str] | None) -> Imported:
    intake = Intake(key, path, raters)
    text = _decoded(path)
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    with _any_cell_size():
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        header = [cell.strip().lower() for cell in next(rows, [])]
        if lacking := [name for name in _NEEDED if name not in header]:
            raise InputError(
                f"{path}, line 1: no column {', '.join(lacking)}; keep the header of the file that was exported"
            )
        line = rows.line_num + 1
        for row in rows:
            if any(cell.strip() for cell in row):
                _row(intake, f"line {line}", dict(zip(header, map(unescape, row), strict=False)))
            line = rows.line_num + 1
    return intake.result()


def _row(intake: Intake, where: str, row: Mapping[str, str]) -> None:
    item, rater = row["item"], row.get("rater", "")
    ranking, skip = row.get("ranking", "").strip(), row.get("skip", "").strip()
    comment = row.get("comment") or None
    if not ranking and not skip:
        intake.unfinished += 1
        return
    if ranking and skip:
        intake.refuse(
            where, "ranked_and_skipped", f"ranking {ranking!r} and skip {skip!r}; empty one of the two"
        )
        return
    try:
        seconds = float(row.get("seconds") or 0)
        at = datetime.fromisoformat(row["at"]) if row.get("at") else None
        violations = _violations(row.get("violations", ""))
    except ValueError as error:
        intake.refuse(where, "unreadable_cell", str(error))
        return
    abstained = None
    if skip:
        abstained, words = skip_reason(skip)
        comment = "\n".join(part for part in (words, comment) if part) or None
    known = intake.key.items.get(item, {})
    intake.take(
        where,
        item,
        rater,
        order=_order(ranking, known),
        abstained=abstained,
        violations=violations,
        comment=comment,
        seconds=seconds,
        at=at if at is None or at.tzinfo else at.astimezone(),
    )


def _order(said: str, known: Collection[str]) -> list[str]:
    """The letters of a ranking as people write them: B > A > C, b,a,c, ＢＡＣ."""
    parts = [part for part in _BETWEEN.split(unicodedata.normalize("NFKC", said).upper()) if part]
    if len(parts) == 1 and parts[0] not in known and all(letter in known for letter in parts[0]):
        return list(parts[0])
    return parts


def _violations(said: str) -> dict[str, list[str]]:
    """`A: accuracy, concision; B: accuracy` as letter -> dimensions."""
    found = {}
    for part in filter(None, (part.strip() for part in re.split("[;；]", said))):
        letter, colon, broken = part.replace("：", ":").partition(":")
        if not colon:
            raise ValueError(f"violations {part!r}; write A: accuracy, concision; B: accuracy")
        found[letter.strip().upper()] = [one for one in re.split(r"[,，、\s]+", broken.strip()) if one]
    return found


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: not readable ({error})") from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{path}: neither UTF-8 nor GB 18030; save it as CSV UTF-8")


@contextmanager
def _any_cell_size() -> Iterator[None]:
    """The csv module refuses cells beyond 128 KB, which an answer may have."""
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _file_name(rater: str) -> str:
    """The rater's name with what file systems refuse written as %XX; Chinese names stay readable."""
    return re.sub(r'^\.|[%/\\:*?"<>|\x00-\x1f]', lambda found: f"%{ord(found[0]):02X}", rater) or "ranking"
