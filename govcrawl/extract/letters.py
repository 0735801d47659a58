"""Where letters stand on a board: the elements that hold one letter each, and the text between its labels."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from govcrawl.extract import nodes
from govcrawl.extract.labelled import Vocabulary
from govcrawl.extract.nodes import Element
from govcrawl.extract.rows import outer
from govcrawl.page.document import Page
from govcrawl.text import dates, normalise

_TAGS = frozenset({"咨询", "投诉", "建议", "求助", "网上咨询", "网上投诉", "意见建议", "举报", "求决"})
_UNIT = re.compile(
    r"^[\u4e00-\u9fa5（）()]{3,30}(?:政府|办公室|办|局|委员会|委|厅|部|署|院|中心|管委会|街道办事处|大队|支队|分局|公司|学校|医院|镇|乡)$"
)
"""Matches `清河县教育局`; not `感谢您的来信。`."""
_SIGNED = re.compile(
    r"([\u4e00-\u9fa5（）()]{3,30}(?:政府|办公室|局|委员会|委|厅|中心|管委会|街道办事处|大队|支队|分局))\s*((?:19|20)\d{2}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日)\s*[。.]?$"
)
"""Matches the end `清河县教育局 2026年11月3日`; not `……于2026年11月3日`."""
_DATED_END = re.compile(
    r"\s*[（(\[【]?\s*(?P<unit>[\u4e00-\u9fa5]{3,30}(?:政府|办公室|局|委员会|委|厅|中心|管委会|街道办事处|大队|支队|分局|镇|乡))?[\s,，:：]*"
    r"(?P<day>(?:19|20)\d{2}\s*(?:-\s*\d{1,2}\s*-|/\s*\d{1,2}\s*/|\.\s*\d{1,2}\s*\.|年\s*\d{1,2}\s*月)\s*\d{1,2}\s*日?)(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?\s*[）)\]】]?[。.]?$"
)
"""A date (and unit) glued to a text's end: matches `…何时延伸？（2026-11-02）`, `…关心。（清河县教育局 2026-11-05）`, `…关心。 2026-11-05`; not `…于2026年11月5日修复`."""
_BEFORE_DATE = frozenset("。！？!?；;）)”…】]>》")
"""What a text itself ends with before such a date: without it the date belongs to the sentence (`截止2026-11-05`)."""
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_TITLE_CLASS = re.compile(r"(?:^|[\s_-])(?:title|tit|bt|hd|subject|name|theme)(?:$|[\s_-]|\d)", re.I)
"""Class of a letter's subject: matches `card-title`, `bt`; not `subtitle`."""
_FURNITURE = re.compile(r"^(?:\[?返回|关闭|打印|上一|下一|满意度?|您?对.{0,10}评价|评价|分享|收藏|我要(?:写信|留言|评价)|网友评论|相关)")
"""Matches `返回列表`, `满意 基本满意`; not `您反映的问题`."""
_REPLYING = ("reply", "replied_on", "replier")
_SHORTEST = 6
_OUTWARDS = 4


@dataclass(slots=True, frozen=True)
class Between:
    """Text of a letter that stands under no label."""

    question: str | None
    reply: str | None
    lines: list[str] = field(default_factory=list)
    """All lines of the letter's element; [] where it has none of its own."""


def containers(marks: list[Element]) -> list[Element]:
    """The elements that hold one mark each: children of the marks' common ancestor. [] when two marks share a child."""
    if len(marks) < 2:
        return []
    chains = [[mark, *mark.iterancestors()] for mark in marks]
    shared = set(chains[0])
    for chain in chains[1:]:
        shared &= set(chain)
    common = next((node for node in chains[0] if node in shared), None)
    if common is None:
        return []
    found: list[Element] = []
    for chain in chains:
        at = chain.index(common)
        if at == 0:
            return []
        found.append(chain[at - 1])
    if len(set(found)) != len(found) or len({node.tag for node in found}) != 1:
        return []
    # One row or paragraph a mark is a flat board, whose letters have no element of their own.
    return [] if found[0].tag in ("p", "span", "dt", "dd", "td", "th", "br", "strong", "b", "label") or _flat(found) else found


def _flat(found: list[Element]) -> bool:
    """Do other elements of the letter stand between the containers (`<tr>` a label)? Then they hold one field, not one letter."""
    siblings = list(found[0].getparent())
    places = [siblings.index(node) for node in found]
    return any(
        sum(nodes.is_element(s) and s.tag not in ("hr", "br", "script", "style") and nodes.has_text(s) for s in siblings[left + 1 : right])
        > 0
        for left, right in zip(places, places[1:], strict=False)
    )


def inside(element: Element, box: Element) -> bool:
    return element is box or any(up is box for up in element.iterancestors())


def heading(container: Element, words: Vocabulary) -> str | None:
    """The letter's subject where no label names it: its heading, else its first link or bold line."""
    for element in container.iter("h1", "h2", "h3", "h4", "h5", "h6", "a", "strong", "b", "dt", "summary"):
        shown = nodes.text(element)
        if 4 <= len(shown) <= 100 and words.whole(shown) is None and not words.inline(shown) and not dates.find_days(shown):
            return shown
    named = (e for e in container.iter("div", "p", "span") if _TITLE_CLASS.search(e.get("class") or "") and not len(e))
    return next(
        (shown for e in named if 4 <= len(shown := nodes.text(e)) <= 60 and not words.inline(shown) and not dates.find_days(shown)), None
    )


