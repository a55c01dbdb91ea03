"""Self-instruction on real PDFs, for a person to read: the documents, and a sample with its passages.

    python benchmarks/selfinstruct.py documents OUT     # three PDFs
    caibian instruct selfinstruct OUT --out RUN --model coder-1.5b --backend transformers --confirm --best 0.4
    python benchmarks/selfinstruct.py sample RUN --count 60 --seed 1 > sample.txt
    python benchmarks/selfinstruct.py count docs/evidence/selfinstruct.csv

The documents are a printed manual (Debian's package debian-edu-doc-zh-cn, as it comes), a handbook that LibreOffice
prints from HTML (debian-faq-zh-cn), and a volume of news that LibreOffice prints (140 stories of 500 to 1,600
characters out of CRUD_RAG, drawn by a seed). None of them is part of Caibian. Needs apt-get, dpkg and soffice.

A reader judges each pair: is the question answerable from the cited passage, and is the answer correct by it?
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import html
import json
import random
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from caibian.records import Example, read_parquet

PACKAGES = ("debian-edu-doc-zh-cn", "debian-faq-zh-cn")
MANUAL = "usr/share/doc/debian-edu-doc-zh-cn/debian-edu-bullseye-manual.pdf"
FAQ = "usr/share/doc/debian/FAQ/zh-cn"
CHAPTERS = [
    "basic-defs",
    "choosing",
    "getting-debian",
    "compatibility",
    "software",
    "ftparchives",
    "pkg-basics",
    "pkgtools",
    "uptodate",
    "kernel",
    "customizing",
    "support",
    "contributing",
    "redistributing",
]
STORIES, SHORTEST, LONGEST, SEED = 140, 500, 1600, 7
AROUND = 200  # characters of the passage on either side of the quote


def documents(out: Path, data: Path) -> None:
    """Make the three PDFs."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        subprocess.run(["apt-get", "download", *PACKAGES], cwd=work, check=True)
        for package in sorted(work.glob("*.deb")):
            subprocess.run(["dpkg", "-x", str(package), str(work / "x")], check=True)
        (out / Path(MANUAL).name).write_bytes((work / "x" / MANUAL).read_bytes())
        (work / "debian-faq.html").write_text(_faq(work / "x" / FAQ), encoding="utf-8")
        (work / "news-2023.html").write_text(_news(data / "zh_news_crud.parquet"), encoding="utf-8")
        pages = [str(work / name) for name in ("debian-faq.html", "news-2023.html")]
        convert = ["soffice", "--headless", "--convert-to", "pdf:writer_web_pdf_Export", "--outdir", str(out)]
        subprocess.run([*convert, *pages], check=True, stdout=subprocess.DEVNULL)


def _faq(folder: Path) -> str:
    parts = []
    for chapter in CHAPTERS:
        text = (folder / f"{chapter}.zh-cn.html").read_text(encoding="utf-8")
        body = re.search(r"<body[^>]*>(.*)</body>", text, re.S)
        assert body is not None, chapter
        parts.append(re.sub(r'<div class="nav(?:header|footer)">.*?</div>', "", body.group(1), flags=re.S))
    return _page("Debian 常见问题", "\n".join(parts))


def _news(path: Path) -> str:
    texts = [t for t in pq.read_table(path)["text"].to_pylist() if SHORTEST < len(t) < LONGEST]
    random.Random(SEED).shuffle(texts)
    parts = ["<h1>2023年新闻汇编</h1>"]
    for number, text in enumerate(texts[:STORIES], start=1):
        date, found, body = text.partition("正文：")
        parts.append(f"<h2>第{number}篇</h2>")
        parts += [f"<p>{html.escape(date.strip('，'))}</p>"] if found and date.strip("，") else []
        paragraphs = re.split(r"\n+|\u3000{2,}", body if found else text)
        parts += [f"<p>{html.escape(one.strip())}</p>" for one in paragraphs if one.strip()]
    return _page("新闻汇编", "\n".join(parts))


def _page(title: str, body: str) -> str:
    return f"<html><head><meta charset='utf-8'><title>{title}</title></head><body>{body}</body></html>"


def sample(run: Path, count: int, seed: int, beside: set[str]) -> None:
    """Print `count` examples drawn by the seed, with the passage around the quote; those named in `beside` are left out."""
    evidence = {
        one["id"]: one for one in map(json.loads, (run / "evidence.jsonl").read_text("utf-8").splitlines())
    }
    examples = [e for e in read_parquet(run / "examples.parquet", Example) if e.id not in beside]
    drawn = sorted(examples, key=lambda e: hashlib.sha256(f"{seed}:{e.id}".encode()).hexdigest())[:count]
    for number, example in enumerate(sorted(drawn, key=lambda e: e.id), start=1):
        quote, passage = evidence[example.id]["quote"], example.source_text or ""
        at = max(passage.find(quote[:8]), 0)
        around = passage[max(0, at - AROUND) : at + len(quote) + AROUND]
        print(
            f"[{number}] {example.id}\nQ: {example.instruction}\nA: {example.output}\n“{quote}”\nP: …{around}…\n"
        )


def count(verdicts: Path) -> None:
    """Print what a reader's verdicts come to."""
    with verdicts.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for name, chosen in (
        ("the sample of what was kept at last", [r for r in rows if r["sample"] == "yes"]),
        ("all that was kept at last", [r for r in rows if r["kept_at_last"] == "yes"]),
        ("all that was read", rows),
        *((d, [r for r in rows if r["document"] == d]) for d in sorted({r["document"] for r in rows})),
    ):
        good = sum(row["verdict"] == "good" for row in chosen)
        print(f"{name}: {good} of {len(chosen)} good ({good / len(chosen):.0%})")
    print("wrong:", dict(Counter(row["why"] for row in rows if row["verdict"] != "good").most_common()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    made = verbs.add_parser("documents")
    made.add_argument("out", type=Path)
    made.add_argument("--data", type=Path, default=Path("../shared/data"))
    drawn = verbs.add_parser("sample")
    drawn.add_argument("run", type=Path)
    drawn.add_argument("--count", type=int, default=60)
    drawn.add_argument("--seed", type=int, default=1)
    drawn.add_argument("--beside", type=Path, help="a file of ids, one a line, that were read before")
    counted = verbs.add_parser("count")
    counted.add_argument("verdicts", type=Path)
    arguments = parser.parse_args()
    if arguments.verb == "documents":
        documents(arguments.out, arguments.data)
    elif arguments.verb == "sample":
        known = set(arguments.beside.read_text("utf-8").splitlines()) if arguments.beside else set()
        sample(arguments.run, arguments.count, arguments.seed, known)
    else:
        count(arguments.verdicts)
