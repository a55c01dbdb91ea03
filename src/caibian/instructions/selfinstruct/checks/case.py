"""What a check looks at: one pair with the passage it was made from."""

from __future__ import annotations

from dataclasses import dataclass, field

from caibian.instructions.selfinstruct.config import SelfInstructConfig
from caibian.instructions.selfinstruct.passages import Passage
from caibian.instructions.selfinstruct.prompts import Pair, Shot, prompt, section_title


@dataclass(frozen=True)
class Case:
    """A pair before the checks."""

    pair: Pair
    passage: Passage
    document: str
    config: SelfInstructConfig
    context: str = field(
        init=False
    )  # passage, headings and the document's name: a question may name all three

    def __post_init__(self) -> None:
        lines = (self.document, section_title(self.passage), self.passage.text)
        object.__setattr__(self, "context", "\n".join(filter(None, lines)))

    @property
    def language(self) -> str:
        """The language that the pair must be in."""
        return self.config.language

    @property
    def shot(self) -> Shot:
        """The worked example that the model was shown."""
        return prompt(self.config.topic, self.config.language).example

    @property
    def spoken(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """What a learner of the pair reads, by field: the instruction and the answer."""
        return ("instruction", self.pair.instruction), ("answer", self.pair.answer)
