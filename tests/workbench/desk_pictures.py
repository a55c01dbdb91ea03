"""The pictures of desk and articles in the documentation: `python -m tests.workbench.desk_pictures docs/images`.

With `--every FOLDER` all pages as phones and wide screens show them, light and dark, for those who look at the design.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from caibian.models.chat import Options
from caibian.records import Message
from tests.pipeline.browser import Browser, browser
from tests.workbench.newsroom import STORY, Newsroom, Person, newsroom
from tests.workbench.pictures import shoot

WIDE, PHONE = (1600, 1000), (390, 844)
SUMMARY = (
    "截至6月底，全市87个事项纳入“一件事一次办”清单，累计办件43.6万件，群众平均跑动次数由2.3次降至0.6次，办理时限压缩65%。"
    "副局长李文涛表示，下半年将推进12个高频事项跨区通办，并在50个社区试点“上门帮办”。全部终端的适老化改造8月底前完成。"
)
PLAIN = (
    "市政数局介绍，“一件事一次办”已覆盖87个事项，办件43.6万件，跑动降到0.6次，时限缩短约六成。"
    "下半年12个高频事项跨区通办，60个社区将试点“上门帮办”，局长周明说，窗口都会保留人工服务。"
)
EDITED = SUMMARY.replace("65%", "61%").replace("8月底前", "9月底前")
ARTICLES = (
    ("“一件事一次办”办件逾四十三万", "市报", "周宁", "2026-07-03T09:00:00+08:00", STORY),
    ("青岭市图书馆新馆开馆试运行", "市报", "何倩", "2026-03-06T10:00:00+08:00", "3月6日，青岭市图书馆新馆开馆试运行。新馆位于清河东路，总面积2.4万平方米，藏书110万册，设阅览座位1800个。馆长周敏介绍，新馆每天开放到22时，少儿馆和古籍馆将于5月开放。开馆首日，前来借阅的市民超过6000人次。"),
    ("轨道交通3号线二期9月试乘", "晚报", "孙立", "2026-08-20T18:30:00+08:00", "轨道交通3号线二期工程将于9月12日开始试乘。二期全长18.6公里，设车站11座，其中换乘站3座。市轨道集团副总经理陈立群说，试乘期间每天安排4个批次，每批2000人。"),
    ("秋粮收购价每斤上调一角", "农村版", "马骏", "2026-09-15T08:00:00+08:00", "省粮食和物资储备局9月15日公布，今年中晚籼稻最低收购价为每斤1.45元，比去年上调0.1元。全省设收购点632个，预计收购秋粮48亿斤。"),
    ("City library opens its new building", "Daily", "A. Hale", "2026-03-06T10:00:00+08:00", "The city library opened its new building on Monday. It has 24,000 square metres, 1.1 million books and 1,800 seats. The director, Zhou Min, said the children's library will open in May. More than 6,000 people came on the first day."),
    ("暴雨橙色预警解除，两处路段恢复通行", "市报", "周宁", "2026-07-18T06:40:00+08:00", "市气象台7月18日5时30分解除暴雨橙色预警。受积水影响的和平路下穿通道、环城东路已于6时恢复通行。全市昨夜平均降雨62毫米，最大降雨量出现在清河镇，为118毫米。"),
)  # fmt: skip


HEADLINES = {
    "办件": "“一件事一次办”上半年办件43.6万件，平均跑动降至0.6次",
    "图书馆": "青岭市图书馆新馆开馆，藏书110万册、座位1800个",
    "轨道": "3号线二期9月12日起试乘，全长18.6公里设站12座",
    "籼稻": "秋粮最低收购价每斤1.45元，632个收购点开秤",
    "library": "New city library opens with 1.1 million books and 1,800 seats",
    "暴雨": "暴雨橙色预警解除，两处积水路段6时恢复通行",
}


def headline(messages: Sequence[Message], options: Options) -> str:
    """A headline for whichever article was sent; one of them holds a wrong number."""
    text = messages[-1]["content"]
    return next((line for word, line in HEADLINES.items() if word in text), SUMMARY)


def fill(house: Newsroom, name: str) -> list[str]:
    """Bring the articles in; gives their ids."""
    keys = ("title", "source", "author", "published_at", "body")
    text = "\n".join(json.dumps(dict(zip(keys, one, strict=True)), ensure_ascii=False) for one in ARTICLES)
    with house.client(name) as client:
        answer = client.post("/articles/files", files=[("files", ("archive.jsonl", text.encode()))])
        assert len(answer.json()["added"]) == len(ARTICLES), answer.text
        return [row["id"] for row in client.get("/articles").json()["articles"]]


def summarise(person: Person, other: str) -> None:
    """A summary beside another model's, one number of it put right, one fact looked up."""
    chrome = person.chrome
    person.open("/desk/summary.news", "[data-field=article]")
    person.write("[data-field=article]", STORY)
    chrome.do(f"document.querySelector('[data-option=other]').value = '{other}'")
    chrome.do("document.querySelector('[data-option=other]').dispatchEvent(new Event('change'))")
    chrome.press("Enter", control=True)
    chrome.wait_for(f"document.querySelectorAll('.card.done').length === {2 if other else 1}")
    person.write(".card[data-slot='0'] textarea", SUMMARY.replace("8月底前", "9月底前"))
    chrome.wait_for("document.querySelector('.facts') && !document.querySelector('.facts.stale')")
    chrome.do("document.querySelector('.fact.changed').click()")
    chrome.do("document.activeElement.blur(); scrollTo(0, 0)")


