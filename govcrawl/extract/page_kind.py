"""What kind of page this is: by structure first (labels, dated rows, text), then by its column's type, tags and names."""

from __future__ import annotations

import re
from collections import Counter

from lxml import etree

from govcrawl.extract import columns, condition
from govcrawl.extract.item_signs import (
    Signs,
    is_item,
    is_prose,
    is_short_document,
    is_short_item,
    is_standing,
    is_titled_item,
)  # fmt: skip
from govcrawl.extract.label_words import keys_of, lead_words, vocabularies, words_of
from govcrawl.page import addresses
from govcrawl.page.document import Page
from govcrawl.text import normalise
from govcrawl.text.spotting import Spotter

Element = etree._Element

_INTERPRETATION = re.compile(
    r"解读[》」】]?$|^(?:音频|视频|动漫|动画|漫画|H5|长图|海报|图文|图表)\s*[|｜丨：:].*(?:政策|办法|措施|规定|条例|方案|意见|细则)|[一二三四五\d]分钟(?:读懂|看懂|听懂|了解)|^发布会(?:实录|图文|文字)?[：:|｜].*(?:政策|办法|措施|规定|条例|方案|意见|细则|规划)|^【[^】]*解读[^】]*】|^\[[^\]]*解读[^\]]*\]|^解读|》(?:的)?(?:政策|文件|图文|图表|视频|文字|图片)?解读|一图读懂|一图看懂|一图速览|^图解|^图说|答记者问|政策问答|^H5解读|解读[：:丨|]"
)
"""Matches "《…办法》政策解读", "一图读懂…" and "音频 | 三分钟听懂惠企政策", not "我县举办政策解读培训会"."""
_SURVEY = re.compile(
    r"征求意见|意见征集|公开征集|征集.{0,30}(?:意见|建议)|问卷|调查$|网上调查|网络调查|民意|征求.{0,40}意见|听取.{0,20}意见|听证"
)
"""Matches "关于公开征求《…》意见的公告", not "调查结果显示"."""
_INTERVIEW = re.compile(r"访谈|直播间|做客")
"""Matches "在线访谈：县长谈教育", not "会谈"."""
_GUEST = re.compile(r"嘉\s*宾|主持人|访谈时间|访谈主题|文字实录|图文实录|主持人[：:]")
"""Matches "访谈嘉宾：", not "来宾"."""
_STATISTICS = re.compile(
    r"(?:办件|办事|留言|来信|信件|信箱|受理|咨询|诉求|互动|服务事项|网民).{0,12}(?:统计|公示|情况|数据)|办理情况统计|统计情况"
)
"""Matches "2026年10月留言办理情况统计", not "统计公报"."""
_NUMBERS = re.compile(r"\d+\s*(?:件|条|封|%|个工作日)|(?:办结|受理|收到|答复|回复)[^。\n]{0,10}\d+")
"""Matches "受理35件", not "2026年"."""
_SEARCH = re.compile(r"/(?:search|so|jsearch|searchweb|zcso|sousuo)(?:[/?.]|$)|/s\?|[?&](?:q|keyword|keywords|searchword|sw|wd)=", re.I)
"""Matches "/so/s?q=a", not "/research/"."""
_FRAME_TAGS = Spotter(("<frameset", "<iframe"))
_FRAMES = etree.XPath("boolean(//frameset)")
_NAME_ONLY = re.compile(r"^[\u4e00-\u9fff·]{2,4}$")
"""A person's name: matches "林海川", not "县政府领导"."""


_GUIDE_KEYS = frozenset(
    ("设定依据", "申请条件", "办理材料", "办理地点", "办理机构", "收费标准", "办理时间", "联系电话", "办理流程", "事项名称", "办理时限")
)
_MESSAGE_KEYS = frozenset(("asked_on", "replied_on", "replier", "reply", "question"))
_POLICY_KEYS = frozenset(("index_number", "issuer", "issued_on", "doc_number", "topic", "genre", "validity"))


