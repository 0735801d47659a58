"""来源 and 作者 as a page's info line shows them."""

from __future__ import annotations

import re

from govcrawl.extract import labelled
from govcrawl.extract.rows import filled, vocabulary
from govcrawl.page.document import Page
from govcrawl.text import normalise

_GLUED = re.compile(
    r"(?:作者|责任编辑|编辑|责编|记者|发布时间|发布日期|时间|日期|字体|字号|浏览|阅读|点击|访问|评论|打印|分享|【|\||｜|(?:19|20)\d{2}[-年/.])"
)
"""Where a source ends that the page glues to the next piece: cuts `作者：张三` off `山西日报作者：张三`; not in `时代周报`."""
_AUTHOR = re.compile(r"(?:作者|撰稿人?|供稿人?|记者)\s*[:：]\s*([\u4e00-\u9fa5A-Za-z·、，, ]{2,40})")
"""Matches `作者：张三 李四`; not `责任编辑：王五`, who did not write it."""
_SIGNED = re.compile(
    r"[（(][^（）()]{0,10}?(?:记者|作者|撰稿|文)\s*[:：/]?\s*([\u4e00-\u9fa5·]{2,4}(?:[ 　、][\u4e00-\u9fa5·]{2,4})*?)\s*(?:[）)]|通讯员|摄影|图|文|/)"
)
"""Matches "（记者 张三 通讯员 李四）" at a text's end; not "（记者从会上获悉）"."""
_LONGEST_SOURCE = 40


def visible_source(page: Page) -> str | None:
    """来源 as the info line shows it."""
    lead = page.info_line
    if "来源" not in lead and "稿源" not in lead:
        lead = "\n".join(line for line in page.visible_text("tail").split("\n", 6)[:6] if len(line) <= 80)  # below the text
        if "来源" not in lead and "稿源" not in lead:
            return None
    words = vocabulary("policy")
    for element in page.regions.infos:
        pair = labelled.first(labelled.read(element, words), "source")
        if pair is not None and (found := clean_source(pair.value)):
            return found
    pieces = lead.split("\n")
    for at, line in enumerate(pieces):
        for key, _, _, value_at in words.inline(line):
            if key == "source":
                found = clean_source(line[value_at:]) or (
                    clean_source(pieces[at + 1])
                    if not line[value_at:].strip() and at + 1 < len(pieces) and not words.inline(pieces[at + 1])
                    else None
                )
                if found:
                    return found
    return None


def clean_source(text: str) -> str | None:
    """`山西日报 作者：…` → `山西日报`; null for what is no name (a date, a counter, a whole sentence)."""
    value = normalise.squeeze(text).lstrip(":： ")
    hit = _GLUED.search(value)
    if hit is not None:
        value = value[: hit.start()]
    value = value.strip(" 　|｜;；,，[]【】()（）")
    return filled(value) if 0 < len(value) <= _LONGEST_SOURCE and not value.isdigit() else None


def author(page: Page) -> str | None:
    """作者 as the info line shows it; who edited or checked did not write."""
    hit = _AUTHOR.search(page.info_line)
    if hit is None:
        return _reporter(page)
    name = re.split(r"\s*(?:来源|责任编辑|编辑|发布|时间|日期|浏览|字体|字号|点击|阅读|访问|打印|分享|审核|信息)", hit[1])[0].strip(
        " ,，、"
    )
    return filled(name)


def _reporter(page: Page) -> str | None:
    """Who signed below the text: （记者 张三 通讯员 李四）."""
    for line in page.main_text.split("\n")[-2:]:
        found = _SIGNED.search(line) if len(line) <= 60 or "记者" in line[-40:] else None
        if found:
            return filled(found[1].strip(" ,，、"))
    return None
