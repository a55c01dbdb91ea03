"""An evaluation with slow scripted models, as a program of its own: what a test kills.

python -m tests.evaluation.slow_run INPUTS OUT SECONDS_PER_TOKEN
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from unittest import mock

from caibian import models
from caibian.evaluation import EvaluationConfig
from caibian.evaluation.run import run
from caibian.models.scripted import ScriptedModel
from tests.evaluation.support import held_out_examples, quiet, right

CONFIG = EvaluationConfig(shard=2, resamples=200)


def main(inputs: Path, out: Path, seconds_per_token: float) -> None:
    """Evaluate; before tuning the model says the first six characters of each reference."""
    answers = right(held_out_examples())

    def open_model(reference: str, *, adapter: Path | None = None, **_: Any) -> ScriptedModel:
        script = answers if adapter else {prompt: answer[:6] for prompt, answer in answers.items()}
        return ScriptedModel(script, "scripted", seconds_per_token=seconds_per_token)

    folders = {name: inputs / name for name in ("corpus", "instructions", "training")}
    with mock.patch.object(models, "open_model", open_model, create=True):
        run(CONFIG, folders, out, quiet(inputs))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
