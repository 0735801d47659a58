"""The text of an article without what templates put around it inside the same box: title, info line, pager, share buttons, 上一篇."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from govcrawl.text import dates, normalise

if TYPE_CHECKING:
    from govcrawl.page.document import Page

Element = etree._Element

_INFO = re.compile(
    r"来\s*源|作\s*者|浏览|点击|阅读|访问量|字\s*号|字\s*体|打印|分享|责任编辑|信息提供|稿源|发布机构|发布单位|发布人|(?:发布|发文|更新|录入|发表)?(?:时间|日期)\s*[:：]|审核|^[\d\s]+次$"
)
"""A line of the info line: matches "来源：县政府办　浏览：33" and "发布时间：2026-11-05", not "会议要求，各村要划片包干"."""
_CONTROL = re.compile(
    r"(?:[【\[(（|｜\s/·]*(?:打\s*印(?:本页|此页|本文|文章|页面)?|关\s*闭(?:窗口|本页|页面|此页)?|返\s*回(?:顶部|列表|上一页|首页|上级|页首)?|页面顶部|回到顶部|顶部|收藏(?:本页|本文)?|我要纠错|纠错|扫一扫.{0,24}|"
    r"分享(?:到|至)?\s*[:：]?|微信|(?:新浪)?微博|QQ空间|QQ好友|朋友圈|上一[篇条页][:：]?.*|下一[篇条页][:：]?.*|相关(?:附件|链接|文章|新闻|阅读|信息|稿件)\s*[:：]?|(?:大|中|小|正常|放大|缩小)|字号\s*[:：]?|首页|尾页)[】\])）|｜\s/·]*)+"
)
"""The whole of a line of buttons below a text: matches "【打印本页】 【关闭窗口】" and "上一篇：没有了", not "请返回申请表"."""
_LONGEST_INFO = 160
_LONGEST_CONTROL = 90
_TOP = 10
_TITLE_LINES = 4
_SHARE = 0.4
"""How much of a text may be left out as a part that is none of it."""


def split(page: Page) -> tuple[str, str]:
    """(text of the article, what stood above it in the same box: title and info line), one line a block; ("", "") without a main text."""
    main = page.body_element
    if main is None:
        return "", ""
    text = page.visible_text("body") if main is page.body_tree else page.text_of(main)
    if page.regions.junk:
        text = _without_parts(page, main, text)
    above = ""
    if page.body_source != "container":
        above, text = _without_title(page, text)
    return _without_buttons(text), above


def _without_parts(page: Page, main: Element, text: str) -> str:
    """Less the boxes inside it that are named like a pager, a row of share buttons, or 相关信息."""
    for el in page.regions.junk:
        if el is main or main not in el.iterancestors():
            continue
        part = page.text_of(el)
        at = text.rfind(part) if part and len(part) <= _SHARE * len(text) else -1
        if at >= 0 and (at == 0 or text[at - 1] == "\n"):
            text = (text[:at].rstrip("\n") + text[at + len(part) :]).strip("\n")
    return text


def _without_title(page: Page, text: str) -> tuple[str, str]:
    """(title and info line, the text below them), where the box that was found by its density holds them too and nothing above it does."""
    title = normalise.compact(page.title or "")
    lines = text.split("\n")
    if len(title) < 4:
        return "", text
    shown_above = any(normalise.compact(line) == title for line in page.visible_text("lead").split("\n"))
    at = 0 if shown_above else end_of_title(lines[:_TOP], title)
    if at is None or at >= len(lines):
        return "", text
    dated = False
    while at < len(lines) - 1 and len(lines[at]) <= _LONGEST_INFO:
        line = lines[at]
        alone = _is_date(line)
        named = dated and len(line) <= 14 and len(lines[at + 1]) >= 20 and line[-1] not in "：:。，"
        info = line[-1] not in "。；" and len(_INFO.findall(line)) >= (2 if shown_above else 1)  # 考试时间：… begins a text
        if not (alone or named or info or _CONTROL.fullmatch(line) or (line.startswith("——") and not shown_above)):
            break
        dated = alone
        at += 1
    return "\n".join(lines[:at]), "\n".join(lines[at:])


def end_of_title(lines: list[str], title: str) -> int | None:
    """Number of the line after the title (as `normalise.compact` gives it), which may stand in several; None where it is not shown."""
    plain = [normalise.compact(line) if len(line) <= 200 else "" for line in lines]
    for start, first in enumerate(plain):
        if not first or not title.startswith(first):
            continue
        shown = ""
        for end in range(start, min(start + _TITLE_LINES, len(plain))):
            shown += plain[end]
            if shown == title:
                return end + 1
            if not title.startswith(shown):
                break
    return None


def _is_date(line: str) -> bool:
    found = dates.find_days(line) if len(line) <= 40 else []
    return bool(found) and len((line[: found[0][1]] + line[found[0][2] :]).strip(" 　[]()（）:：0123456789")) == 0


def _without_buttons(text: str) -> str:
    lines = text.split("\n")
    while len(lines) > 1 and len(lines[-1]) <= _LONGEST_CONTROL and _CONTROL.fullmatch(lines[-1]):
        lines.pop()
    return "\n".join(lines)
