"""The nouns that every stage passes on: Article, Example, Answer, Ranking and Report.

Rows travel in Arrow tables with the schemas below; the dataclasses are for code that looks at one row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self, TypedDict, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, Field

from caibian.errors import InputError
from caibian.files import atomic_path, write_text

Language = Literal["zh", "en", "ar", "hi"]
Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


class Message(TypedDict):
    """One turn of a conversation, as OpenAI-compatible services write it."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Article:
    """One text of an archive with its provenance."""

    id: str
    body: str
    title: str | None = None
    summary: str | None = None
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published_at: datetime | None = None  # always with a time zone
    language: str | None = None
    section: str | None = None
    licence: str | None = None
    labels: dict[str, str] = field(default_factory=dict)  # task -> published label, e.g. sentiment
    split: str | None = None  # the publisher's, on the way in; ours, on the way out of the corpus stage
    cluster: str | None = None  # id shared by near-duplicates; set by the corpus stage


ARTICLE_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("body", pa.string(), nullable=False),
        pa.field("title", pa.string()),
        pa.field("summary", pa.string()),
        pa.field("url", pa.string()),
        pa.field("source", pa.string()),
        pa.field("author", pa.string()),
        pa.field("published_at", pa.timestamp("us", tz="UTC")),
        pa.field("language", pa.string()),
        pa.field("section", pa.string()),
        pa.field("licence", pa.string()),
        pa.field("labels", pa.map_(pa.string(), pa.string())),
        pa.field("split", pa.string()),
        pa.field("cluster", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Example:
    """One instruction with its input and the published output, ready for training or evaluation."""

    id: str
    instruction: str
    input: str
    output: str
    card: str  # TaskCard id
    dataset: str
    language: str
    split: str
    source_ids: tuple[str, ...] = ()  # Article ids
    source_text: str | None = None  # what facts of an answer are checked against, if more than `input`
    labels: tuple[str, ...] = ()  # ids of the labels that the instruction offers, where fewer than the card's

    @property
    def prompt(self) -> str:
        """What the user says: the instruction, a blank line, the input."""
        return f"{self.instruction}\n\n{self.input}" if self.input else self.instruction

    def messages(self, *, with_output: bool = False) -> list[Message]:
        """The example as chat messages; with the assistant's turn on request."""
        turns: list[Message] = [{"role": "user", "content": self.prompt}]
        if with_output:
            turns.append({"role": "assistant", "content": self.output})
        return turns

    def alpaca(self) -> dict[str, str]:
        """The example in the layout of the Alpaca dataset."""
        return {"instruction": self.instruction, "input": self.input, "output": self.output}

    def sharegpt(self) -> dict[str, list[dict[str, str]]]:
        """The example in the layout of ShareGPT."""
        return {
            "conversations": [{"from": "human", "value": self.prompt}, {"from": "gpt", "value": self.output}]
        }


EXAMPLE_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("instruction", pa.string(), nullable=False),
        pa.field("input", pa.string(), nullable=False),
        pa.field("output", pa.string(), nullable=False),
        pa.field("card", pa.string(), nullable=False),
        pa.field("dataset", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("source_ids", pa.list_(pa.string())),
        pa.field("source_text", pa.string()),
        pa.field("labels", pa.list_(pa.string())),
    ]
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one model said to one conversation."""

    text: str
    model: str
    example_id: str | None = None
    value: str | None = (
        None  # what was extracted from `text`, e.g. a label; None where nothing valid was found
    )
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    finish_reason: str = "stop"  # stop | length | error
    error: str | None = None


ANSWER_SCHEMA = pa.schema(
    [
        pa.field("text", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("example_id", pa.string()),
        pa.field("value", pa.string()),
        pa.field("prompt_tokens", pa.int64()),
        pa.field("completion_tokens", pa.int64()),
        pa.field("seconds", pa.float64()),
        pa.field("finish_reason", pa.string()),
        pa.field("error", pa.string()),
    ]
)


JudgeKind = Literal["model", "expert", "reference", "checks"]


@dataclass(frozen=True, slots=True)
class Ranking:
    """One judge's or expert's order over the answers to one example, best first, or an abstention.

    An abstention is neither a tie nor a last place: it says that this judge gave no order, and why.
    """

    example_id: str
    judge: str  # a model's name, an expert's account, or the name of a rule
    order: tuple[str, ...]  # systems, best first; empty on an abstention
    abstained: str | None = None  # the reason
    kind: str = "model"  # a JudgeKind: what sort of judge this is
    shown: tuple[str, ...] = ()  # the same systems by seat, as the judge saw them
    repeat: int = 0  # number of the same question to the same judge, from 0
    violations: dict[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # system -> rubric dimensions it broke
    comment: str | None = None
    seconds: float = 0.0
    at: datetime | None = None  # when it was given, with a time zone


RANKING_SCHEMA = pa.schema(
    [
        pa.field("example_id", pa.string(), nullable=False),
        pa.field("judge", pa.string(), nullable=False),
        pa.field("order", pa.list_(pa.string()), nullable=False),
        pa.field("abstained", pa.string()),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("shown", pa.list_(pa.string())),
        pa.field("repeat", pa.int64()),
        pa.field("violations", pa.map_(pa.string(), pa.list_(pa.string()))),
        pa.field("comment", pa.string()),
        pa.field("seconds", pa.float64()),
        pa.field("at", pa.timestamp("us", tz="UTC")),
    ]
)


class Report(BaseModel):
    """What one stage did. Written as `report.json` into the stage's folder."""

    stage: str
    rows_in: int = 0
    rows_out: int = 0
    dropped: dict[str, int] = Field(default_factory=dict)  # reason -> rows
    metrics: dict[str, Any] = Field(
        default_factory=dict
    )  # JSON values; the report page knows the stages' keys
    artefacts: dict[str, str] = Field(default_factory=dict)  # name -> path relative to the stage's folder
    notes: list[str] = Field(default_factory=list)  # sentences a reader of the report page must see
    seconds: float = 0.0
    peak_memory_mb: float = 0.0
    versions: dict[str, str] = Field(default_factory=dict)
    seed: int | None = None

    def write(self, folder: Path) -> None:
        """Write `report.json` into `folder`, atomically."""
        write_text(folder / "report.json", self.model_dump_json(indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read `report.json` of a stage's folder."""
        return cls.model_validate_json((folder / "report.json").read_text(encoding="utf-8"))


Row = TypeVar("Row", Article, Example, Answer, Ranking)
_SCHEMAS: dict[type, pa.Schema] = {
    Article: ARTICLE_SCHEMA,
    Example: EXAMPLE_SCHEMA,
    Answer: ANSWER_SCHEMA,
    Ranking: RANKING_SCHEMA,
}


def to_table(
    rows: Sequence[Article] | Sequence[Example] | Sequence[Answer] | Sequence[Ranking], kind: type
) -> pa.Table:
    """Rows of one kind (`Article`, `Example`, `Answer` or `Ranking`) as an Arrow table with that kind's schema."""
    schema = _SCHEMAS[kind]
    columns = {
        name: [
            list(value.items()) if isinstance(value := getattr(row, name), dict) else value for row in rows
        ]
        for name in schema.names
    }
    try:
        return pa.table(columns, schema=schema)
    except UnicodeEncodeError:  # half a surrogate pair, out of a model's answer: it has no UTF-8 form
        whole = {name: [_encodable(value) for value in values] for name, values in columns.items()}
        return pa.table(whole, schema=schema)


def _encodable(value: Any) -> Any:
    """A value whose texts have a UTF-8 form: a lone surrogate becomes `?`."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return type(value)(_encodable(one) for one in value) if isinstance(value, list | tuple) else value


def from_table(table: pa.Table, kind: type[Row]) -> list[Row]:
    """The rows of an Arrow table as dataclasses; columns the table lacks take their defaults."""
    known = {f.name for f in dataclasses.fields(kind)}
    rows = []
    for row in table.select([name for name in table.column_names if name in known]).to_pylist():
        for name, value in row.items():
            if (make := _CONTAINERS[kind].get(name)) is not None:
                row[name] = make(value or ())
        rows.append(kind(**row))
    return rows


def _containers(schema: pa.Schema) -> dict[str, Callable[[Any], Any]]:
    """What the fields of a kind are made of that Arrow gives as lists: tuples and mappings."""
    found: dict[str, Callable[[Any], Any]] = {}
    for arrow in schema:
        if pa.types.is_list(arrow.type):
            found[arrow.name] = tuple
        elif pa.types.is_map(arrow.type):
            of_lists = pa.types.is_list(arrow.type.item_type)
            found[arrow.name] = (lambda pairs: {k: tuple(v) for k, v in pairs}) if of_lists else dict
    return found


_CONTAINERS: dict[type, dict[str, Callable[[Any], Any]]] = {
    kind: _containers(schema) for kind, schema in _SCHEMAS.items()
}


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write an Arrow table as zstd Parquet, atomically."""
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_parquet(path: Path, kind: type[Row]) -> list[Row]:
    """Read rows of one kind from a Parquet file, or from all Parquet files of a folder in name order."""
    files: Iterable[Path] = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    try:
        tables = [pq.read_table(file) for file in files]
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: not a readable Parquet file ({error})") from error
    return [row for table in tables for row in from_table(table, kind)]