_TALK = ("访谈时间", "访谈嘉宾", "嘉宾", "主持人", "访谈主题", "嘉宾简介", "访谈地点", "文字实录", "图文实录", "访谈简介", "直播时间")
"""Labels of an interview; a list of interviews prints the same ones in every row."""
_ANSWERED = re.compile(r"^[\u4e00-\u9fff]{0,10}(?:回复|答复|回答)\s*(?:[（(][^（）()\n]{6,20}[)）])?\s*[:：]", re.M)
"""The beginning of an answer in a guest book: matches "管理员回复（2026-11-04）：", not "关于回复时限："."""


def decide(signs: Signs) -> str:
    """Kind of a page that is no error, shield, data answer or file."""
    return decision(signs)[0]


def decision(signs: Signs) -> tuple[str, str]:
    """The kind, and the step that decided: home, site (its own file), frame, search, labels, form, list or text."""
    page = signs.page
    if signs.context.home:
        return "home", "home"
    own = page.site_spec
    named = own.kind_of(addresses.path(page.url)) if own is not None else None
    if named:
        return named, "site"
    if _is_frame(page):
        return "frame", "frame"
    if not page.meta.get("articletitle") and (_SEARCH.search(addresses.path(page.url)) or _shows_results(page)):
        return "search", "search"
    words = words_of(page.visible_text("body"))
    special = _by_labels(signs, words)
    if special:
        return special, "labels"
    if _is_form(signs):
        return "static", "form"
    if _is_list(signs) and not is_short_item(signs) and not is_titled_item(signs):
        return _list_kind(signs, words), "list"
    return _content_kind(signs, words), "text"


_RESULTS = re.compile(
    r"(?:找到|检索到|搜索到|查询到|搜到|命中)(?:了|相关|约|共|结果)*\s*\d+\s*(?:条|个|篇|项)|(?:搜索|检索|查询)(?:到的?)?结果|共\s*\d+\s*(?:条|个|项)(?:相关|搜索|检索|查询)?结果|没有(?:找到|搜索到|检索到)(?:与|和).{1,40}?(?:相关|匹配)"
)
"""What the answer of a search says: matches "共找到 35 条结果" and "检索结果", not "调查结果"."""
_ASKED = etree.XPath("boolean(.//input[(@type='text' or @type='search' or not(@type)) and string-length(normalize-space(@value)) > 0])")


def _shows_results(page: Page) -> bool:
    """The answer of a search under any address: words of results above the list, and the box that still holds what was asked."""
    return bool(_RESULTS.search(page.visible_text("body")[:1500])) and (
        bool(_ASKED(page.body_tree)) or bool(re.search(r"搜索|检索|查询结果", page.head_title or ""))
    )


_WRITING = re.compile(r"(?:我要|我来|在线|网上)?(?:写信|留言|提问|咨询|投诉|建言|建议|申请|提交|提意见|登记)|信箱$|依申请公开")
"""Names of pages with a form to fill in: matches "我要写信", "县长信箱"; not "新闻中心"."""


def _is_form(signs: Signs) -> bool:
    """A page that is a form to write by (我要写信, 依申请公开): nothing is listed or told on it, and it is no item of a list."""
    if signs.rows > 1 or signs.dated or signs.plain >= 300 or not _WRITING.search(signs.title + signs.page.meta.get("columnname", "")):
        return False
    fields = (el for el in signs.page.body_tree.iter("textarea") if signs.page.region_of(el) == "body")
    return signs.column_type in ("咨询建言", "依申请公开", "网上信访", "纪检举报", "其他", "静态页面") and next(fields, None) is not None


def _is_frame(page: Page) -> bool:
    if not _FRAME_TAGS.any(page.markup):
        return False
    if _FRAMES(page.tree):
        return True
    return page.text_length < 40 and b"<iframe" in page.markup and page.body_tree.find(".//iframe") is not None


