"""What kind of page this is: by structure first (labels, dated rows, text), then by its column's type, tags and names."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from govcrawl import rulebook
from govcrawl.extract import condition
from govcrawl.model.facts import Context, ListBlock
from govcrawl.page import addresses
from govcrawl.page.document import Page
from govcrawl.text import normalise
from govcrawl.text.spotting import Spotter

_LABEL = re.compile(r"([\u4e00-\u9fff][\u4e00-\u9fff/（）()]{1,11})\s*[\]】]?\s*[：:]")
"""A printed label: matches "发文字号：", not "2026："."""
_SPREAD = re.compile(r"(?<=[\u4e00-\u9fff])[ \u3000\xa0\u2002\u2003]+(?=[\u4e00-\u9fff])")
"""Blanks inside a spread label: matches in "索 引 号", not in "a b"."""
_NUMBERED = re.compile(r"^[（(]?(?:[一二三四五六七八九十]{1,3}|\d{1,2})[）)]?[、.．:：)）\s]")
"""Numbering before a heading: matches "三、设定依据", "（二）办理材料", not "一次办好"."""
_BOXED = re.compile(r"[【\[［]\s*([\u4e00-\u9fff][\u4e00-\u9fff/ \u3000]{1,11})\s*[】\]］]")
"""A label in brackets: matches that of "【设定依据】《…法》第五条" and "[ 索 引 号 ] 0084…", not "[2026]3号"."""
_INTERPRETATION = re.compile(
    r"解读[》」】]?$|^【[^】]*解读[^】]*】|^\[[^\]]*解读[^\]]*\]|^解读|》(?:的)?(?:政策|文件|图文|图表|视频|文字|图片)?解读|一图读懂|一图看懂|一图速览|^图解|^图说|答记者问|政策问答|^H5解读|解读[：:丨|]"
)
"""Matches "《…办法》政策解读" and "一图读懂…", not "我县举办政策解读培训会"."""
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
_DOCUMENT_TITLE = re.compile(r"^关于.{4,}|(?:的|》)(?:通知|公告|通告|公示|意见|决定|批复|函|方案|办法|细则|规定|答复|说明|启事|声明)$")
"""Matches "关于今晚停水的通知" and "清河县人民政府关于…的意见", not "通知公告" nor "关于我们"."""
_NAME_ONLY = re.compile(r"^[\u4e00-\u9fff·]{2,4}$")
"""A person's name: matches "林海川", not "县政府领导"."""


@dataclass(slots=True, frozen=True)
class Signs:
    """What the decision looks at."""

    page: Page
    context: Context
    title: str
    column_type: str
    blocks: list[ListBlock]
    dated: int
    """Dated rows of the body's best list."""
    titled: int
    """Its rows with a title of eight characters or more."""
    rows: int
    """Rows of the longest body list."""
    plain: int
    """Characters of the main text outside links."""
    media: int
    """Pictures, videos and files in the main text."""
    has_pager: bool


@lru_cache(maxsize=1)
def _vocabularies() -> dict[str, dict[str, str]]:
    out: dict[str, dict[str, str]] = {}
    for name in ("policy", "guide", "message", "consultation", "leader"):
        words: dict[str, str] = {}
        for key, synonyms in rulebook.labels(name).items():
            for word in synonyms:
                words.setdefault(normalise.label(word), key)
        out[name] = words
    return out


_GUIDE_KEYS = frozenset(
    ("设定依据", "申请条件", "办理材料", "办理地点", "办理机构", "收费标准", "办理时间", "联系电话", "办理流程", "事项名称", "办理时限")
)
_MESSAGE_KEYS = frozenset(("asked_on", "replied_on", "replier", "reply", "question"))
_POLICY_KEYS = frozenset(("index_number", "issuer", "issued_on", "doc_number", "topic", "genre", "validity"))


_LABEL_LINE = 120
"""Characters of the longest line that may be a label alone, however spread; a paragraph is none, and folding it costs the most here."""


def words_of(text: str) -> Counter[str]:
    """Words of a text that may be labels: before a colon, or alone in a short line (a table cell, a tab)."""
    out: Counter[str] = Counter()
    known = _known_words()
    for line in text.split("\n"):
        size = len(line)
        head = line[:90]
        if head[:1] in "【[［（(" and head:
            head = _NUMBERED.sub("", head)
            if boxed := _BOXED.match(head):
                out[normalise.label(boxed[1])] += 1
                continue
        if "：" in head or ":" in head:
            for word in _LABEL.findall(_SPREAD.sub("", head) if " " in head else head):
                out[normalise.label(word)] += 1
        elif 1 < size <= _LABEL_LINE:
            word = line if line in known else normalise.label(_NUMBERED.sub("", line))
            if word in known:
                out[word] += 1
    return out


