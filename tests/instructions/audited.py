"""A small invented set of examples for the tests of the audit and of its page."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from caibian.records import Example, to_table, write_parquet
from caibian.tasks import card, instruction, variants

_PLACES = ("青岭", "云浦", "白石", "南屏", "松河", "北塘", "金沙", "龙湾", "石门", "高桥", "柳林", "东溪")
_THINGS = ("图书馆", "卫生室", "污水厂", "公交线", "老水管", "停车场", "加油站", "老食堂", "果园渠", "旧仓库")
_DEEDS = ("建成投用", "通过验收", "启动改造", "临时关停", "重新招标", "移交街道")


def text(number: int) -> str:
    """The invented news of one number: it has no long run and no likeness with that of another one."""
    draw = random.Random(number)
    signs = "".join(chr(draw.randrange(0x4E00, 0x9000)) for _ in range(24))
    return f"{draw.choice(_PLACES)}{draw.choice(_THINGS)}{draw.choice(_DEEDS)}，{signs}。"


def section(number: int, **changes: Any) -> Example:
    """One example of the card section.news, of the dataset `own`; unlike that of any other number."""
    labels = ("finance", "sports", "games")
    parts: dict[str, Any] = {
        "id": f"own/{number}",
        "instruction": instruction(
            card("section.news"), "zh", number % variants(card("section.news"), "zh"), labels
        ),
        "input": text(number),
        "output": ("财经", "体育", "游戏")[number % 3],
        "card": "section.news",
        "dataset": "own",
        "language": "zh",
        "split": "train",
        "labels": labels,
    }
    return Example(**{**parts, **changes})


def write(folder: Path, **splits: list[Example]) -> Path:
    """The examples of each split as a file of its name; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, examples in splits.items():
        write_parquet(folder / f"{name}.parquet", to_table(examples, Example))
    return folder


def clean(folder: Path) -> Path:
    """Sixty examples to learn from, twelve to validate and eighteen to test with, without a leak."""
    return write(
        folder,
        train=[section(k) for k in range(60)],
        validation=[section(k, split="validation") for k in range(60, 72)],
        test=[section(k, split="test") for k in range(72, 90)],
    )


RUN = "县政府昨日召开防汛工作会议，部署下一阶段水库巡查"  # 23 characters that two texts share


def dirty(folder: Path) -> Path:
    """The clean ones, and of each kind of flaw at least one."""
    train = [section(k) for k in range(60)]
    test = [section(k, split="test") for k in range(72, 90)]
    train += [
        section(200, input=test[0].input, id="own/exact"),
        section(201, input=test[1].input.replace("，", " ， ") + "附", id="own/near", dataset="other"),
        section(202, input=f"{text(301)}{RUN}{text(302)}", id="own/run"),
        section(3, id="own/copy"),
        section(4, id="own/torn", output="游戏"),
        section(203, id="own/none", output="无可奉告"),
        section(204, id="own/not-offered", output="房产"),
        section(205, id="own/7"),
        section(206, id="own/foreign", card="house.card"),
    ]
    test.append(section(207, split="test", id="own/met", input=f"{text(303)}{RUN}{text(304)}"))
    return write(
        folder, train=train, validation=[section(k, split="validation") for k in range(60, 72)], test=test
    )
