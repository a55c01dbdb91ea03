"""The documents of a run cut into passages, and which of these a model is asked about."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from caibian.errors import InputError
from caibian.instructions.selfinstruct.config import SelfInstructConfig
from caibian.instructions.selfinstruct.documents import Counts, find_documents, read_document
from caibian.instructions.selfinstruct.passages import Passage, cut
from caibian.instructions.selfinstruct.tokens import estimate_tokens
from caibian.progress import Progress
from caibian.similarity import fold
from caibian.text import han_share, language_of

_LETTERS = 0.55  # of the visible characters: a table of contents or of figures has fewer
# Of the visible characters of a Chinese passage, those that are Han. Below it stand commands, addresses and sentences that
# nobody translated: of 111 pairs read by a person, 8 of 30 from such passages were wrong or had no answer there, 10 of 81 of
# the others.
_HAN_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Chosen:
    """A passage to ask about."""

    document: str
    passage: Passage

    @property
    def place(self) -> str:
        """`file#page=3#passage=12`, without a page where the format has none."""
        page = f"#page={self.passage.page}" if self.passage.page is not None else ""
        return f"{self.document}{page}#passage={self.passage.number}"


@dataclass
class Sources:
    """What came of the documents."""

    chosen: list[Chosen] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)  # reason -> passages
    passages: Counter[str] = field(default_factory=Counter)  # document -> passages cut
    counts: dict[str, Counts] = field(default_factory=dict)  # document -> what its reader noticed
    unreadable: dict[str, str] = field(default_factory=dict)  # document -> reason


def read_sources(paths: Sequence[Path], config: SelfInstructConfig, progress: Progress) -> Sources:
    """Read all documents and choose passages: long enough, running text, in the right language, none twice.

    Raises:
        InputError: no document can be read; the message is that of the first.
    """
    files = find_documents(paths)
    sources = Sources()
    seen: set[str] = set()
    first: InputError | None = None
    with progress.task("Reading documents", total=len(files)) as task:
        for name, path in files.items():
            counts = sources.counts[name] = Counter()
            try:
                passages = []
                for passage in cut(read_document(path, counts), config.passage_tokens):
                    passages.append(passage)
                    task.note(
                        f"{name}, {f'page {passage.page}, ' if passage.page else ''}passage {passage.number}"
                    )
            except (InputError, OSError) as error:
                first = first or (error if isinstance(error, InputError) else InputError(f"{path}: {error}"))
                sources.unreadable[name] = str(error)
            else:
                sources.passages[name] = len(passages)
                for passage in passages:
                    _choose(Chosen(name, passage), sources, seen, config)
            task.advance()
    if first is not None and len(sources.unreadable) == len(files):
        raise first
    _draw(sources, config)
    return sources


def _choose(one: Chosen, sources: Sources, seen: set[str], config: SelfInstructConfig) -> None:
    text = one.passage.text
    folded = fold(text)
    if reason := _unfit(text, config):
        sources.left_out[reason] += 1
    elif folded in seen:
        sources.left_out["repeated"] += 1
    else:
        sources.chosen.append(one)
    seen.add(folded)


def _unfit(text: str, config: SelfInstructConfig) -> str:
    if estimate_tokens(text) < config.least_tokens:
        return "too_short"
    visible = "".join(text.split())
    if sum(character.isalpha() for character in visible) < _LETTERS * len(visible):
        return "no_running_text"
    if language_of(text) != config.language:
        return "other_language"
    if config.language == "zh" and han_share(text) < _HAN_SHARE:
        return "mixed_language"
    return ""


def _draw(sources: Sources, config: SelfInstructConfig) -> None:
    """At most `limit` passages, drawn by a hash of seed and place, in their old order."""
    if config.limit is None or len(sources.chosen) <= config.limit:
        return

    def draw(one: Chosen) -> str:
        return hashlib.sha256(f"{config.seed}:{one.place}".encode("utf-8", "surrogateescape")).hexdigest()

    drawn = {one.place for one in sorted(sources.chosen, key=draw)[: config.limit]}
    sources.left_out["not_drawn"] = len(sources.chosen) - len(drawn)
    sources.chosen = [one for one in sources.chosen if one.place in drawn]
