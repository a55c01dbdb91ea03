"""Phrases that give an answer away: clickbait, an assistant's chatter, judgements, forbidden claims."""

from __future__ import annotations

import re

CLICKBAIT = re.compile(
    r"震惊[！!，,]|^震惊|惊呆|惊掉|惊爆|吓(?:坏|傻|瘫|尿|人)了|你(?:绝对|肯定|一定)?(?:想不到|不知道的|猜不到)|万万没想到|竟然是|"
    r"原因(?:竟|竟然|居然)|真相(?:竟|竟然|居然|令人|惊人|了)|结局(?:竟|亮了|令人)|(?:不|没)看(?:会|将)?后悔|看完(?:我|你|都|沉默|泪)|"
    r"(?:赶紧|赶快|速速?)看|速看|必看|转疯|刷屏了|炸锅|沸腾了|太可怕了|细思极恐|亮瞎|99%的?人|内幕曝光|"
    r"(?:男人|女人|孩子)看了(?:沉默|流泪)|[！!]{2,}|[？?]{2,}|[！!][？?]|[？?][！!]|"
    r"\byou won['’]t believe\b|\bwhat happen(?:s|ed) next\b|\bwill (?:shock|amaze|blow)\b|\bshocking\b|\bjaw[- ]dropping\b|"
    r"\bmind[- ]blowing\b|\b(?:one|this) (?:weird|simple) trick\b|\bnumber \d+ will\b|\bdoctors hate\b|\bmust[- ]see\b|"
    r"\bgone wrong\b|\bthe internet (?:is|can['’]t)\b",
    re.IGNORECASE,
)

_FIELD_ZH = "标题|新闻标题|导语|新闻导语|摘要|正文|答案|回答|结果|情感|情感倾向|输出"
_FIELD_EN = "headline|title|lead|lead paragraph|summary|answer|sentiment|output|result"
LEAD_IN = re.compile(
    rf"^\W*(?:好的|好[，,]|当然|没问题|以下(?:是|为)|下面(?:是|为)|这(?:里)?是(?:一|为(?!了)|我|您)|根据(?:您|你)(?:的|提供)|"
    rf"(?:作为|我是)(?:一个|一名|一位)?(?:AI|人工智能|语言模型|新闻编辑)|(?:{_FIELD_ZH})\W{{0,3}}[:：]|"
    rf"sure\b|certainly\b|of course\b|okay\b|here (?:is|are)\b|here['’]s\b|as an ai\b|i['’]m (?:sorry|an ai)\b|"
    rf"(?:the )?(?:{_FIELD_EN})\W{{0,3}}[:：])",
    re.IGNORECASE,
)
CHATTER_AFTER = re.compile(
    r"(?:希望(?:这|以上|对)(?:您|你|能|个)?.{0,12}(?:帮助|满意|符合)|如(?:果)?(?:您|你)?(?:有|需要?).{0,12}(?:修改|调整|告诉)|"
    r"[（(](?:字数|共|约)\W{0,2}\d+\s*字?[）)]|\bi hope this\b|\blet me know\b|\bfeel free to\b).{0,20}$",
    re.IGNORECASE,
)
MARKDOWN = re.compile(r"^\s*(?:#{1,6}\s|\*\*|```|[-*]\s|\d+[.、)]\s)|\*\*", re.MULTILINE)

# Words of judgement and feeling that a rewriting must not bring into a report of facts.
VIEW = re.compile(
    r"令人(?!民)[\u4e00-\u9fff]{1,3}|让人(?:不禁|感到|深感|欣慰|振奋|感动|愤怒|遗憾|担忧|唏嘘|动容)|不禁(?:让人|令人|感叹|感慨)|"
    r"(?:我们?|笔者|小编|本人)(?:认为|觉得|以为|相信|看来)|可以说|不得不说|毫无疑问|毋庸置疑|无疑(?:是|将|会)|显而易见|"
    r"值得(?:点赞|称赞|称道|肯定|深思|警惕|期待|骄傲|我们)|(?:真是|实在|简直|堪称)|可喜可贺|大快人心|振奋人心|功不可没|"
    r"可悲|可耻|可恨|荒唐|荒谬|愚蠢|(?:太|真)(?:好|棒|差|糟糕|可惜|遗憾|不应该)(?:了)?|岂有此理|"
    r"(?:伟大|光辉|灿烂|辉煌|卓越|杰出|完美|惊人|感人|震撼|精彩绝伦)的|我们(?:应该|应当|必须|期待)|让我们|"
    r"\b(?:I|we) (?:think|believe|feel|hope)\b|\bin (?:my|our) (?:view|opinion)\b|\b(?:clearly|obviously|undoubtedly|"
    r"unsurprisingly|sadly|thankfully|fortunately|unfortunately|shamefully|remarkably)\b|\b(?:wonderful|amazing|stunning|"
    r"disgraceful|shameful|outrageous|inspiring|heart-?(?:warming|breaking)|terrible|ridiculous|brilliant)\b|"
    r"\b(?:it is time|we must|must be applauded|deserves? (?:praise|applause|better))\b",
    re.IGNORECASE,
)

# Words without which a text takes no side and weighs nothing.
JUDGEMENT = re.compile(
    r"应(?:该|当|有|以|把|将|从|让|尽|由|在)|必须|不(?:能|该|应|可|妨|宜|必|足)|值得|关键|在于|重要的是|有必要|需要|须|宜|可取|可贵|难得|"
    r"认为|主张|赞成|反对|支持|质疑|肯定|批评|遗憾|可惜|难免|难言|恐怕|显然|固然|诚然|毕竟|与其|说到底|归根结底|"
    r"才(?:能|是|有|会|算)|(?:更|最)(?:重要|需要|该|好|应|难|值得|可怕|见|考验)|好在|成功|失败|不足|问题(?:是|在)|"
    r"\b(?:should|must|ought|need(?:s|ed)? to|deserves?|better|worse|wrong|right|matters?|fail(?:s|ed|ure)?|succeeds?|"
    r"believe|argue|think|worth|important|cannot|regrettabl[ye]|welcome|mistake|risk(?:s|y)?|merely|hardly|best|worst)\b",
    re.IGNORECASE,
)

ABSOLUTE_CLAIM = re.compile(
    r"国家级(?!非|新区|自然|经济|开发|高新|贫困|重点|文物|风景|森林|湿地|质检|实验室)|世界级|最高级|最佳(?!球员|射手|影片|导演|男|女|编剧|新人|阵容)|"
    r"(?:全网|全国|全球|史上|行业|同类|市场)(?:最|第一|唯一|独家)[\u4e00-\u9fff]?|(?:销量|口碑|品质|质量|效果)第一|第一品牌|顶级|极品|极致|"
    r"独一无二|绝无仅有|史无前例|万能|百分之?百|100\s*[%％]|(?:彻底|永久|一次)?根治|包治|药到病除|永不(?:反弹|复发)|"
    r"(?:无|零|没有任何)(?:副作用|风险)|稳赚(?:不赔)?|保本|包赚|包过|无效退款|立竿见影|绝对(?:安全|有效|正品|放心)|"
    r"最(?:便宜|低价|优惠|好用|好吃|有效|安全|先进|畅销|受欢迎|划算)|全网最低|"
    r"\b(?:guaranteed|risk[- ]free|miracle|cures?|the best .{0,20}(?:ever|in the world|on the market)|number one|no\.? ?1|#1|"
    r"no side effects|once in a lifetime|cheapest|100 ?(?:percent|%))(?!\w)",
    re.IGNORECASE,
)