def _by_labels(signs: Signs, words: Counter[str]) -> str | None:
    """Kinds that a run of labels gives away: guide, message, board, policy document, leader."""
    guide = keys_of(words, "guide")
    if (signs.column_type == "办事服务" or len(guide) >= 2) and len(guide) < 4 and signs.rows < 3:
        guide += keys_of(lead_words(signs.page.visible_text("body"), "guide"), "guide")
    strong = {key for key in guide if key in _GUIDE_KEYS}
    message = keys_of(words, "message")
    asked = max(message["asked_on"], message["question"])
    told = message["reply"] + message["question"]
    if message["asked_on"] and message["status"] + message["type"] + message["number"] and not told and signs.rows >= 2:
        return "board"
    if (
        message["asked_on"]
        and sum(1 for key in _MESSAGE_KEYS if message[key]) >= 2
        and len(strong & {"设定依据", "申请条件", "办理材料", "办理流程"}) < 2
    ):
        if message["asked_on"] >= 2 or (message["question"] == 0 and message["reply"] == 0 and signs.titled >= 2):
            return "board"
        return "message"
    if (
        message["question"] + message["subject"] >= 2
        and signs.column_type == "咨询建言"
        and len(_ANSWERED.findall(signs.page.visible_text("body"))) >= 2
    ):
        return "board"
    if len(strong) >= 4 and strong & {"设定依据", "申请条件", "办理材料", "办理流程"} and not _is_table_of_items(signs):
        return "guide"
    if message["replied_on"] and message["reply"] and (message["question"] or message["subject"]) and asked < 2 and signs.titled < 3:
        return "message"
    if signs.dated < 2 and signs.rows < 4 and sum(1 for word in _TALK if words[word]) >= 2:
        return "interview"
    policy = keys_of(words, "policy")
    if not policy["doc_number"]:
        policy = keys_of(lead_words(signs.page.visible_text("lead")), "policy")
    if (
        policy["doc_number"]
        and sum(1 for key in _POLICY_KEYS if policy[key]) >= 3
        and signs.dated < 3
        and (signs.plain >= 20 or signs.media)
        and not _is_directory(signs, policy)
    ):
        return "policy"
    return _is_leader(signs, keys_of(words, "leader"))


_BIO = re.compile(
    r"[男女]\s*[，,、]\s*(?:[\u4e00-\u9fff]{1,4}族\s*[，,、]?)?[^。\n]{0,30}?(?:19|20)\d{2}\s*[年.]\s*\d{1,2}\s*月?(?:出?生|[，,、])|(?:19|20)\d{2}年\d{1,2}月(?:出生|生)[，,。]|分管[^。\n]{2,}|(?:主持|负责)(?:县|市|区|省|镇|乡|局|全|政府)[^。\n]{0,10}(?:全面)?工作"
)
"""What a leader's entry says: matches "男，汉族，1975年6月生", "主持县政府全面工作"; not "主持召开会议"."""
_APPOINTS = re.compile(r"公示|公告|任免|任职|任命|通知|拟|名单|先进|模范|榜样|好人")
"""Titles of pages that describe persons and are none of leaders: matches "干部任前公示", "道德模范事迹"; not "县长"."""
_POST_NAME = re.compile(
    r"^(?:[\u4e00-\u9fff]{0,10}(?:书记|县长|市长|区长|镇长|乡长|局长|主任|厅长|调研员|委员|部长|主席|巡视员|秘书长|队长))?[ 　:：]?[\u4e00-\u9fff·]{2,4}(?:简介|简历)?$"
)
"""Title of one leader's page: matches "林海川", "副县长 林海川" and "林海川简历"."""


def _is_leader(signs: Signs, labels: Counter[str]) -> str | None:
    """One leader or several: by labels (职务, 简历, 分工) or what their entries say, in a column or under a title that is of leaders."""
    if signs.dated >= 3 or _APPOINTS.search(signs.title):
        return None
    known = signs.column_type == "领导信息"
    told = labels["resume"] + labels["duties"]
    if not known and not (labels["post"] and told and len(signs.title) <= 12) and not _POST_NAME.match(signs.title):
        return None
    bios = len(_BIO.findall(signs.page.visible_text("body")))
    if not told and not bios or not known and not bios and not (labels["post"] and told):
        return None
    many = labels["resume"] >= 2 or labels["post"] >= 3 or labels["name"] >= 2 or bios >= 3 and labels["resume"] + labels["duties"] != 2
    return "leaders" if many else "leader"


