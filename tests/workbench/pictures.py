"""The pictures of the documentation: `python -m tests.workbench.pictures docs/images`."""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

from caibian.service.panel.app import create_panel_app
from caibian.storage import open_database
from caibian.storage.accounts import create_account, find_account
from caibian.storage.assignments import rank, skip
from caibian.storage.panels import NewItem, Source, Terms, create_panel
from caibian.storage.work import Work
from caibian.tasks import TaskCard, card, general_rubric, load_cards
from tests.models.server import serving
from tests.pipeline.browser import Browser, browser
from tests.workbench.conftest import workbench
from tests.workbench.desk import ITEM, READY, SAVED, Desk
from tests.workbench.house import PASSWORD, House

PEOPLE = {"linxiao": "林晓", "chensiyuan": "陈思远", "wangliqun": "王立群"}
STORY = """本报讯（记者 周宁）昨天上午，市政务服务和数据管理局召开发布会，介绍今年上半年“一件事一次办”改革进展。截至6月底，全市共有87个事项纳入清单，累计办件43.6万件，群众平均跑动次数由去年同期的2.3次降至0.6次，办理时限压缩61%。

副局长李文涛表示，下半年将推进企业开办、二手房交易、新生儿出生等12个高频事项跨区通办，并在50个社区试点“上门帮办”，为行动不便的老年人和残疾人服务。“每个窗口都会保留人工服务。”他说。

市民陈女士不久前刚办完二手房过户：“以前要跑好几个地方，这次一个上午就办齐了。”也有市民反映，部分自助终端字体偏小。市政数局回应，终端适老化改造已列入计划，9月底前完成全部316台设备的更新。"""
ANSWERS = {
    "tuned": "“一件事一次办”上半年办件43.6万件，平均跑动降至0.6次",
    "base": "重磅！再也不用跑断腿了，这项改革太给力！！！",
    "large": "87个事项实现联办，50个社区将试点“上门帮办”",
    "checked": "市政数局：9月底前完成316台自助终端适老化改造",
}
QUALITY = {"tuned": 1.2, "large": 0.8, "checked": -0.2, "base": -1.0}


def rubric(kind: TaskCard) -> list[tuple[str, str, str]]:
    """The general dimensions of a card."""
    return [(name, general_rubric()[name].zh, general_rubric()[name].en) for name in kind.rubric.general]


def fill(house: House) -> str:
    """A panel half-way; gives its id."""
    draw = random.Random(5)
    for name, display in PEOPLE.items():
        create_account(house.database, name, display=display, password=PASSWORD)
    create_account(house.database, "organiser", display="评审组", role="organiser", password=PASSWORD)
    cards = load_cards()
    kinds = [card(id, cards) for id in ("headline.news", "summary.news", "headline.opinion")]
    items = [
        NewItem(
            example_id=f"city-{n:03d}",
            card=kinds[n % 3].id,
            language="zh",
            instruction="请为下面的稿件拟一个新闻标题，不超过30字。",
            input=STORY,
            answers=ANSWERS,
            card_name_zh=kinds[n % 3].name.zh,
            card_name_en=kinds[n % 3].name.en,
            rubric=rubric(kinds[n % 3]),
        )
        for n in range(20)
    ]
    terms = Terms(share=1.0, per_item=2)
    panel = create_panel(
        house.database, "2026 春季模型对比", Source("spring", "ab" * 32), items, list(PEOPLE), terms
    )
    for (name, noise), count in zip(
        {"linxiao": 0.4, "chensiyuan": 0.6, "wangliqun": 1.3}.items(), (6, 13, 11), strict=True
    ):
        _rank_some(house, name, panel.id, count, noise, draw)
    return panel.id


def _rank_some(house: House, name: str, panel: str, count: int, noise: float, draw: random.Random) -> None:
    from caibian.storage.assignments import listing

    account = find_account(house.database, name)
    assert account
    for number, row in enumerate(listing(house.database, account, panel)[:count]):
        if number == 3:
            skip(house.database, account, row.id, "cannot_tell", "两份几乎一样。", 0)
            continue
        system = house.systems(row.id)
        order = sorted(system, key=lambda letter: -QUALITY[system[letter]] + draw.gauss(0, noise))
        broken = {order[-1]: ("accuracy",)} if draw.random() < 0.4 else {}
        work = Work(order=order, violations=broken, seconds=draw.uniform(40, 200))
        rank(house.database, account, row.id, work, 0)


def take(house: House, panel: str, chrome: Browser, folder: Path) -> None:
    """All pictures."""
    desk = Desk(house, chrome)
    chrome.screen(1440, 900)
    desk.log_in("linxiao")
    shoot(chrome, folder / "panel-list-wide.png", 1440, 900)
    chrome.screen(390, 844)
    shoot(chrome, folder / "panel-list-phone.png", 390, 844)
    chrome.screen(1440, 900)
    desk.go_on()
    system = house.systems(chrome.do("location.pathname.split('/').pop()"))
    desk.key_into(sorted(system, key=lambda letter: -QUALITY[system[letter]]))
    chrome.do(f"document.querySelector('.answer[data-key={desk.order()[-1]}] .chip:last-of-type').click()")
    chrome.do("document.activeElement.blur(); scrollTo(0, 0)")
    chrome.wait_for(SAVED)
    here = chrome.do("location.href")
    shoot(chrome, folder / "panel-ranking.png", 1440, 900)
    chrome.screen(390, 844, dark=True)
    chrome.visit(here, ITEM)
    chrome.click(".fold-button")
    chrome.do("scrollTo(0, 0)")
    shoot(chrome, folder / "panel-phone.png", 390, 844)
    chrome.screen(1440, 900)
    desk.log_out()
    desk.log_in("organiser")
    chrome.screen(1200, 900)
    chrome.visit(f"{house.pages}/panels/{panel}/agreement", "document.querySelector('[data-coefficient]')")
    below = chrome.do("document.querySelectorAll('.report-part')[2].getBoundingClientRect().top + scrollY")
    shoot(chrome, folder / "panel-agreement.png", 1200, below)
    chrome.screen(390, 844, dark=True)
    shoot(chrome, folder / "panel-agreement-phone.png", 390, 844)
    chrome.screen(1200, 900)
    chrome.visit(chrome.do("document.querySelector('[data-item] a').href"), READY)


def shoot(chrome: Browser, path: Path, width: int, height: float) -> None:
    """What is seen, without what lies below."""
    chrome.do(
        "document.fonts.ready.then(() => new Promise((done) => setTimeout(done, 400)))"
    )  # what glides, rests
    chrome.picture(path, (0, 0, width, height))


def main(folder: Path) -> None:
    """Fill a newsroom and look at it."""
    with tempfile.TemporaryDirectory() as place:
        database = open_database(Path(place) / "panel.db")
        with (
            serving(create_panel_app(database)) as api,
            workbench(api, Path(place)) as pages,
            browser() as chrome,
        ):
            house = House(database, api, pages)
            take(house, fill(house), chrome, folder)
        database.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
