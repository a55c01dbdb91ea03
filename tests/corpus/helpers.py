"""Tiny archives and short runs for the tests of the corpus stage."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

from caibian.corpus import CorpusConfig
from caibian.corpus.run import run
from caibian.progress import Context
from caibian.records import Article, Report, read_parquet

_WORDS = re.split(
    " +",
    "记者 政府 市民 经济 发展 会议 比赛 学校 医院 城市 交通 天气 公司 产品 市场 价格 专家 研究 项目 建设 文化 旅游 "
    "农村 生产 活动 举行 表示 认为 增长 下降 开始 结束 今年 去年 上海 北京 广州 成都 安全 环境 教育 科技",
)


def story(seed: int, sentences: int = 8) -> str:
    """A text that looks like Chinese news and shares little with the story of another seed."""
    rng = random.Random(seed)
    return "".join("".join(rng.choices(_WORDS, k=rng.randint(6, 12))) + "。" for _ in range(sentences))


def write_jsonl(path: Path, rows: list[Any], encoding: str = "utf-8") -> Path:
    """Rows as JSON lines; a row that is a string is written as it is."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def curate(out: Path, *sources: Path | dict[str, Any], **settings: Any) -> tuple[list[Article], Report]:
    """Run the stage on sources given by path or settings; the articles it wrote, and its report."""
    given = [source if isinstance(source, dict) else {"path": str(source)} for source in sources]
    config = CorpusConfig.model_validate({"sources": given, **settings})
    report = run(config, {}, out, Context.quiet(seed=settings.get("seed", 0)))
    return read_parquet(out / "articles", Article), report


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
