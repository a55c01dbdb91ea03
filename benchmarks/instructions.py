"""Instruction building: 1,000,000 examples from dataset cards, against the same job with Hugging Face `datasets.map`.

    python benchmarks/instructions.py                       # needs ../shared/data, or CAIBIAN_DATA
    python benchmarks/instructions.py --examples 200000

The labelled datasets that the packaged cards name are repeated until they have as many rows as asked for. Both systems
read the same Parquet files, clean white space, drop what has fewer than three letters, map labels, draw one of the
card's wordings for every row, shuffle all rows and write one Parquet file with the columns of an Example. Search for
copies is off in the first table, since repeated data would vanish: it is timed on its own in the second, over as many
texts, every repetition of a text changed in its digits and letters so that it is a text of its own.
Each system runs in a process of its own with two workers; peak memory counts the process and its children.
Needs: pip install 'caibian[train,bench]'.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

DATASETS = (
    *(
        "thucnews",
        "chnsenticorp",
        "ewect",
        "cold",
        "emotone",
        "arsarcasm.sarcasm",
        "ct24.checkworthiness",
        "liar",
    ),
    *("davidson", "olid", "newsmtsc", "hasoc.coarse", "midas.sentiment", "midas.emotion"),
)
SYSTEMS = ("Caibian", "datasets.map", "near-duplicates")
SEED = 1


def prepare(folder: Path, data: Path, count: int) -> list[tuple[str, str]]:
    """Every dataset's file repeated in proportion, so that all of them have `count` rows; (dataset id, path)."""
    from caibian.datasets.card import packaged

    tables = {
        name: pq.read_table(data / str(packaged()[name].file), columns=packaged()[name].columns)
        for name in DATASETS
    }
    total = sum(table.num_rows for table in tables.values())
    files = []
    for name, table in tables.items():
        rows = np.arange(round(count * table.num_rows / total)) % table.num_rows
        path = folder / f"{name}.parquet"
        pq.write_table(table.take(pa.array(rows)), path, compression="zstd", row_group_size=50_000)
        files.append((name, str(path)))
    return files


def ours(files: list[tuple[str, str]], out: Path) -> int:
    """Our builder, as the instructions stage calls it."""
    from caibian.instructions import writing
    from caibian.instructions.labelled.build import build
    from caibian.instructions.labelled.config import DatasetSettings
    from caibian.instructions.mix import MixSettings, places

    built = build(
        [DatasetSettings(id=name, path=Path(path)) for name, path in files], seed=SEED, dedupe=False
    )
    table = writing.joined([one.table for one in built])
    del built
    writing.write_examples(out, table, places(table, MixSettings(), SEED))
    return int(table.num_rows)


def theirs(files: list[tuple[str, str]], out: Path) -> int:
    """The same job with `datasets`: batched map over two processes, concatenate, shuffle, to_parquet."""
    import datasets
    from caibian.datasets.card import fold_label, packaged
    from caibian.instructions.labelled.rows import SPLITS
    from caibian.tasks import card as task_card
    from caibian.tasks import instruction, label_wording, variants
    from caibian.tasks.prompt import field_prefix

    datasets.disable_progress_bars()
    parts = []
    for name, path in files:
        dataset = packaged()[name]
        card = task_card(dataset.card)
        labels = list(dataset.labels)
        wordings = [
            instruction(card, dataset.language, k, labels) for k in range(variants(card, dataset.language))
        ]
        answer = {
            raw: label_wording(card, label, dataset.language) for raw, label in dataset.published().items()
        }
        prefixes = [field_prefix(card, field, dataset.language) for field in dataset.fields]

        def convert(
            batch: dict[str, list[Any]],
            indices: list[int],
            *,
            of: Any = (name, dataset, card, wordings, answer, prefixes),
        ) -> dict[str, list[Any]]:
            name, dataset, card, wordings, answer, prefixes = of
            made: dict[str, list[Any]] = {
                key: []
                for key in ("id", "instruction", "input", "output", "card", "dataset", "language", "split")
            }
            columns = [batch[column] for column in dataset.fields.values()]
            splits = batch.get(dataset.split or "", ["all"] * len(indices))
            for row, (index, label, split) in enumerate(
                zip(indices, batch[dataset.label], splits, strict=True)
            ):
                texts = [" ".join(str(column[row] or "").split()) for column in columns]
                said = answer.get(fold_label(str(label)))
                if said is None or sum(c.isalpha() for text in texts for c in text) < 3:
                    continue
                target = dataset.splits.get(split, "train")
                if target == "drop":
                    continue
                draw = (index * 0x9E3779B97F4A7C15 >> 32) % len(wordings) if target == "train" else 0
                made["id"].append(f"{name}/{index}")
                made["instruction"].append(wordings[draw])
                made["input"].append(
                    texts[0]
                    if len(texts) == 1
                    else "\n".join(p + t for p, t in zip(prefixes, texts, strict=True))
                )
                made["output"].append(said)
                made["card"].append(card.id)
                made["dataset"].append(name)
                made["language"].append(dataset.language)
                made["split"].append(target if target in SPLITS else "train")
            return made

        loaded = datasets.load_dataset(
            "parquet", data_files=path, split="train", cache_dir=str(out.parent / "cache")
        )
        parts.append(
            loaded.map(
                convert, batched=True, with_indices=True, remove_columns=loaded.column_names, num_proc=2
            )
        )
    whole = datasets.concatenate_datasets(parts).shuffle(seed=SEED)
    whole.to_parquet(str(out))
    return int(whole.num_rows)


