"""Whether a page is a news report at all: what no desk would print is no example of its work.

Only page scrapes need this; wire copy is news already (`plain_news: false`). The words are Chinese: pages in other
languages pass.
"""

from __future__ import annotations

import re

from caibian.text import HAN

_QUOTED = re.compile(r"“[^”]*”|「[^」]*」|《[^》]*》|\"[^\"]*\"")
_QUESTION = re.compile(
    r"[？?]|(?:吗|呢|么)\s*$|^谁|哪些|哪里|哪家|什么|为啥|为何|怎么|怎样|(?:^|[，,：: ])如何|如何(?:维权|解决|处理|选择)"
)
_SHOUT = re.compile(r"[！!~～]")
# Documents, serials, advice: texts that are no report of anything.
_NO_REPORT = re.compile(
    r"(?:裁定|判决|调解|决定|通知)书|分集|剧情介绍|概念股|复盘|使用说明|注意事项|方法$|技巧|秘诀|大全|须知|观音|报案中心|第\d+章|"
    r"[（(][一二三四五六七八九十\d]{1,3}[）)]|这(?:招|几招|种病|几种|样做|些)|研究报告$|设备$|原理|防治$|生肖|财运|会员快讯|行为定性|推荐[:：]|海贼王"
)
_ADVERT = re.compile(
    r"\d{7,}|微信号?[:：]|加微信|QQ|电话[:：]|热线电话|批发(?:零售|价|市场|商)|厂家(?:直|电话|$)|生产厂家|报价|售价|多少钱|价格表|价格$|"
    r"加盟(?:店|费|商|热线|条件)|招商加盟|招代理|代办|急转|急售|^求购|出售二手|促销|特价|优惠高达|团购|招聘(?:信息|启事|网)|诚聘|急聘|十大品牌|"
    r"排行榜前十名|下载|破解|攻略|教程|时时彩|彩票平台|平台开户|返利|包邮|优质供应|供应信息|公司动态|套现|正品|直达(?:客车|汽车)|专线运输|"
    r"娱乐(?:总代|官方|平台|城|网)|维修.*安装|网赌",
    re.IGNORECASE,
)
_RANT = re.compile(r"黑心|无良|坑人|坑了|骗子(?:公司|医院)|维权遭|扒皮|卑鄙|无耻|投诉.*欺诈|吓绿|吓傻")
_SITE = re.compile(
    r"^[\w（）()·\s-]{2,24}(?:官网|网站|新闻网|信息网|监察网|廉政网|政务网|法院网|教育网|安全网|(?:管理|出版|教育|公安|卫生|税务|环保|保护|监督|统计|财政|旅游)局|"
    r"人民政府|国内新闻|国际新闻)$"
)
# Talk of a forum: I and you outside of quotes, 我国 and 我市 apart.
_I_AND_YOU = (
    r"我(?!国|市|县|省|区|校|军|州|院|局|党|方|队|镇|乡|村|会)|(?<!迷)你(?!方)|您|咱|俺|亲们|小编|蜀黍"
)
_TALK = re.compile(rf"{_I_AND_YOU}|求助|请问|楼主|大家|啦$|哦$|哟$|呀$|吧$")
_CHAT = re.compile(rf"{_I_AND_YOU}|大家|哦[~！。]|啦[~！。]|[~～]")
_MOST_CHAT = 2  # in an input of 300 characters, outside of quotes; a columnist has more, a reporter none
_DIRT = re.compile(r"[□■◆★☆♥@#]|�|&\w{0,5};?$|&\w{2,5};|\.(?:com|cn|net)\b|http|^\W+$", re.IGNORECASE)
_CONTACT = re.compile(
    r"(?:QQ|微信|威信|v信|电话|热线|手机|传真|咨询)(?:群|号|同号)?\W{0,6}[a-z\d-]{6,}|www\.|https?://|1[3-9]\d{9}",
    re.IGNORECASE,
)


def title_refusal(title: str) -> str | None:
    """Why no desk would print this as the headline of a news story, or None: the reason's name."""
    if not re.search(f"[{HAN}]", title):
        return None
    spoken = _QUOTED.sub("", title)
    for reason, pattern, text in (
        ("title_dirty", _DIRT, title),
        ("title_of_site", _SITE, title),
        ("title_advert", _ADVERT, title),
        ("title_no_report", _NO_REPORT, title),
        ("title_rant", _RANT, spoken),
        ("title_question", _QUESTION, spoken),
        ("title_exclamation", _SHOUT, spoken),
        ("title_talk", _TALK, spoken),
    ):
        if pattern.search(text):
            return reason
    return None


def text_refusal(text: str) -> str | None:
    """Why a text of a few hundred characters is no news report, or None: the reason's name."""
    if not re.search(f"[{HAN}]", text):
        return None
    if _CONTACT.search(text):
        return "body_advert"
    if len(_CHAT.findall(_QUOTED.sub("", text))) > _MOST_CHAT:
        return "body_chat"
    return None