@lru_cache(maxsize=1)
def _known_words() -> frozenset[str]:
    return frozenset(word for table in _vocabularies().values() for word in table) | {"简历", "分工"}


def lead_words(text: str, vocabulary: str = "policy") -> Counter[str]:
    """Labels that run into their value in one line, as two spans of a cell do: "发文字号安政发〔2026〕14号"."""
    table = _vocabularies()[vocabulary]
    out: Counter[str] = Counter()
    for line in text.split("\n"):
        if len(line) <= 90:
            plain = normalise.label(line[:12])
            for size in range(min(8, len(plain)), 1, -1):
                if plain[:size] in table:
                    out[plain[:size]] += 1
                    break
    return out


def keys_of(words: Counter[str], vocabulary: str) -> Counter[str]:
    """Keys of a label file found among a page's label words, with how often."""
    table = _vocabularies()[vocabulary]
    out: Counter[str] = Counter()
    for word, count in words.items():
        key = table.get(word)
        if key:
            out[key] += count
    return out


def decide(signs: Signs) -> str:
    """Kind of a page that is no error, shield, data answer or file."""
    page = signs.page
    if signs.context.home:
        return "home"
    if _is_frame(page):
        return "frame"
    if _SEARCH.search(addresses.path(page.url)) and not page.meta.get("articletitle"):
        return "search"
    words = words_of(page.visible_text("body"))
    special = _by_labels(signs, words)
    if special:
        return special
    if _is_form(signs):
        return "static"
    if _is_list(signs):
        return _list_kind(signs, words)
    return _content_kind(signs, words)


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
    if signs.column_type == "办事服务" and len(guide) < 4 and signs.rows < 3:
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
    if len(strong) >= 4 and strong & {"设定依据", "申请条件", "办理材料", "办理流程"} and not _is_table_of_items(signs):
        return "guide"
    if message["replied_on"] and message["reply"] and (message["question"] or message["subject"]) and asked < 2 and signs.titled < 3:
        return "message"
    policy = keys_of(words, "policy")
    if not policy["doc_number"]:
        policy = keys_of(lead_words(signs.page.visible_text("lead")), "policy")
    if (
        policy["doc_number"]
        and sum(1 for key in _POLICY_KEYS if policy[key]) >= 3
        and signs.dated < 3
        and (signs.plain >= 20 or signs.media)
    ):
        return "policy"
    leader = keys_of(words, "leader")
    if signs.column_type == "领导信息" and leader["resume"] + leader["duties"] >= 1 and signs.dated < 3:
        return "leaders" if leader["resume"] >= 2 or leader["post"] >= 3 else "leader"
    return None


def _is_table_of_items(signs: Signs) -> bool:
    """A list of guides with the labels as table header."""
    return signs.titled >= 5 and signs.plain < 20 * signs.titled and signs.dated >= 3


def _is_list(signs: Signs) -> bool:
    """Rows or text? Counted, not named; the tags only break a tie."""
    page = signs.page
    article = bool(page.meta.get("articletitle"))
    tagged_list = bool(page.meta.get("columnname")) and not article and not page.meta.get("pubdate")
    if not signs.rows and not signs.has_pager and _is_prose(signs):
        return False
    if signs.dated == 1 and signs.rows == 1 and signs.plain >= 40 and _is_item(signs):
        return False
    strong = page.body_source == "container" and (signs.plain >= 20 or signs.media > 0)
    # a long text under a title of its own, in a box that bears no known name, with six related articles below it
    if article and (signs.dated < 3 or strong or signs.plain >= 300 + 12 * signs.rows):
        return False
    if tagged_list and not strong:
        return signs.plain < 150 or signs.dated + signs.titled >= 2 or signs.has_pager
    if signs.dated >= 2 and not (strong and signs.plain >= 120):
        return signs.plain < 150 or signs.dated >= 5 or tagged_list or signs.has_pager
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
        or (signs.plain < 40 and not signs.media and not _is_short_document(signs))
    )


_STOP = re.compile(r"[\u4e00-\u9fff\d）)”》][。；！]")
"""Matches the end of a sentence, "……十一个乡镇。"; not "首页 > 概况"."""
_COUNTED = re.compile(r"共\s*\d+\s*(?:条|页|篇)|第\s*\d+\s*/?\s*\d*\s*页")
"""What an empty list says of itself: matches "共 0 条信息 第 1/1 页", not "共建共享"."""
_SOURCE = re.compile(r"(?:来\s*源|信息来源|文章来源|作\s*者|浏览(?:次数|量)?|点击(?:次数|数|率)?|阅读(?:次数|量)?|访问(?:次数|量))\s*[:：]")
_PUBLISHED = re.compile(r"(?:发布|发表|录入|更新|添加)?(?:时间|日期)\s*[:：]\s*(?:19|20)\d{2}")
"""Together the info line of an article: "发布日期：2026年11月5日　来源：县政府办"; a list's only row bears no source."""


