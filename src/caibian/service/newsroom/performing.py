"""One run of one task: framed, asked, read back, checked. The route and the batch runner both use it.

job = prepare(gateway, book, "headline.news", run)      refuses what cannot be run
answer = await job.answer()                             the TaskAnswer
async for item in job.pieces(): ...                     text as it is written, then the TaskAnswer
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from caibian.api.tasks import MOST_INPUT, Run, TaskAnswer
from caibian.compliance import Framed, frame_task
from caibian.errors import ConfigError, UnsupportedSchema
from caibian.models.chat import Options
from caibian.service.admission import Meter
from caibian.service.gateway.asking import Asked, Finished, Gateway
from caibian.service.newsroom.book import TaskBook
from caibian.service.newsroom.examining import examine, source_of
from caibian.storage.refusals import Invalid
from caibian.tasks import TaskCard, answer_tokens, extract, label_wording

_LABEL = "label"  # the one property of the document that an answer of a label card is held to
_LABEL_TOKENS = 48  # for that document with the longest wording


async def perform(
    gateway: Gateway,
    book: TaskBook,
    card_id: str,
    run: Run,
    *,
    id: str | None = None,
    meter: Meter | None = None,
) -> TaskAnswer:
    """Run a task and wait for its answer.

    Raises:
        NotFound: there is no such card.
        Invalid: the run does not fit the card.
        RefusedTopic: the house has ruled its topic out.
        and what `Gateway.pieces` raises.
    """
    return await prepare(gateway, book, card_id, run, id=id, meter=meter).answer()


def prepare(
    gateway: Gateway,
    book: TaskBook,
    card_id: str,
    run: Run,
    *,
    id: str | None = None,
    meter: Meter | None = None,
) -> Job:
    """A run that may go to the model. Raises: as `perform`, but nothing of the gateway.

    Args:
        id: of the answer; that of the request where there is one.
        meter: filled with what the run takes.
    """
    card = book.card(card_id)
    if sum(map(len, run.input.values())) > MOST_INPUT:
        raise Invalid(f"input: more than {MOST_INPUT:,} characters in all")
    if run.language not in card.instructions:
        raise Invalid(
            f"language: {card.id} has no instructions in {run.language}; {', '.join(card.instructions)}"
        )
    source = source_of(card, run.input, run.language)
    book.check_topics(run.input, run.language)
    plain = gateway.framing(run.model) == "plain"
    try:
        framed = frame_task(card, run.input, run.language, run.variant, plain=plain)
        fenced = frame_task(card, run.input, run.language, run.variant) if plain else framed
    except ConfigError as error:
        raise Invalid(f"variant: {error}") from error
    meter = meter or Meter()
    meter.task, meter.model = card.id, run.model
    return Job(
        gateway, card, run, source, framed, fenced, _options(card, run, plain), meter, id or uuid4().hex
    )


@dataclass(frozen=True)
class Job:
    """A run that has been prepared; it is asked once."""

    gateway: Gateway
    card: TaskCard
    run: Run
    source: str
    framed: Framed
    fenced: Framed  # the same, unless the engine that is asked first wants tasks plain
    options: Options
    meter: Meter = field(repr=False)
    id: str

    async def answer(self) -> TaskAnswer:
        """Ask, and wait for the whole answer."""
        try:
            finished = await self.gateway.answer(self._asked(self.options))
        except UnsupportedSchema:
            if self.options.json_schema is None:
                raise
            finished = await self.gateway.answer(self._asked(self._free))
        return await self._examined(finished)

    async def pieces(self) -> AsyncGenerator[str | TaskAnswer, None]:
        """Ask, and yield the text as it is written, then the answer. Closing the generator stops the model.

        A label comes in one piece: what is written towards it is a document that nobody needs to see.
        """
        begun = False
        try:
            async with aclosing(self._written(self.options)) as items:
                async for item in items:
                    begun = True
                    yield item
            return
        except UnsupportedSchema:
            if begun or self.options.json_schema is None:
                raise
        async with aclosing(self._written(self._free)) as items:
            async for item in items:
                yield item

    async def _written(self, options: Options) -> AsyncGenerator[str | TaskAnswer, None]:
        asked = self._asked(options)
        async with self._counted(asked), aclosing(self.gateway.pieces(asked)) as pieces:
            reader, label = self.fenced.reader(), self.card.output.kind == "label"
            async for piece in pieces:
                if isinstance(piece, Finished):
                    if (rest := reader.finish()) and not label:
                        yield rest
                    answer = await self._examined(piece)
                    if label:
                        yield answer.text
                    yield answer
                    return
                self.meter.completion_tokens += 1  # about one a piece, should the asker leave before the end
                if (text := reader.push(piece)) and not label:
                    yield text

    @asynccontextmanager
    async def _counted(self, asked: Asked) -> AsyncIterator[None]:
        """Count what an answer has taken, though its asker leaves before it is whole."""
        try:
            yield
        finally:
            meter, took = self.meter, asked.took
            if took.model is not None:
                meter.model, meter.cost = took.model, took.cost
                meter.prompt_tokens, meter.completion_tokens = took.prompt_tokens, took.completion_tokens
                meter.first_token_seconds = took.first_token_seconds

    @property
    def _free(self) -> Options:
        """For an engine that cannot keep to a schema: the card's instruction alone says what to write."""
        return dataclasses.replace(self.options, json_schema=None)

    def _asked(self, options: Options) -> Asked:
        fenced = None if self.fenced is self.framed else self.fenced.messages
        return Asked(self.framed.messages, options, self.run.model, fenced)

    async def _examined(self, finished: Finished) -> TaskAnswer:
        self.meter.model, self.meter.cost = finished.model, finished.cost
        self.meter.prompt_tokens, self.meter.completion_tokens = (
            finished.prompt_tokens,
            finished.completion_tokens,
        )
        self.meter.first_token_seconds = finished.first_token_seconds
        return await asyncio.to_thread(self._read, finished)

    def _read(self, finished: Finished) -> TaskAnswer:
        card, run = self.card, self.run
        text = self.fenced.reader().whole(finished.text).strip()
        value = None
        if card.output.kind == "label":
            text = _unwrapped(text)
            value = extract(card, text, run.language)
            text = text if value is None else label_wording(card, value, _answer_language(card, run))
        found = examine(card, text, self.source, run.language, run.published_at, run.variant)
        return TaskAnswer(
            id=self.id,
            task=card.id,
            model=finished.model,
            instead_of=finished.instead_of,
            text=text,
            value=value,
            finish_reason=finished.finish_reason,
            prompt_tokens=finished.prompt_tokens,
            completion_tokens=finished.completion_tokens,
            seconds=finished.seconds,
            first_token_seconds=finished.first_token_seconds,
            source=self.source,
            checks=found.checks,
            facts=found.facts,
            masked=finished.masked,
        )


