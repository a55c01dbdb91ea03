"""Evaluation: closed questions of three labelled sets, against lm-evaluation-harness on the same prompts and weights.

    python benchmarks/evaluation.py                                # needs ../shared/data, or CAIBIAN_DATA
    python benchmarks/evaluation.py --items 40 --sections tasks
    python benchmarks/evaluation.py --peer-python ~/lmeval/bin/python

Section `tasks`: the first test items (drawn by the seed) of a set of 10 classes, of 6 and of 2, with the default model in
bfloat16. Both systems get the same rendered prompts and the same labels, and say the log-probability of every label; the
prediction compared is the label with the highest sum. The peer is its `hf` backend through `HFLM.loglikelihood`, with
`logits_cache` on, at the batch size that was its fastest on a sample of each set. Loading weights is timed for neither,
tokenizing for both. Each set runs in a process of its own for each system, one after the other.

Column `same` is the share of equal predictions. In bfloat16 a logit near 20 is a multiple of 1/8, and its last bit depends
on what else stands in a batch, so labels that are nearly as probable as each other change places between two runs of the
peer itself: `apart` is the share of equal predictions among the items whose two best labels differ by more than a quarter
in the peer's log-probability, `peer twice` (with --self-check) how often the peer agrees with itself at another batch
size. --dtype float32 takes rounding out of both systems.

The peer's `loglikelihood` moves white space at the end of a context into the continuation. Prompts of a chat end in a line
break, which would so be scored as part of every label; the requests are therefore made of the same tokens one step
further in, where `loglikelihood` hands them on (`_loglikelihood_tokens`).

The peer's requirements may clash with ours: put `lm_eval`, `accelerate`, torch and transformers of the same versions into
an environment of their own and name its interpreter with --peer-python.
Needs: pip install 'caibian[train,bench]'; two free cores, 6 GB of memory, and about 25 minutes for 500 items a set.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SETS = {"thucnews": 10, "ewect": 6, "cold": 2}  # dataset id -> classes
PEER_BATCHES = (1, 4, 8, 16, 32)
SAMPLE = 12  # items a batch size is tried with: on fewer, the largest would not fill a batch
SEED = 0
APART = (
    0.25  # difference of log-probabilities, in nats, that the rounding of two logits near 20 does not make up
)


def tasks(options: argparse.Namespace) -> None:
    """Labels scored a second, ours and the peer's, and how often the two agree."""
    with TemporaryDirectory(prefix="caibian-bench-") as folder:
        totals = {"ours": 0.0, "peer": 0.0}
        pairs: list[tuple[list[float], list[float]]] = []
        head = (
            "set",
            "classes",
            "items",
            "ours items/s",
            "peer items/s",
            "ratio",
            "peer batch",
            "same",
            "apart",
        )
        head += ("peer twice",) if options.self_check else ()
        print("| " + " | ".join(head) + " |\n|" + "---|" * len(head), flush=True)
        for name, classes in SETS.items():
            requests = Path(folder) / f"{name}.json"
            weights = _write_requests(requests, name, options)
            ours = _worker("ours", sys.executable, requests, weights, options)
            peer = _worker("peer", options.peer_python, requests, weights, options)
            own = list(zip(ours["scores"], peer["scores"], strict=True))
            cells = [*_agreement(own)]
            if options.self_check:
                cells.append(_agreement(list(zip(peer["scores"], peer["again"], strict=True)))[0])
            _print_row(name, classes, len(own), ours["seconds"], peer["seconds"], peer["batch"], cells)
            totals["ours"] += ours["seconds"]
            totals["peer"] += peer["seconds"]
            pairs += own
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                for system, outcome in (("ours", ours), ("peer", peer)):
                    (options.keep / f"{name}-{system}.json").write_text(json.dumps(outcome))
    _print_row("total", "", len(pairs), totals["ours"], totals["peer"], "", _agreement(pairs))


def _print_row(
    name: str, classes: object, items: int, ours: float, peer: float, batch: object, cells: Sequence[str]
) -> None:
    rates = f"{items / ours:.2f} | {items / peer:.2f} | {peer / ours:.2f}"
    print(f"| {name} | {classes} | {items} | {rates} | {batch} | {' | '.join(cells)} |", flush=True)


def _agreement(pairs: Sequence[tuple[list[float], list[float]]]) -> tuple[str, str]:
    """Share of equal predictions, of all and of those whose two best labels are apart on the second side."""
    equal = [_best(first) == _best(second) for first, second in pairs]
    apart = [
        same
        for same, (_, second) in zip(equal, pairs, strict=True)
        if (top := sorted(second, reverse=True))[0] - top[1] > APART
    ]
    return f"{sum(equal) / len(equal):.1%}", f"{sum(apart) / max(1, len(apart)):.1%} of {len(apart)}"


SECTIONS: dict[str, Callable[[argparse.Namespace], None]] = {"tasks": tasks}
"""Name -> what measures it and prints its table; a section of another part is one more entry here."""


