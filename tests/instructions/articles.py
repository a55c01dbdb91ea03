"""A small invented archive for the tests of this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caibian.records import Article, to_table, write_parquet

# place, thing, number, person, label
_STORIES = [
    ("青岭市", "图书馆新馆", 110, "周敏", "positive"),
    ("东溪县", "跨江大桥", 86, "何志远", "positive"),
    ("云浦县", "村卫生室", 12, "刘芳", "positive"),
    ("白石镇", "污水处理厂", 45, "陈立", "neutral"),
    ("南屏区", "公交专线", 23, "高岚", "neutral"),
    ("松河市", "老旧水管", 310, "宋涛", "neutral"),
    ("北塘区", "违法停车", 57, "林静", "negative"),
    ("金沙镇", "山体滑坡", 64, "郑凯", "negative"),
    ("龙湾市", "劣质油品", 91, "吴桐", "negative"),
    ("石门县", "养老食堂", 18, "沈洁", "positive"),
    ("高桥镇", "果园灌渠", 39, "钱峰", "neutral"),
    ("柳林市", "仓库火灾", 72, "孙悦", "negative"),
]
_VERBS = ["建成投用", "通过验收", "启动改造"]
_MONTHS = ["3月6日", "7月19日", "11月23日"]


def story(number: int, **changes: Any) -> Article:
    """The invented story of one number; title, lead and body are of one event, and differ between numbers."""
    place, thing, count, person, label = _STORIES[number % len(_STORIES)]
    round_ = number // len(_STORIES)
    count += 100 * round_
    verb, day = _VERBS[round_ % 3], _MONTHS[round_ % 3]
    parts: dict[str, Any] = {
        "id": f"own-{number:04d}",
        "title": f"{place}{thing}项目{verb} 涉及{count}个点位",
        "body": (
            f"新华社{place}{day}电（记者{person}）记者{day}从{place}政府获悉，经过长时间的筹备，{thing}项目正式{verb}，"
            f"首批{count}个点位将陆续为周边群众提供服务。\n"
            f"项目负责人{person}介绍，这项工作自{day}起分三步推进，{place}安排了{count}个点位，沿线居民可以通过热心服务点反映问题。\n"
            f"{place}还公布了后续安排：{thing}的日常管理由专门队伍负责，每个季度向社会通报一次进展，接受群众监督。\n"
            f"附近居民说，{thing}的变化就在家门口，希望管理队伍能长期坚持下去，把好事办好。"
        ),
        "language": "zh",
        "source": "own",
        "labels": {"sentiment": label},
        "split": "test" if number % 5 == 0 else "validation" if number % 5 == 1 else "train",
        "cluster": f"c{number}",
    }
    return Article(**{**parts, **changes})


def write_corpus(folder: Path, articles: list[Article]) -> dict[str, Path]:
    """Lay articles down as the corpus stage does; returns the stage's inputs."""
    half = len(articles) // 2
    for name, part in (("part-0", articles[:half]), ("part-1", articles[half:])):
        write_parquet(folder / "articles" / f"{name}.parquet", to_table(part, Article))
    return {"corpus": folder}