def near_duplicates(files: list[tuple[str, str]], out: Path) -> int:
    """Clusters over all texts; the k-th repetition of a text begins with k in words of its own."""
    from caibian.datasets.card import packaged
    from caibian.similarity import cluster_signatures, minhash_signatures

    texts: list[str] = []
    for name, path in files:
        column = next(iter(packaged()[name].fields.values()))
        read = pc.fill_null(pq.read_table(path, columns=[column])[column], "").to_pylist()
        seen: dict[str, int] = {}
        for text in read:
            turn = seen[text] = seen.get(text, -1) + 1
            texts.append(text.translate(_SHIFTED[turn % len(_SHIFTED)]) if turn else text)
    started = time.perf_counter()
    signatures = minhash_signatures(texts)
    clusters = cluster_signatures(signatures)
    print(
        f"clusters {len(np.unique(clusters))} of {len(texts)} in {time.perf_counter() - started:.1f} s",
        file=sys.stderr,
    )
    return len(texts)


# Every letter and Han character moved by k places: a text of another wording but of the same shape.
_SHIFTED = [
    {code: code + 1 + shift for code in (*range(0x4E00, 0x9F00), *range(0x61, 0x70), *range(0x627, 0x640), *range(0x905, 0x930))}
    for shift in range(12)
]  # fmt: skip


def child(system: str, files: list[tuple[str, str]], folder: Path) -> None:
    """Run one system and print its figures as JSON."""
    peak = 0
    done = threading.Event()
    here = psutil.Process()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.1):
            try:
                family = [here, *here.children(recursive=True)]
                peak = max(peak, sum(one.memory_info().rss for one in family))
            except psutil.Error:
                continue

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    work = {"Caibian": ours, "datasets.map": theirs, "near-duplicates": near_duplicates}[system]
    started = time.perf_counter()
    count = work(files, folder / "examples.parquet")
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        json.dumps({"system": system, "examples": count, "seconds": seconds, "peak_mb": max(peak, own) / 1e6})
    )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CAIBIAN_DATA", "../shared/data")))
    parser.add_argument("--system", choices=SYSTEMS, action="append")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        asked = json.loads(arguments.child)
        child(asked["system"], [tuple(pair) for pair in asked["files"]], Path(asked["folder"]))
        return
    with TemporaryDirectory() as name:
        files = prepare(Path(name), arguments.data, arguments.examples)
        found = []
        for system in arguments.system or SYSTEMS:
            folder = Path(name) / system.replace(".", "-")
            folder.mkdir()
            asked = json.dumps({"system": system, "files": files, "folder": str(folder)})
            done = subprocess.run(
                [sys.executable, __file__, "--child", asked], stdout=subprocess.PIPE, text=True, check=True
            )
            found.append(json.loads(done.stdout.strip().splitlines()[-1]))
    print(
        f"{platform.processor() or platform.machine()}, {multiprocessing.cpu_count()} cores, pyarrow {pa.__version__}"
    )
    print(f"\n{'':18}{'examples':>12}{'seconds':>10}{'a second':>12}{'peak MB':>10}")
    for one in found:
        rate = one["examples"] / one["seconds"]
        print(
            f"{one['system']:18}{one['examples']:>12,}{one['seconds']:>10.1f}{rate:>12,.0f}{one['peak_mb']:>10,.0f}"
        )


if __name__ == "__main__":
    main()
