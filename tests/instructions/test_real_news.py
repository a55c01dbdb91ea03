"""The headline and lead cards on a thousand real wire stories, which stay outside the repository."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from caibian.corpus.wire import split_headline
from caibian.instructions import InstructionsConfig
from caibian.instructions.prose import fold
from caibian.instructions.run import run
from caibian.progress import Context
from caibian.records import SPLITS, Article, Example, read_parquet
from caibian.similarity import longest_common_substring_ratio
from tests.instructions.articles import write_corpus
from tests.support import shared_data


def test_wire_stories_give_headlines_and_leads_that_their_inputs_do_not_hold(tmp_path: Path) -> None:
    rows = pq.read_table(shared_data("zh_news_xinhua_uhgeval.parquet")).slice(0, 300).to_pylist()
    articles = [
        Article(
            id=row["id"],
            title=split_headline(row["headLine"])[0],
            body=row["newsBeginning"] + row["newsRemainder"],
            language="zh",
            split=("test", "validation", "train", "train", "train")[number % 5],
        )
        for number, row in enumerate(rows)
    ]
    config = InstructionsConfig.model_validate(
        {"cards": [{"id": name, "plain_news": False} for name in ("headline.news", "lead.news")]}
    )
    report = run(config, write_corpus(tmp_path / "corpus", articles), tmp_path, Context.quiet())
    examples = [e for split in SPLITS for e in read_parquet(tmp_path / f"{split}.parquet", Example)]
    assert report.rows_in == len(examples) + sum(report.dropped.values()) == 600
    assert sum(e.card == "headline.news" for e in examples) >= 240
    assert sum(e.card == "lead.news" for e in examples) >= 120
    for example in examples:
        assert len(example.input) <= 300
        assert fold(example.output) not in fold(str(example.source_text))
        assert longest_common_substring_ratio(example.output, example.input) < 0.86
        if example.card == "lead.news":
            assert not example.output.startswith("新华社")
