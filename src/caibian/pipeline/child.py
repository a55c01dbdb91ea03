"""The process that does one stage: `python -m caibian.pipeline.child`, started by `caibian run`.

A process of its own gives every stage its whole memory back at the end, an honest peak, and keeps a crash
in native code from taking the run with it. Standard input brings one line of JSON, the job, and then stays
open as long as `caibian run` lives: when it ends, however it ended, this process ends too.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import IO, Any

from caibian.errors import CaibianError
from caibian.files import write_json
from caibian.pipeline.stages import STAGES
from caibian.progress import Context, Progress

FAILED = 3  # exit status of a stage whose error stands in failure.json
INTERRUPTED = 130  # the shell's convention for SIGINT
FAILURE = "failure.json"

# Import name -> distribution, of the libraries whose version can change a result or its speed.
_LIBRARIES = {
    "accelerate": "accelerate",
    "gguf": "gguf",
    "jieba": "jieba",
    "numpy": "numpy",
    "opencc": "opencc",
    "peft": "peft",
    "pyarrow": "pyarrow",
    "rensa": "rensa",
    "rouge_score": "rouge-score",
    "sacrebleu": "sacrebleu",
    "safetensors": "safetensors",
    "sklearn": "scikit-learn",
    "tokenizers": "tokenizers",
    "torch": "torch",
    "trafilatura": "trafilatura",
    "transformers": "transformers",
    "xllamacpp": "xllamacpp",
}


def main() -> int:
    """Read the job, do the stage, leave `report.json` or `failure.json` in its folder."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell may have it ignored
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, args=(sys.stdin,), daemon=True).start()
    out = Path(job["out"])
    try:
        _work(job, out)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        expected = isinstance(error, CaibianError)
        write_json(
            out / FAILURE,
            {
                "message": str(error) if expected else f"{type(error).__name__}: {error}",
                "expected": expected,
                "traceback": traceback.format_exc(),
            },
        )
        return FAILED
    return 0


def _work(job: dict[str, Any], out: Path) -> None:
    stage = STAGES[job["stage"]]
    settings = stage.config_class().model_validate(job["settings"])
    inputs = {name: Path(folder) for name, folder in job["inputs"].items()}
    context = Context(seed=job["seed"], model=job["model"], progress=Progress(job["progress"]))
    report = stage.function()(settings, inputs, out, context)
    report.stage = stage.name
    report.seed = context.seed if report.seed is None else report.seed
    report.versions = {**library_versions(), **report.versions}
    report.peak_memory_mb = max(report.peak_memory_mb, peak_memory_mb())
    report.write(out)


def library_versions() -> dict[str, str]:
    """Versions of Python, Caibian and those main libraries that this process has loaded."""
    versions = {"python": platform.python_version(), "caibian": importlib.metadata.version("caibian")}
    for module, distribution in _LIBRARIES.items():
        if module in sys.modules:
            versions[distribution] = importlib.metadata.version(distribution)
    return versions


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far, in MB (10^6 bytes).

    Linux: VmHWM. `ru_maxrss` there counts what the process was before exec, that is, its parent.
    """
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # bytes on macOS, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _end_with_parent(lifeline: IO[str]) -> None:
    while lifeline.read(1):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)  # workers of this process too
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Native libraries with threads of their own can hang or crash while the interpreter is torn down; the
    # files are whole by now, so nothing is lost by leaving at once.
    os._exit(status)
