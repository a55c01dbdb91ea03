"""The settings of a house: one YAML file, checked whole before anything starts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from caibian.api.operations import Limits
from caibian.api.tasks import Wording
from caibian.errors import ConfigError


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Price(_Part):
    """What a remote model costs, per million tokens, in the house's currency."""

    prompt: float = Field(0.0, ge=0)
    completion: float = Field(0.0, ge=0)


class EngineSettings(_Part):
    """One model: a local one under supervision (`model`), or a compatible service elsewhere (`url`)."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    model: str | None = Field(None, description="a run, a registered name, a GGUF file, a folder or a hub id")
    backend: str | None = Field(
        None, description="of a local model: llama.cpp, transformers, scripted, embed"
    )
    adapter: str | None = None
    threads: int | None = Field(None, ge=1)
    context: int = Field(8192, ge=256)
    parallel: int = Field(1, ge=1, le=1024, description="requests answered side by side")
    max_queue: int = Field(32, ge=0, description="requests that may wait; more get 429")
    url: str | None = Field(None, description="of an OpenAI-compatible service, up to /v1")
    remote_model: str | None = Field(None, description="its name there; by default `name`")
    api_key_env: str | None = Field(None, description="environment variable with its key")
    mask: bool | None = Field(None, description="hide personal data; by default for `url` alone")
    framing: Literal["fenced", "plain"] = "fenced"
    fallback: list[str] = Field(default_factory=list, description="engines asked instead, in this order")
    deadline_s: float = Field(300.0, gt=0)
    embeds: bool = Field(False, description="serves embeddings, not chat")
    price: Price = Price()

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.model is None) == (self.url is None):
            raise ValueError("needs either model (local) or url (elsewhere)")
        return self

    @property
    def masks(self) -> bool:
        """Whether personal data is hidden from this engine."""
        return self.url is not None if self.mask is None else self.mask


class Topic(_Part):
    """Something the house's models are not asked about. Matched in what people type, not in pasted articles."""

    name: str
    patterns: list[Annotated[str, Field(min_length=1)]] = Field(min_length=1)
    says: Wording | None = Field(None, description="what is answered instead")


class Labels(_Part):
    """What GB 45438-2025 wants known of who makes AI content and who spreads it."""

    producer: str = Field("caibian", description="ContentProducer: name or code of the service provider")
    propagator: str = Field("", description="ContentPropagator")
    wording: Wording = Wording(zh="本文含人工智能生成内容", en="This text contains AI-generated content")


class Imports(_Part):
    """Where articles may be fetched from."""

    private_addresses: bool = Field(False, description="addresses within the house's own network too")
    seconds: float = Field(20.0, gt=0)


class HouseSettings(_Part):
    """`newsroom.yaml`."""

    database: str = "newsroom.db"
    runs: Path = Field(Path("runs"), description="the factory's runs, whose reports are shown")
    engines: list[EngineSettings] = Field(min_length=1)
    limits: Limits = Field(Limits(), description="of every account, unless a budget says otherwise")
    currency: str = "CNY"
    grace_s: float = Field(30.0, ge=0, description="what running answers get when the service stops")
    timezone: str = Field("Asia/Shanghai", description="whose midnight ends a day of the budgets")
    keep_requests_days: int = Field(90, ge=1, description="age at which lines of the request log are deleted")
    topics: list[Topic] = Field(default_factory=list)
    labels: Labels = Labels()
    imports: Imports = Imports()
    cards: list[Path] = Field(
        default_factory=list, description="files or folders of task cards beside the packaged ones"
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"no time zone is called {name!r}; one like Asia/Shanghai or UTC") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The house's time zone."""
        return ZoneInfo(self.timezone)

    @model_validator(mode="after")
    def _engines_know_each_other(self) -> Self:
        names = [engine.name for engine in self.engines]
        for place, engine in enumerate(self.engines):
            if engine.name in names[:place]:
                raise ValueError(f"engines: two are named {engine.name!r}")
            for other in engine.fallback:
                if other not in names or other == engine.name:
                    raise ValueError(f"engines.{engine.name}.fallback: no other engine is named {other!r}")
        return self


def read_settings(path: Path) -> HouseSettings:
    """The settings of a file; relative paths in it are relative to its folder. The environment variable CAIBIAN_DB,
    where it is set, names the database instead: its URL may hold a password.

    Raises:
        ConfigError: naming the field and what is wrong with it.
    """
    try:
        found: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not YAML ({str(error).splitlines()[0]})") from error
    try:
        settings = HouseSettings.model_validate(found if isinstance(found, dict) else {})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{path}: {place + ': ' if place else ''}{message}") from error
    return _anchored(settings, path.absolute().parent)


def _anchored(settings: HouseSettings, folder: Path) -> HouseSettings:
    if not (database := os.environ.get("CAIBIAN_DB", "")):
        database = settings.database if "://" in settings.database else str(folder / settings.database)
    cards = [folder / one for one in settings.cards]
    return settings.model_copy(update={"database": database, "runs": folder / settings.runs, "cards": cards})