def batch(house: Newsroom, name: str, ids: list[str]) -> str:
    """A batch that is done; gives its id."""
    with house.client(name) as client:
        made = client.post(
            "/batches", json={"task": "headline.news", "articles": ids, "language": "zh"}
        ).json()
        until = time.monotonic() + 60
        while client.get(f"/batches/{made['id']}").json()["state"] != "done":
            assert time.monotonic() < until, "the batch does not end"
            time.sleep(0.1)
    return str(made["id"])


def enter(house: Newsroom, chrome: Browser) -> tuple[Person, list[str]]:
    """A reporter logged in to a newsroom with articles."""
    name = house.account("linxiao", role="editor", display="林晓")
    ids = fill(house, name)
    house.gateway.written = {"tuned": SUMMARY, "base": PLAIN}
    person = Person(house, chrome, name)
    chrome.screen(*WIDE)
    person.log_in()
    return person, ids


def take(house: Newsroom, chrome: Browser, folder: Path) -> None:
    """The pictures of the documentation."""
    person, _ = enter(house, chrome)
    summarise(person, "base")
    shoot(chrome, folder / "newsroom-desk-wide.png", *WIDE)
    chrome.screen(*PHONE)
    chrome.wait_for("document.querySelector('.card')")
    chrome.do("document.querySelector('.desk-answers').scrollIntoView(); scrollBy(0, -70)")
    shoot_here(chrome, folder / "newsroom-desk-phone.png", *PHONE)
    chrome.screen(*WIDE)
    person.open("/articles", ".article-row")
    for row in (0, 1, 3):
        chrome.do(f"document.querySelectorAll('.article-row input')[{row}].click()")
    shoot(chrome, folder / "newsroom-articles-wide.png", WIDE[0], 760)
    chrome.screen(*PHONE)
    person.open("/articles", ".article-row")
    shoot(chrome, folder / "newsroom-articles-phone.png", *PHONE)


def every(house: Newsroom, chrome: Browser, folder: Path) -> None:
    """All pages in all sizes and colours."""
    person, ids = enter(house, chrome)
    folder.mkdir(parents=True, exist_ok=True)
    person.open("/desk", ".task-cards")
    each(person, folder, "start")
    summarise(person, "base")
    each(person, folder, "desk", keep=True)
    house.gateway.written, house.gateway.script = {}, headline
    person.open("/desk/headline.news", "[data-field=article]")
    person.chrome.click("[data-act=example]")
    each(person, folder, "form", keep=True)
    person.chrome.press("Enter", control=True)
    chrome.wait_for("document.querySelector('.card.done')")
    chrome.click("[data-act=draft]")
    chrome.wait_for("document.querySelector('dialog[open]')")
    each(person, folder, "draft", keep=True)
    for name, path, ready in (
        ("articles", "/articles", ".article-row"),
        ("article", f"/articles/{ids[0]}", ".task-picks"),
        ("batches", f"/batches/{batch(house, person.name, ids)}", ".result"),
        ("batch-list", "/batches", ".row-card"),
    ):
        person.open(path, ready)
        each(person, folder, name)
    chrome.click(".switch[lang=en]")
    chrome.wait_for("document.documentElement.lang.startsWith('en')")
    for name, path, ready in (
        ("desk-en", "/desk/summary.news", ".card"),
        ("articles-en", "/articles", ".article-row"),
    ):
        person.open(path, ready)
        each(person, folder, name)


def each(person: Person, folder: Path, name: str, *, keep: bool = False) -> None:
    """One page as it stands, on four screens. With `keep` it is not loaded anew for the phone."""
    chrome = person.chrome
    for kind, (width, height), dark in (
        ("wide", WIDE, False),
        ("wide-dark", WIDE, True),
        ("middle", (1024, 900), False),
        ("phone", PHONE, False),
        ("phone-dark", PHONE, True),
    ):
        chrome.screen(width, height, dark=dark)
        chrome.do("scrollTo(0, 0)")
        tall = chrome.do("document.documentElement.scrollHeight") if width < 600 else height
        shoot(chrome, folder / f"{name}-{kind}.png", width, min(tall, 2600))
    chrome.screen(*WIDE)


def shoot_here(chrome: Browser, path: Path, width: int, height: float) -> None:
    """What is seen where the page is scrolled to."""
    chrome.do("new Promise((done) => setTimeout(done, 400))")
    top = chrome.do("scrollY")
    chrome.picture(path, (0, top, width, height))


def main(folder: Path, *, all_of_them: bool) -> None:
    """Open a newsroom and look at it."""
    with tempfile.TemporaryDirectory() as place, newsroom(Path(place)) as house, browser() as chrome:
        (every if all_of_them else take)(house, chrome, folder)


if __name__ == "__main__":
    main(Path(sys.argv[-1]), all_of_them="--every" in sys.argv)
