"""Reads files into articles, in a process of its own: what they hold is a stranger's, and may crash, loop or swell.

    python -m caibian.service.newsroom.imports.reading     a `Job` as one line of JSON on standard input

Writes one line of JSON for each thing it finds to standard output: `{"at": …}` before a file is read, `{"article": …}`,
`{"dropped": …}`, at last `{"done": true}`.
"""

from __future__ import annotations

import json
import logging
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from caibian.corpus import SourceConfig
from caibian.corpus.clean import clean_batch
from caibian.corpus.readers import Unit, read_json, read_unit, read_xml
from caibian.corpus.rows import RawBatch, raw_batch
from caibian.errors import CaibianError, InputError
from caibian.service.newsroom.imports.dropping import Refused, dropped, file_name
from caibian.service.newsroom.imports.kinds import Kind, kind_of
from caibian.service.newsroom.imports.unpacking import Budget, members, unpack

MOST_MEMORY = 3 << 30  # bytes of address space; libraries take most of one before anything is read
MOST_CHARS = 500_000  # of an article: a long novel's first half; what is longer is a book or a dump
_MOST_HEADLINE = 80  # characters of a first line that may be one
_ROWS = 200  # articles held at once
_REASONS = {
    "missing_body": "empty",
    "no_article": "empty",
    "unreadable_file": "unreadable",
    "broken_line": "unreadable",
    "file_too_large": "too_large",
    "line_too_long": "too_large",
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file to read: where it lies, and as what."""

    path: str
    name: str
    url: str | None = None  # where it was fetched
    suffix: str | None = None  # that tells its kind, where its name does not

    @property
    def typed(self) -> str:
        """A name with the suffix that tells its kind."""
        return f"x{self.suffix}" if self.suffix else self.name


@dataclass(frozen=True, slots=True)
class Job:
    """What to read, and where to go on."""

    files: list[Incoming]
    folder: str  # for what is unpacked
    after: tuple[int, int] = (-1, -1)  # the file, and the member of a zip file, that was begun last
    unpacked: int = 0  # bytes, before this process


def main() -> None:
    """Do the job on standard input."""
    _limit()
    logging.disable(logging.CRITICAL)
    given = json.loads(sys.stdin.readline())
    files = [Incoming(**one) for one in given.pop("files")]
    after = tuple(given.pop("after"))
    for line in read(Job(files=files, after=(after[0], after[1]), **given)):
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def read(job: Job) -> Iterator[dict[str, Any]]:
    """All that is found, line by line."""
    budget = Budget(job.unpacked)
    for number, file in enumerate(job.files):
        if number < job.after[0]:
            continue
        begun = number == job.after[0]
        if begun and job.after[1] < 0:  # it was no zip file, and reading it failed
            continue
        try:
            if not begun:
                yield {"at": [number, -1], "unpacked": budget.spent, "name": file.name}
            path = Path(file.path)
            if kind_of(path, file.typed) == "zip":
                yield from _archive(job, number, file, budget)
            else:
                yield from _one(path, file)
        except Refused as refusal:
            yield _line(file.name, refusal.reason, str(refusal))
    yield {"done": True}


def _archive(job: Job, number: int, file: Incoming, budget: Budget) -> Iterator[dict[str, Any]]:
    target = Path(job.folder) / "member"
    with zipfile.ZipFile(file.path) as archive:
        for place, member in enumerate(members(archive)):
            if (number, place) <= job.after:
                continue
            name = file_name(member.filename)
            yield {"at": [number, place], "unpacked": budget.spent, "name": f"{file.name}: {name}"}
            one = replace(file, path=str(target), name=f"{file.name}: {name}", suffix=None)
            try:
                unpack(archive, member, target, budget)
                if kind_of(target, name) == "zip":
                    raise Refused("nested_archive", "a zip file in a zip file; unpack it first")
                yield from _one(target, one)
            except Refused as refusal:
                yield _line(one.name, refusal.reason, str(refusal))


def _one(path: Path, file: Incoming) -> Iterator[dict[str, Any]]:
    source = SourceConfig(path=path)
    left_out: Counter[str] = Counter()
    found = 0
    try:
        for batch in _batches(path, kind_of(path, file.typed), file.name, source):
            for row in clean_batch(batch.rows, source, Counter()).to_pylist():
                found += 1
                if not row["body"]:
                    left_out["empty"] += 1
                elif len(row["body"]) > MOST_CHARS:
                    left_out["too_large"] += 1
                else:
                    yield {"article": _article(row, file)}
            for reason, files in batch.problems.found.items():
                for rows, places in files.values():
                    found += rows
                    detail = reason.replace("_", " ") + (f" ({rows}: {', '.join(places)})" if places else "")
                    yield _line(file.name, _REASONS.get(reason, "unreadable"), detail)
    except MemoryError:
        found += 1
        yield _line(file.name, "too_large", "needs more memory than an import may have")
    except Exception as error:  # libraries raise of every kind on broken files
        found += 1
        yield _line(file.name, "unreadable", str(error).removeprefix(f"{file.name}: "))
    for reason, rows in left_out.items():
        limit = f" of more than {MOST_CHARS:,} characters" if reason == "too_large" else " without text"
        yield _line(file.name, reason, f"{rows:,} articles{limit}")
    if not found:
        yield _line(file.name, "empty", "nothing to read was found in it")


def _batches(path: Path, kind: Kind, name: str, source: SourceConfig) -> Iterator[RawBatch]:
    if kind == "json":
        yield from read_json(path, name, source, _ROWS)
    elif kind == "xml":
        yield from read_xml(path, name, source, _ROWS)
    elif kind in ("pdf", "docx"):
        yield _document(path, kind, name)
    else:
        unit = Unit(0, kind, ((path, name),), alone=True)  # type: ignore[arg-type]  # a zip file was unpacked
        yield from read_unit(unit, source, _ROWS)


def _document(path: Path, kind: Kind, name: str) -> RawBatch:
    """A PDF or DOCX file as one article: its first heading is the headline."""
    from caibian.instructions.selfinstruct.documents import read_document

    called = path.with_suffix(f".{kind}")  # its readers go by the suffix
    path.rename(called)
    try:
        blocks = list(read_document(called, Counter()))
    except CaibianError as error:
        raise InputError(str(error).replace(called.name, name)) from error
    finally:
        called.rename(path)
    title = blocks[0].text if blocks[0].heading and len(blocks) > 1 else None
    body = "\n".join(block.text for block in blocks[1 if title else 0 :])
    return RawBatch(raw_batch({"body": [body], "title": [title or Path(name.rsplit(": ", 1)[-1]).stem]}))


def _article(row: dict[str, Any], file: Incoming) -> dict[str, Any]:
    at = row["published_at"]
    if not row["title"] and row["body"]:
        row["title"], row["body"] = _headed(row["body"])
    elif row["title"] and row["body"].startswith(row["title"] + "\n"):
        row["body"] = row["body"][len(row["title"]) :].lstrip("\n")
    kept = ("title", "body", "summary", "url", "source", "author", "language", "section", "licence")
    return {
        **{field: row[field] for field in kept},
        "url": row["url"] or file.url,
        "published_at": at.isoformat() if at else None,
    }


def _headed(body: str) -> tuple[str | None, str]:
    """A text whose first line is a headline, without it."""
    first, _, rest = body.partition("\n")
    if rest.strip() and len(first) <= _MOST_HEADLINE and first[-1] not in "。！？.!?…：:，,；;":
        return first, rest.strip()
    return None, body


def _line(name: str, reason: str, detail: str) -> dict[str, Any]:
    return {"dropped": dropped(name, reason, detail).model_dump()}


def _limit() -> None:
    """Ask the system to give this process no more memory than an import may have."""
    try:
        import resource
    except ImportError:  # not on this system
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
