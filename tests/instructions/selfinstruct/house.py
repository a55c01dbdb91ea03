"""A handbook whose every section gives one passage, and a model that answers about it as a good one would."""

from __future__ import annotations

import json
import re
from pathlib import Path

from caibian.models.chat import Conversation

RULES = {
    "航拍": "航拍火灾现场须由摄影部主任尤明签字，并提前30分钟向指挥部报备",
    "匿名爆料": "匿名爆料先由热线编辑登记，再转交两名记者分头查证",
    "会议消息": "会议消息在散会后四十分钟内交稿，领导讲话只引一句",
    "读者来信": "读者来信每周五在第七版刊登，署名前要电话确认",
    "天气预警": "天气预警由值班编辑葛薇从气象台官网抄录，不得转抄群聊",
    "体育快讯": "体育快讯赛后十分钟内发出，比分要与裁判记录核对",
    "法院旁听": "法院旁听须关闭手机，判决书编号逐字抄写",
    "图片说明": "图片说明写明拍摄时间与地点，资料照片另行注明",
}
_FILLER = "上述要求适用于本报全体采编人员，实习人员由带教老师一并督促，执行情况列入月度考评。"


def write_handbook(folder: Path, rules: dict[str, str] = RULES) -> Path:
    """`handbook.md`, a section for each rule."""
    path = folder / "handbook.md"
    parts = [f"# {subject}\n\n《临澜晚报》规定，{rule}。{_FILLER * 2}\n\n" for subject, rule in rules.items()]
    path.write_text("".join(parts), encoding="utf-8")
    return path


def good_answer(conversation: Conversation) -> str:
    """One good pair about the rule of the passage, and one that nobody asked about a table."""
    found = re.search("《临澜晚报》规定，(.+?)。", conversation[-1]["content"].rpartition("\n\n")[2])
    assert found is not None, conversation[-1]["content"]
    rule = found.group(1)
    subject = next(name for name in RULES if name in rule)
    good = {
        "quote": rule,
        "instruction": f"《临澜晚报》对{subject}有什么规定？",
        "answer": f"按规定，{rule}。",
    }
    bad = {
        "quote": rule,
        "instruction": f"如图2所示，《临澜晚报》的{subject}要怎么办？",
        "answer": f"按规定，{rule}。",
    }
    return json.dumps({"pairs": [good, bad]}, ensure_ascii=False)