def _is_prose(signs: Signs) -> bool:
    """Text and no rows: 概况, 机构职能 and other single pages, be they ever so short. The words of an empty list are no text."""
    page = signs.page
    shown = page.main_text if signs.plain >= 30 else page.visible_text("body")
    return bool(_STOP.search(shown)) and not _COUNTED.search(shown) and condition.blank_words(page) is None


def _is_item(signs: Signs) -> bool:
    """An article with one link in it (its attachment, its document), whose info line made a dated row of that link."""
    lead = signs.page.visible_text("body")[:1500]
    return bool(_SOURCE.search(lead) and _PUBLISHED.search(lead))


def _is_short_document(signs: Signs) -> bool:
    """A notice of one sentence ("今晚停水。"), or text that stands in the page without a container: no empty column.

    Told by a title that no column bears, or by the text that the body shows outside links.
    """
    if signs.rows:
        return False
    if len(signs.title) >= 20 or _DOCUMENT_TITLE.search(signs.title):
        return True
    linked = sum(len(normalise.squeeze(Page.text_of(a))) for a in signs.page.body_tree.iter("a"))
    return len(normalise.squeeze(signs.page.visible_text("body"))) - linked >= 150


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
    if kind in ("办事统计", "留言统计") and signs.dated < 2 and signs.titled < 3 and _NUMBERS.search(signs.page.visible_text("body")):
        return "statistics"
    return "list"


def _content_kind(signs: Signs, words: Counter[str]) -> str:
    kind, title = signs.column_type, signs.title
    consultation = keys_of(words, "consultation")
    if kind in ("办事统计", "留言统计") or (
        _STATISTICS.search(title)
        and _NUMBERS.search(signs.page.visible_text("body"))
        and kind in ("咨询建言", "办事服务", "其他", "静态页面")
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
    return "content"


# -- pages that are no content -------------------------------------------------------


@lru_cache(maxsize=1)
def _phrases() -> tuple[re.Pattern[str], frozenset[str]]:
    labels = rulebook.labels("marks")
    phrases = sorted((normalise.label(p) for p in labels["error_page"]), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, phrases))), frozenset(normalise.label(t) for t in labels["error_title"])


def is_error(page: Page, status: int) -> bool:
    """The site's own error page, whatever its status: its words in the title or in a page that says hardly anything else."""
    if status >= 400:
        return True
    shown = page.visible_text("body")
    if len(shown) > 6000:  # not worth squeezing: whatever is invisible in it, 1,500 characters remain
        return False
    phrases, titles = _phrases()
    head = page.head_title or ""
    body = normalise.squeeze(shown)
    if len(body) > 1500:
        return False
    parts = [normalise.label(part) for part in re.split(r"[-_|—–]", head)]
    if any(part in titles for part in parts) and (len(body) < 600 or any("404" in part for part in parts)):
        return not page.meta.get("articletitle")
    if len(body) >= 400 or page.meta.get("articletitle"):
        return False
    plain = normalise.label(body)
    return bool(phrases.search(plain) or _GONE.search(plain))


_THING = "(?:页面|网页|文章|信息|内容|稿件|文档|新闻|记录|栏目|文件|资源|数据|链接|地址|网址)"
_GONE = re.compile(
    rf"(?:没有|未能?|无法|不能)(?:找到|打开|访问|显示|查询到)(?:该|此|本|这篇|这个|(?:您|你)?(?:所|要|想)?(?:访问|查找|请求|查看|浏览|寻找)的?){_THING}"
    rf"|找不到(?:该|此|这篇|(?:您|你)?(?:所|要|想)?(?:访问|查找|请求|查看|浏览|寻找)的?){_THING}"
    rf"|(?:该|此|这篇|(?:您|你)(?:所|要|想)?(?:访问|查找|请求|查看|浏览|寻找)的){_THING}(?:可能|或许)?(?:已经?|被|不|未|并)*(?:存在|删除|移除|下线|下架|撤回|转移|过期|失效|找到)"
)
"""What error pages say in their own words: matches "没有找到该文章，可能已被删除" and "您要查看的信息可能已被移除"; not "没有找到相关内容" (a search)
nor "本页面信息已更新"."""