def between(page: Page, container: Element | None, labelled: list[Element], words: Vocabulary) -> Between:
    """Lines of a letter that bear no label: before the first label of the reply they are the question, after the last one the reply.

    Without a container the search begins at the element that holds all labels and goes outwards until a reply is found.
    """
    skip = outer(page)
    if container is not None:
        lines = nodes.lines(container, skip=skip)
        return replace(_between(lines, heading(container, words) or "", words), lines=lines)
    base = common(labelled)
    found = Between(None, None)
    for _ in range(_OUTWARDS):
        if base is None or base.tag == "html":
            break
        further = _between(nodes.lines(base, skip=skip), page.title or "", words)
        found = Between(found.question or further.question, found.reply or further.reply)
        if found.reply is not None or base.tag == "body":
            break
        base = base.getparent()
    return found


def common(elements: list[Element]) -> Element | None:
    """The innermost element around all of them."""
    if not elements:
        return None
    shared = {elements[0], *elements[0].iterancestors()}
    for element in elements[1:]:
        shared &= {element, *element.iterancestors()}
    return next((node for node in (elements[0], *elements[0].iterancestors()) if node in shared), None)


def _between(lines: list[str], subject: str, words: Vocabulary) -> Between:
    keys = [_key(line, words) for line in lines]
    replying = [at for at, key in enumerate(keys) if key in _REPLYING]
    title = normalise.compact(subject)
    first = replying[0] if replying else len(lines)
    start = max((at + 1 for at, key in enumerate(keys[:first]) if key is not None), default=0)
    question = [line for line in lines[start:first] if len(line) >= _SHORTEST and normalise.compact(line) != title]
    reply: list[str] = []
    behind = replying[-1] + 1 if replying else len(lines)
    if replying and words.whole(lines[replying[-1]]) is not None and _is_value(lines[behind : behind + 1]):
        behind += 1
    for line, key in zip(lines[behind:], keys[behind:], strict=True):
        if key is not None or _FURNITURE.match(line):
            break
        reply.append(line)
    text = "\n".join(reply)
    return Between("\n".join(question) or None, text if len(text) >= 2 and not dates.parse_day(text[:12]) else None)


def _is_value(following: list[str]) -> bool:
    """Is the line under a label that fills its own line (`<dt>办结日期</dt><dd>2026-11-13</dd>`) the label's value: a day or a unit?"""
    return any(len(line) <= 30 and (dates.parse_day(line) is not None or _UNIT.match(normalise.compact(line))) for line in following)


def _key(line: str, words: Vocabulary) -> str | None:
    hit = words.whole(line)
    if hit is not None:
        return hit[0]
    found = words.inline(line[:80])
    return found[0][0] if found and found[0][2] <= 4 else None


def signature(reply: str) -> tuple[str | None, str | None]:
    """(unit, ISO day) a reply ends with; null for what its last lines do not show."""
    lines = [line.strip() for line in reply.split("\n") if line.strip()]
    if not lines:
        return None, None
    glued = _SIGNED.search(lines[-1])
    if glued is not None:
        return re.split(r"[。！!；;，,\s]", glued[1])[-1], dates.parse_day(glued[2])
    day = dates.parse_day(lines[-1]) if len(normalise.compact(lines[-1])) <= 14 and lines[-1][:1] in "12二" else None
    above = lines[-2] if day is not None and len(lines) > 1 else lines[-1] if len(lines) > 1 else ""
    unit = normalise.compact(above)
    return (unit if _UNIT.match(unit) else None), day


def dated_end(text: str) -> tuple[str, str | None, str | None]:
    """(text without it, unit, ISO day) of a date that is printed behind a question or reply on its last line; (text, null, null) for none."""
    head, _, last = text.rpartition("\n")
    hit = _DATED_END.search(last)
    if hit is None:
        return text, None, None
    rest = last[: hit.start()]
    if rest.strip() and rest.rstrip()[-1] not in _BEFORE_DATE and hit[0].strip()[0] not in "（([【":
        return text, None, None
    kept = "\n".join(filter(None, (head, rest.rstrip())))
    return (kept, hit["unit"], dates.parse_day(hit["day"])) if kept else (text, None, None)


def hidden(element: Element) -> bool:
    """Is the element or one around it hidden by its own style or attribute?"""
    return any(
        node.get("hidden") is not None or _HIDDEN.search(node.get("style") or "") is not None
        for node in (element, *element.iterancestors())
    )


def tags(base: Element, skip: Collection[Element]) -> set[str]:
    """Types that stand alone as a tag in a letter (`<span>咨询</span>`); links, options and hidden ones are none."""
    found: set[str] = set()
    for element in base.iter("span", "em", "i", "b", "label", "td", "div", "font", "strong"):
        word = (element.text or "").strip().strip("[]【】()（）")
        if word in _TAGS and len(element) == 0 and not hidden(element):
            chain = [element, *element.iterancestors()]
            if not any(node.tag in ("a", "option", "button", "form") or node in skip for node in chain):
                found.add(word)
    return found
