"""A tiny archive of our own writing, a recipe over it, and `caibian` as a process of its own."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

_PLACES = [
    "青岭",
    "白石",
    "云溪",
    "临江",
    "海棠",
    "丰泽",
    "北岸",
    "松原湾",
    "南桥",
    "柳河",
    "金滩",
    "望山",
    "桐树",
    "新渡",
    "长坪",
    "石门口",
]
_THINGS = [
    "图书馆",
    "体育场",
    "老年食堂",
    "植物园",
    "渡轮码头",
    "菜市场",
    "天文馆",
    "步行街",
    "托育中心",
    "污水处理厂",
    "口袋公园",
    "博物馆",
]
_ACTS = ["扩建", "翻修", "开放", "搬迁", "试运行", "改造", "验收", "启用"]
_WHO = [
    "街道办",
    "市教育局",
    "环保志愿队",
    "文旅部门",
    "居民代表",
    "施工单位",
    "专家组",
    "区妇联",
    "社区医生",
    "交通部门",
]
_SAYS = [
    "工程采用了低噪声设备，夜间不施工，沿线居民的出行没有受到影响",
    "方案先后听取了三轮意见，停车位与无障碍通道都做了调整",
    "工作人员逐户走访，把住户最关心的采光和排水问题列成清单",
    "附近学校已把这里列为课外活动点，秋天起每周安排一次参观",
    "经费由财政与企业共同承担，账目每个季度向社会公布一次",
    "下一步将完善标识和照明，并延长周末的服务时间",
    "老人们说，以前要换乘两趟车，现在步行一刻钟就能到",
    "气象部门提醒近期多雨，临时通道已经铺设防滑垫",
    "维护队伍由本地工匠组成，砖木结构按原样修复",
    "第一批预约名额放出后不久就被领完，主办方决定加开场次",
]
_LABELS = ("positive", "neutral", "negative")


def articles(count: int, seed: int = 0) -> list[dict[str, object]]:
    """Short news stories, no two alike, with headline, date and sentiment."""
    draw = random.Random(seed)
    rows: list[dict[str, object]] = []
    for number in range(count):
        place, thing, act = draw.choice(_PLACES), draw.choice(_THINGS), draw.choice(_ACTS)
        people, area = draw.randint(101, 99_999), draw.randint(11, 9_999)
        # Letters of a number's digits make each body unlike all others for near-duplicate detection.
        mark = "".join(chr(0x4E00 + draw.randint(0, 4000)) for _ in range(60))
        sentences = draw.sample(_SAYS, 4)
        body = (
            f"{place}{thing}{act}工程近日完成，占地{area}平方米。{draw.choice(_WHO)}介绍，{sentences[0]}。"
            f"{sentences[1]}。管理方统计，首日共接待{people}人。据了解，门楣上刻着“{mark}”。{sentences[2]}。"
            f"{draw.choice(_WHO)}表示，{sentences[3]}。"
        )
        rows.append(
            {
                "id": f"story-{number:05d}",
                "title": f"首日接待{people}人 {place}{thing}完成{act}",
                "body": body,
                "published_at": f"2026-0{number % 9 + 1}-1{number % 10}T08:00:00+08:00",
                "sentiment": _LABELS[number % 3],
            }
        )
    return rows


def project(folder: Path, count: int = 120, **sections: object) -> Path:
    """Write an archive and a recipe over it into `folder`; returns the recipe's path.

    `sections` replace or add top-level entries of a recipe of corpus and instructions; None takes one away.
    """
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / "news.jsonl"
    archive.write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in articles(count)), encoding="utf-8"
    )
    recipe: dict[str, object] = {
        "name": "tiny",
        "seed": 3,
        "corpus": {
            "sources": [{"path": "news.jsonl", "fields": {"labels": {"sentiment": "sentiment"}}}],
            "split": {"validation": 0.1, "test": 0.15},
            "shard_rows": 20,
        },
        "instructions": {"cards": ["headline.news", "sentiment.news"]},
    }
    recipe = {name: value for name, value in (recipe | sections).items() if value is not None}
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(recipe, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def environment() -> dict[str, str]:
    """The environment of a test's process: one thread, so that results repeat to the last bit."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "NO_COLOR": "1", "COLUMNS": "200"}


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`caibian …` in `folder`, running."""
    return subprocess.Popen(
        [sys.executable, "-c", "from caibian.cli import main; main()", *arguments],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def caibian(folder: Path, *arguments: str, status: int = 0) -> str:
    """`caibian …` in `folder`, to its end; returns all it printed. A status other than `status` fails."""
    process = start(folder, *arguments)
    try:
        output, _ = process.communicate(timeout=900)
    finally:
        process.kill()
    assert process.returncode == status, output
    return output


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 300) -> None:
    """Return as soon as `condition` holds; fails when the process ends or the time is up before."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, f"ended too early: {process.communicate()[0]}"
        assert time.monotonic() < deadline, "the moment to interrupt never came"
        time.sleep(0.01)


def stage_folder(folder: Path, stage: str) -> Path:
    """The one folder of a stage in the run of `project`."""
    found = sorted((folder / "runs" / "tiny").glob(f"[0-9][0-9]-{stage}-*"))
    assert len(found) == 1, found
    return found[0]


def files_under(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    """The bytes of the files that match one of `names` (glob patterns), by path without stages' hashes."""
    found = [file for name in names for file in sorted(folder.glob(name))]
    return {re.sub(r"-[0-9a-f]{12}/", "/", str(f.relative_to(folder))): f.read_bytes() for f in found}
