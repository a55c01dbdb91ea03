"""Finding the lead of a story."""

from __future__ import annotations

import pytest

from caibian.grounding import unsupported
from caibian.instructions.datelines import strip_dateline
from caibian.instructions.leads import Lead, find_lead, without_days

LEAD = "记者3日从市交通局获悉，东溪大桥提前两个月通车，两岸车程缩短到8分钟。"
REST = "大桥全长1860米，双向六车道。此前居民过江主要靠轮渡。"


@pytest.mark.parametrize(
    ("copy", "story"),
    [
        ("新华社北京1月2日电（记者张三）两国外长会谈。", "两国外长会谈。"),
        ("新华社里约热内卢8月9日体育专电（记者张三、李四）小将夺冠。", "小将夺冠。"),
        ("中新网呼和浩特5月23日电 (陈三)草原小学开课。", "草原小学开课。"),
        ("本报讯（记者 李四）昨日，大桥通车。", "昨日，大桥通车。"),
        ("东溪商报讯记者张三通讯员李四报道:近日，大桥通车。", "近日，大桥通车。"),
        ("东溪日报（记者 张三）大桥通车。", "大桥通车。"),
        ("【东溪综合报道】据外媒消息，大桥通车。", "据外媒消息，大桥通车。"),
        ("浓雾中的大桥。中新网南京2月24日电 (张三)浓雾来袭。", "浓雾来袭。"),
        ("图为检测结果东溪都市报讯（记者张三 李四）租客发现异味。", "租客发现异味。"),
        ("LONDON (Reuters) - The bridge opened.", "The bridge opened."),
    ],
)
def test_datelines_and_credits_are_taken_off(copy: str, story: str) -> None:
    assert strip_dateline(copy, "en" if copy[0] == "L" else "zh") == story


@pytest.mark.parametrize(
    "story",
    [
        "据英国《东溪邮报》5月22日报道，大桥通车。",
        "记者2日从交通局获悉，大桥通车。",
        "5月23日上午，大桥通车。",
        "（东溪）大桥通车。",
        "据新华社电，大桥通车。",
        "3月5日电影节开幕。",
    ],
)
def test_what_belongs_to_the_story_stays(story: str) -> None:
    assert strip_dateline(story, "zh") == story


@pytest.mark.parametrize(
    ("lead", "bare"),
    [
        ("5月22日上午9时许，市长张三调研防汛。", "市长张三调研防汛。"),
        ("2018年5月22日至23日，东溪县举办比赛。", "东溪县举办比赛。"),
        ("为备战汛期，5月21日下午，东溪县召开动员会。", "为备战汛期，东溪县召开动员会。"),
        ("王某驾车被查。2月20日（星期二）晚，警方通报了此案。", "王某驾车被查。警方通报了此案。"),
        # Days inside a clause are grammar; those that the rest of the story tells are facts.
        ("东溪县5月21日召开动员会。", "东溪县5月21日召开动员会。"),
        ("记者24日从东溪县获悉，大桥通车。", "记者24日从东溪县获悉，大桥通车。"),
        ("6月1日，大桥通车。", "6月1日，大桥通车。"),
        ("昨天（星期三）上午，大桥通车。", "大桥通车。"),
        ("王某被查。近日，警方通报了此案。", "王某被查。警方通报了此案。"),
        ("记者近日获悉，大桥通车。", "记者近日获悉，大桥通车。"),
    ],
)
def test_days_that_only_the_lead_tells_are_taken_off(lead: str, bare: str) -> None:
    assert without_days(lead, unsupported(lead, "大桥6月1日通车。", "zh", kinds=("date",))) == bare


def test_the_first_paragraph_is_the_lead_and_the_rest_follows() -> None:
    found = find_lead(None, f"新华社东溪1月3日电（记者张三）{LEAD}\n{REST}", "zh", 20, 120)
    assert found == Lead(LEAD, REST, published=False)


def test_of_a_long_paragraph_the_first_sentences_are_the_lead() -> None:
    found = find_lead(None, LEAD + REST * 4, "zh", 20, 120)
    assert isinstance(found, Lead)
    assert found.text.startswith(LEAD)
    assert len(found.text) <= 120
    assert (found.text + found.rest).startswith(LEAD + REST)


def test_a_published_summary_that_fits_is_preferred_and_its_dateline_goes() -> None:
    found = find_lead(f"本报讯（记者 李四）{LEAD}", REST, "zh", 20, 120)
    assert found == Lead(LEAD, REST, published=True)
    assert find_lead("大桥通车", f"{LEAD}\n{REST}", "zh", 20, 120) == Lead(LEAD, REST, published=False)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "body_too_short"),
        ("大桥3日通车。", "lead_too_short"),
        ("大桥3日通车，" * 30 + "。", "lead_too_long"),
        ("记者3日从市交通局获悉，东溪大桥提前两个月通车\n居民过江", "lead_unfinished"),
        ("随后，记者3日又来到大桥另一端，看到车辆排起长队等待通过。", "lead_leans_back"),
        ("大桥为什么3日就通车了？记者从市交通局获悉，是因为提前完工。", "lead_showy"),
        ("“太方便了，我们等了整整三年才等到这一天。”居民3日说。", "lead_showy"),
        ("小编3日带大家去看刚刚通车的大桥，这里的风景非常好看。", "lead_not_news"),
        ("江水静静流过两岸的村庄，渡船在薄雾里来来往往，一年又一年。", "lead_not_news"),
    ],
)
def test_what_is_no_lead_is_refused_by_name(body: str, reason: str) -> None:
    assert find_lead(None, body, "zh", 20, 120) == reason


def test_a_desks_own_copy_may_open_with_a_scene() -> None:
    scene = "江水静静流过两岸的村庄，渡船在薄雾里来来往往，一年又一年。"
    assert find_lead(None, f"{scene}\n{REST}", "zh", 20, 120, plain_news=False) == Lead(
        scene, REST, published=False
    )
