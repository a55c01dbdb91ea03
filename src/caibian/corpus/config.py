"""Settings of the corpus stage."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Language = Literal["zh", "en", "ar", "hi"]  # as in caibian.records, which would load pyarrow
SourceType = Literal["auto", "jsonl", "parquet", "csv", "text", "html"]
_GLOB = "*?["


class FieldsConfig(BaseModel):
    """Which column holds what. A field left out is looked for under its usual names; `""` turns it off."""

    model_config = ConfigDict(extra="forbid")

    body: str | list[str] | None = Field(
        None, description="Column of the text, or several in their order; they are joined with `join`."
    )
    title: str | None = Field(None, description="Column of the headline.")
    summary: str | None = Field(None, description="Column of the published summary or standfirst.")
    url: str | None = Field(None, description="Column of the address.")
    source: str | None = Field(None, description="Column of the publisher's name.")
    author: str | None = Field(None, description="Column of the by-line.")
    published_at: str | None = Field(None, description="Column of the date, in any usual form.")
    language: str | None = Field(None, description="Column of the language code (zh, en, ar, hi).")
    section: str | None = Field(None, description="Column of the desk or section.")
    licence: str | None = Field(None, description="Column of the licence.")
    id: str | None = Field(None, description="Column of the archive's own id.")
    split: str | None = Field(None, description="Column of the publisher's split (train, dev, test …).")
    labels: dict[str, str] = Field(
        default_factory=dict, description="Published labels: task → column, e.g. sentiment: label."
    )


class ImportRules(BaseModel):
    """Habits of one archive that are undone at import."""

    model_config = ConfigDict(extra="forbid")

    wire_slugs: bool = Field(
        False,
        description="Take slugs such as （体育） and 特稿 forms off the head of headlines; kept as `section`.",
    )
    date_prefix: bool = Field(
        False,
        description="The text opens with a date, then `，正文：`: peel both off; the date becomes published_at.",
    )
    first_line_title: bool = Field(
        False, description="The first line of the text is its headline: move it to `title`."
    )
    default_year: int | None = Field(
        None, ge=1900, le=2200, description="The year of dates that were written without one."
    )


class SourceConfig(BaseModel):
    """One archive: a file, a folder, a pattern, or a registered dataset."""

    model_config = ConfigDict(extra="forbid")

    path: Path | None = Field(
        None, description="File or folder; a pattern such as news/**/*.jsonl works too."
    )
    pattern: str = Field("", description="Files wanted below the folder `path`, e.g. **/*.html.")
    dataset: str | None = Field(None, description="Name of a registered dataset, in place of `path`.")
    type: SourceType = Field("auto", description="How to read it; auto goes by the file's suffix.")
    fields: FieldsConfig = Field(default_factory=FieldsConfig, description="Which column holds what.")
    join: str = Field("\n", description="What stands between the joined columns of `fields.body`.")
    encoding: str = Field("auto", description="Character encoding; auto tells it from the bytes.")
    language: Language | None = Field(None, description="Language of all texts; else told from the script.")
    licence: str | None = Field(None, description="Licence of all texts that name none.")
    source: str | None = Field(None, description="Publisher of all texts that name none.")
    timezone: str | None = Field(
        None, description="Zone of dates that name none, e.g. Asia/Shanghai; default by language."
    )
    import_rules: ImportRules = Field(
        default_factory=ImportRules, description="Habits of the archive to undo."
    )

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        import codecs

        try:
            return value if value == "auto" else codecs.lookup(value).name
        except LookupError:
            raise ValueError(f"unknown encoding {value!r}; for example utf-8, gb18030, big5, auto") from None

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str | None) -> str | None:
        import zoneinfo

        try:
            return value and zoneinfo.ZoneInfo(value).key
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"unknown time zone {value!r}; for example Asia/Shanghai, UTC") from None

    @model_validator(mode="before")
    @classmethod
    def _split_pattern(cls, data: Any) -> Any:
        """`news/**/*.jsonl` becomes the folder `news`, whose content counts as input, and the pattern in it."""
        if not isinstance(data, dict) or not isinstance(data.get("path"), str | Path) or data.get("pattern"):
            return data
        path = Path(data["path"])
        magic = [any(sign in part for sign in _GLOB) for part in path.parts]
        if not any(magic) or path.exists():
            return data
        at = magic.index(True)
        return {**data, "path": Path(*path.parts[:at]), "pattern": str(Path(*path.parts[at:]))}

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.path is None) == (self.dataset is None):
            raise ValueError("give either path or dataset")
        if self.dataset is not None and (self.pattern or self.type != "auto"):
            raise ValueError("a dataset takes no pattern and no type")
        return self


class FilterConfig(BaseModel):
    """What a text must be like to be kept. `null` turns a filter off."""

    model_config = ConfigDict(extra="forbid")

    min_characters: int | None = Field(50, ge=0, description="Shortest body, in characters without spaces.")
    max_characters: int | None = Field(30_000, gt=0, description="Longest body, in characters.")
    languages: list[Language] | None = Field(None, description="Languages to keep; null keeps all.")
    require_title: bool = Field(False, description="Drop texts without a headline.")
    min_han_share: float | None = Field(
        0.4, ge=0, le=1, description="Chinese only: Han characters among all characters."
    )
    min_letter_share: float | None = Field(
        0.5, ge=0, le=1, description="Letters (of any script) among all characters: drops tables and code."
    )
    max_garbled_share: float | None = Field(
        0.01, ge=0, le=1, description="Replacement characters and mojibake among all characters."
    )
    max_boilerplate_share: float | None = Field(
        0.3,
        ge=0,
        le=1,
        description="Characters in sentences of page furniture (copyright, share, app) among all.",
    )
    max_advert_signs: int | None = Field(
        3, ge=0, description="Signs of an advert (order lines, chat accounts, prices to grab) in one text."
    )
    max_duplicate_line_share: float | None = Field(
        0.3, ge=0, le=1, description="Characters in lines that repeat an earlier line among all."
    )


class DedupeConfig(BaseModel):
    """What counts as the same text, and what happens to it."""

    model_config = ConfigDict(extra="forbid")

    exact: bool = Field(True, description="Drop bodies equal up to width, case, spaces and punctuation.")
    near: Literal["drop", "keep"] = Field(
        "drop", description="Near-duplicate bodies: drop all but the first, or keep them in one cluster."
    )
    threshold: float = Field(
        0.8, gt=0, le=1, description="Jaccard similarity of 5-character shingles of near-duplicate bodies."
    )
    titles: float | None = Field(
        0.8, gt=0, le=1,
        description="Jaccard similarity of 2-character shingles from which two headlines stand on one side of "
        "the split; both texts are kept. null turns it off.",
    )  # fmt: skip


class SplitConfig(BaseModel):
    """How many articles are held out; near-duplicate bodies and headlines always stand on one side."""

    model_config = ConfigDict(extra="forbid")

    validation: float = Field(0.05, ge=0, description="A share below 1, or a number of articles.")
    test: float = Field(0.1, ge=0, description="A share below 1, or a number of articles.")
    publisher: bool = Field(False, description="Honour the publisher's split where an article has one.")

    @field_validator("validation", "test")
    @classmethod
    def _share_or_count(cls, value: float) -> float:
        if value >= 1 and value != int(value):
            raise ValueError(f"must be a share below 1 or a whole number of articles, got {value}")
        return value

    @model_validator(mode="after")
    def _some_train(self) -> Self:
        if self.validation < 1 and self.test < 1 and self.validation + self.test >= 1:
            raise ValueError("validation and test together leave nothing for train")
        return self


class CorpusConfig(BaseModel):
    """Raw archives in, curated articles out."""

    model_config = ConfigDict(extra="forbid")

    sources: list[SourceConfig] = Field(min_length=1, description="The archives.")
    filters: FilterConfig = Field(default_factory=FilterConfig, description="What a text must be like.")
    dedupe: DedupeConfig = Field(default_factory=DedupeConfig, description="What counts as the same text.")
    split: SplitConfig = Field(default_factory=SplitConfig, description="Train, validation and test.")
    max_articles: int | None = Field(
        None, gt=0, description="Keep this many, drawn by the seed after all other decisions; null keeps all."
    )
    seed: int | None = Field(None, ge=0, description="Seed of split and draw; null takes the recipe's.")
    shard_rows: int = Field(5000, gt=0, le=1_000_000, description="Rows read, judged and written at a time.")
    workers: int = Field(
        1, gt=0, le=256, description="Processes that clean and judge; the result is the same."
    )