def _write_requests(path: Path, dataset: str, options: argparse.Namespace) -> str:
    """The questions of one set as JSON, for both systems; returns the folder of the weights."""
    from transformers import AutoTokenizer

    from caibian.datasets.card import packaged
    from caibian.evaluation.tasks.items import labelled_sets
    from caibian.models import torch_weights, weights

    [one] = labelled_sets([packaged()[dataset]], options.data, seed=SEED, limit=options.items)
    found = weights.resolve(options.model)
    folder = found if found.is_dir() else torch_weights.converted(found)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    conversations = [one.conversation(example) for example in one.examples]
    contexts = [
        tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        for turns in conversations
    ]
    rows = {"conversations": conversations, "contexts": contexts, "choices": one.choices}
    path.write_text(json.dumps(rows, ensure_ascii=False))
    return str(folder)


def _worker(
    system: str, python: str, requests: Path, weights: str, options: argparse.Namespace
) -> dict[str, Any]:
    out = requests.with_suffix(f".{system}.json")
    command = [python, __file__, "--worker", system, str(requests), weights, str(out), options.dtype]
    command += ["--self-check"] if options.self_check else []
    environment = os.environ | {
        "OMP_NUM_THREADS": str(options.threads),
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{system} failed:\n{done.stderr[-3000:]}")
    outcome: dict[str, Any] = json.loads(out.read_text())
    return outcome


def work(system: str, requests: str, weights: str, out: str, dtype: str, *more: str) -> None:
    """One system on one set, in a process of its own."""
    rows = json.loads(Path(requests).read_text()) | {"dtype": dtype, "again": "--self-check" in more}
    outcome = {"ours": ours, "peer": peer}[system](rows, weights)
    Path(out).write_text(json.dumps(outcome))


def ours(rows: dict[str, Any], weights: str) -> dict[str, Any]:
    """Our closed questions, as `caibian evaluate tasks --way scored` asks them."""
    import torch

    from caibian.models.torch_chat import Closed, TorchChat

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    model = TorchChat.load(weights, dtype=rows["dtype"])
    choices = [rows["choices"]] * len(rows["conversations"])
    list(model.closed_iter(rows["conversations"][:2], choices[:2]))
    started = time.perf_counter()
    found = dict(model.closed_iter(rows["conversations"], choices))
    seconds = time.perf_counter() - started
    scores = []
    for at in range(len(choices)):
        outcome = found[at]
        assert isinstance(outcome, Closed), outcome
        scores.append([sum(logprobs) for logprobs in outcome.logprobs])
    return {"seconds": seconds, "scores": scores}


def peer(rows: dict[str, Any], weights: str) -> dict[str, Any]:
    """lm-evaluation-harness over the same prompts, at its best batch size."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    backend = importlib.import_module("lm_eval.models.huggingface").HFLM
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    model = AutoModelForCausalLM.from_pretrained(weights, dtype=getattr(torch, rows["dtype"]))
    tokenizer = AutoTokenizer.from_pretrained(weights)

    def run(contexts: Sequence[str], batch: int) -> tuple[float, list[float]]:
        harness = backend(pretrained=model, tokenizer=tokenizer, batch_size=batch, logits_cache=True)
        started = time.perf_counter()
        choices = [
            (choice, harness.tok_encode(choice, add_special_tokens=False)) for choice in rows["choices"]
        ]
        asked = [
            ((context, choice), tokens, label)
            for context, tokens in ((context, harness.tok_encode(context)) for context in contexts)
            for choice, label in choices
        ]
        said = harness._loglikelihood_tokens(asked, disable_tqdm=True)
        return time.perf_counter() - started, [float(logprob) for logprob, _ in said]

    contexts = rows["contexts"]
    run(contexts[:2], 2)
    sample = contexts[:: max(1, len(contexts) // SAMPLE)][:SAMPLE]
    tried = {batch: run(sample, batch)[0] for batch in PEER_BATCHES if batch <= 2 * len(sample)}
    best = min(tried, key=tried.__getitem__)
    seconds, logprobs = run(contexts, best)
    outcome = {"seconds": seconds, "scores": _by_item(logprobs, rows), "batch": best, "tried": tried}
    if rows["again"]:
        other = next(batch for batch in PEER_BATCHES if batch != best)
        outcome["again"] = _by_item(run(contexts, other)[1], rows)
    return outcome


def _by_item(logprobs: Sequence[float], rows: dict[str, Any]) -> list[Sequence[float]]:
    width = len(rows["choices"])
    return [logprobs[at : at + width] for at in range(0, len(logprobs), width)]


def _best(scores: Sequence[float]) -> int:
    return max(range(len(scores)), key=scores.__getitem__)


def main() -> None:
    """Run the sections asked for."""
    if sys.argv[1:2] == ["--worker"]:
        work(*sys.argv[2:])
        return
    root = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--items", type=int, default=500, help="items of each set")
    parser.add_argument("--model", default="default")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter that has lm_eval")
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), default="bfloat16")
    parser.add_argument("--self-check", action="store_true", help="run the peer at a second batch size too")
    parser.add_argument("--keep", type=Path, help="folder for both systems' scores")
    parser.add_argument("--sections", nargs="*", choices=sorted(SECTIONS), default=sorted(SECTIONS))
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("CAIBIAN_DATA") or root / ".." / "shared" / "data"),
    )
    options = parser.parse_args()
    import torch
    import transformers

    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; torch {torch.__version__}, "
        f"transformers {transformers.__version__}; {options.threads} threads"
    )
    for section in options.sections:
        print(f"\n## {section}\n")
        SECTIONS[section](options)


if __name__ == "__main__":
    main()