def _options(card: TaskCard, run: Run, plain: bool) -> Options:
    """What the model is held to. Models tuned on cards answer labels as they were trained; any other picks one of them."""
    language = _answer_language(card, run)
    limits = {str(name): most for name, most in (card.output.max_chars or {}).items()}
    own = {name: most for name, most in limits.items() if name == language}
    schema = card.output.json_schema
    most = answer_tokens(card.output.kind, own or limits)
    if card.output.kind == "label" and not plain:
        schema, most = _one_of(card, language), _LABEL_TOKENS
    return Options(
        max_tokens=run.max_tokens or most,
        temperature=run.temperature,
        seed=run.seed,
        json_schema=schema,
    )


def _one_of(card: TaskCard, language: str) -> dict[str, Any]:
    """A document with one of the labels. An object: some services know schemas of nothing else."""
    words = [label_wording(card, label, language) for label in card.output.labels]
    return {
        "type": "object",
        "properties": {_LABEL: {"type": "string", "enum": words}},
        "required": [_LABEL],
        "additionalProperties": False,
    }


def _unwrapped(text: str) -> str:
    """The label out of its document; the text as it is where it is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    label = found.get(_LABEL) if isinstance(found, dict) else None
    return label if isinstance(label, str) else text


def _answer_language(card: TaskCard, run: Run) -> str:
    return run.language if card.output.language == "same" else card.output.language