def _is_directory(signs: Signs, labels: Counter[str]) -> bool:
    """A list of documents with the labels as table header or in every row (索引号, 文号, 生成日期), and no metadata above a text."""
    if signs.titled >= 2 and max(labels["doc_number"], labels["index_number"]) >= 2:
        return True
    if not any(_has_header(table) for table in signs.page.body_tree.iter("table")):
        return False
    above = keys_of(words_of(signs.page.visible_text("lead")), "policy")
    return sum(1 for key in _POLICY_KEYS if above[key]) < 3


def _has_header(table: Element) -> bool:
    """One of the first rows is nothing but labels, and two rows or more of values follow it."""
    known = vocabularies()["policy"]
    rows = table.findall(".//tr")
    for at, row in enumerate(rows[:4]):
        heads = [normalise.label(Page.line_of(cell)) for cell in row if cell.tag in ("td", "th")]
        named = [word for word in heads if word]
        if len(named) >= 3 and sum(1 for word in named if word in known or word in _COUNTS_ROWS) == len(named) and len(rows) - at > 2:
            return sum(1 for word in named if word in known) >= 2
    return False


_COUNTS_ROWS = frozenset(("序号", "编号", "备注", "操作", "下载", "文件名称", "信息名称", "制定机关", "部门"))
"""Headers of a directory that are no labels of a document."""


def _is_table_of_items(signs: Signs) -> bool:
    """A list of guides with the labels as table header."""
    return signs.titled >= 5 and signs.plain < 20 * signs.titled and signs.dated >= 3


def _is_list(signs: Signs) -> bool:
    """Rows or text? Counted, not named; the tags only break a tie."""
    page = signs.page
    article = bool(page.meta.get("articletitle"))
    tagged_list = bool(page.meta.get("columnname")) and not article and not page.meta.get("pubdate")
    if not signs.rows and not signs.has_pager and is_prose(signs):
        return False
    if signs.dated == 1 and signs.rows == 1 and signs.plain >= 40 and is_item(signs):
        return False
    strong = page.body_source == "container" and (signs.plain >= 20 or signs.media > 0)
    # a long text under a title of its own, in a box that bears no known name, with six related articles below it
    if article and (signs.dated < 3 or strong or signs.plain >= 300 + 12 * signs.rows):
        return False
    if tagged_list and not strong:
        return signs.plain < 150 or signs.dated + signs.titled >= 2 or signs.has_pager
    if signs.dated >= 2 and not (strong and signs.plain >= 120):
        return signs.plain < 150 or signs.dated >= 5 or tagged_list or signs.has_pager
    if signs.titled >= 4 and not strong and not article and columns.is_named(signs.title):
        return True  # titles with summaries under the name of a column
    if strong or (signs.plain >= 150 and not tagged_list):
        return False
    if signs.dated >= 1 and signs.plain < 100:
        return True
    return (
        signs.has_pager
        or tagged_list
        and signs.plain < 100
        or signs.titled >= 3
        and signs.plain < 100
        or (signs.plain < 40 and not signs.media and not is_short_document(signs))
    )


_DO = re.compile(r"^[\[【]?(?:办事指南|查看指南|在线办理|在线申办|在线申请|立即办理|网上办理|我要办|申报)[\]】]?$")
_MATTER = re.compile(
    r"(?:许可|登记|备案|审批|核发|补贴|认定|申领|申请|确认|给付|年检|换证|注销|变更|办理|核准|审核|缴存|提取|报销|补助|证明)(?:办理|办事|服务)?(?:指南)?(?:[（(][^（）()]{1,16}[)）])?$"
)
"""End of a service item's name: matches "食品经营许可（新办）" and "生育登记", not "关于开展登记的通知"."""


def _is_catalogue(signs: Signs) -> bool:
    """Rows that are items of service: buttons 办事指南, 在线办理 in them, or names that end as items do."""
    if sum(1 for a in signs.page.body_tree.iter("a") if _DO.match(Page.line_of(a))) >= 3:
        return True
    names = [e.title for block in signs.blocks if block.region == "body" for e in block.entries]
    return len(names) >= 4 and sum(1 for name in names if _MATTER.search(name)) >= 0.6 * len(names)


_COUNTED_WORDS = re.compile(r"收到|收件|来信|受理|办结|答复|回复|办理|满意|平均")


def _counts(text: str) -> bool:
    """Figures of a service: "受理35件", or a table of numbers under 收到, 办结 and the like."""
    return bool(_NUMBERS.search(text)) or len(set(_COUNTED_WORDS.findall(text))) >= 2 and len(re.findall(r"^\d[\d,.]*%?$", text, re.M)) >= 4


def _frame_of(page: Page) -> bool:
    """Another page stands in this one (an application form, a query system)."""
    return b"<iframe" in page.markup and any(el.get("src") and page.region_of(el) == "body" for el in page.body_tree.iter("iframe"))


def _list_kind(signs: Signs, words: Counter[str]) -> str:
    kind = signs.column_type
    message = keys_of(words, "message")
    if kind == "咨询建言" and (
        signs.titled or sum(1 for key in ("asked_on", "replied_on", "status", "replier", "number", "type") if message[key]) >= 2
    ):
        return "board"
    if message["asked_on"] and message["status"] + message["replier"] + message["replied_on"] and signs.titled >= 1:
        return "board"
    if kind == "领导信息" and signs.dated < 3:
        return "leaders"
    if kind == "办事服务" and signs.dated == 0 and any(block.region == "body" for block in signs.blocks):
        return "guide_list"
    if kind == "静态页面" and not signs.dated and not signs.has_pager and len(signs.page.visible_text("body")) >= len(signs.title) + 10:
        return "static"
    if (kind == "其他" and signs.dated == 0 or kind == "办事服务") and _is_catalogue(signs):
        return "guide_list"
    named = (
        kind in ("办事统计", "留言统计") or bool(_STATISTICS.search(signs.title)) and kind in ("咨询建言", "办事服务", "其他", "静态页面")
    )
    if named and signs.dated < 2 and signs.titled < 3 and _counts(signs.page.visible_text("body")):
        return "statistics"
    if signs.rows < 3 and not signs.dated and not signs.has_pager and _frame_of(signs.page):
        return "static"
    return "list"


def _content_kind(signs: Signs, words: Counter[str]) -> str:
    kind, title = signs.column_type, signs.title
    consultation = keys_of(words, "consultation")
    if kind in ("办事统计", "留言统计") or (
        _STATISTICS.search(title)
        and _NUMBERS.search(signs.page.visible_text("body"))
        and kind not in ("动态要闻", "通知公告", "政策文件", "政策解读", "数据发布")
        and len(title) <= 24
    ):
        return "statistics"
    if (
        kind == "征集调查"
        and not re.search(r"结果|反馈|采纳", title)
        or (consultation["opened_on"] + consultation["closed_on"] + consultation["period"] and _SURVEY.search(title))
    ):
        return "survey"
    if kind == "征集调查" and consultation["closed_on"]:
        return "survey"
    if (kind == "在线访谈" or _INTERVIEW.search(title)) and (_GUEST.search(signs.page.visible_text("body")) or kind == "在线访谈"):
        return "interview"
    if kind == "政策解读" or (_INTERPRETATION.search(title) and kind not in ("动态要闻", "通知公告")):
        return "interpretation"
    if kind == "领导信息" and (_NAME_ONLY.match(title) or "简历" in words or "分工" in words):
        return "leader"
    if kind in ("概况信息", "机构职能", "信息公开指南", "静态页面", "依申请公开", "网上信访", "纪检举报") and not signs.page.meta.get(
        "pubdate"
    ):
        return "static"
    if kind == "信息公开制度" and not signs.page.meta.get("articletitle"):
        return "static"
    if condition.maintenance(signs.page) and columns.type_of(title) != "其他":
        return "list"
    return "static" if is_standing(signs) else "content"
