"""Small things that all readers of records share: the row of a record, related titles, links with their words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from govcrawl import rulebook
from govcrawl.extract import nodes, onclick
from govcrawl.extract.labelled import Vocabulary
from govcrawl.extract.nodes import Element
from govcrawl.model.items import Record
from govcrawl.page.document import Page
from govcrawl.text import normalise

OUTER = frozenset({"header", "nav", "footer", "aside"})
_LONG: dict[str, tuple[str, ...]] = {
    "policy": ("attachments", "interpretations", "summary"),
    "interpretation": ("documents", "interpretations", "related"),
    "guide": (
        "设定依据", "申请条件", "办理材料", "办理地点", "办理机构", "收费标准", "办理时间", "联系电话", "办理流程", "办理时限", "监督投诉", "表格下载", "说明",
    ),
    "message": ("question", "reply"),
    "leader": ("resume", "duties"),
    "consultation": ("feedback",),
}  # fmt: skip
"""Keys of a label file whose value may run over several lines."""
_QUOTED = re.compile(r"《([^《》]{3,120}(?:《[^《》]{2,80}》[^《》]{0,40})?)》")
"""Matches the name in `《清河县集市管理办法》解读`; not `《通知》`, which names nothing."""
_NAMES_NOTHING = frozenset(
    {"通知", "意见", "办法", "规定", "方案", "决定", "条例", "通告", "公告", "细则", "规划", "若干措施", "实施方案", "实施意见", "管理办法"}
)
_COVER = re.compile(r"^(?:.{2,40}?关于)?(?:印发|发布|公布|下发|转发|批转|修订印发)?|(?:\(试行\)|\(暂行\))?的?(?:通知|公告|通报|决定|函)$")
"""Cuts `清河县人民政府办公室关于印发` and `的通知` off a document's title; leaves `清河县集市管理办法` whole."""
_EXPLAINS = re.compile(
    r"(?:政策|文字|图文|专家|部门|负责人|文件|视频|动漫|图表|一图|H5)?(?:解读|图解)(?:材料|之[一二三四五六七八九十])?[:：、|]?|一图(?:读懂|看懂|速览|了解)[:：]?|图说[:：]?|答记者问|的?说明$|有关情况"
)
"""Words that make a title one of an interpretation: `政策解读：`, `一图读懂`, `答记者问`; not `关于…的通知`."""


@lru_cache(maxsize=16)
def vocabulary(name: str) -> Vocabulary:
    """The labels of `rules/labels/<name>.yml`."""
    return Vocabulary(rulebook.labels(name), _LONG.get(name, ()))


def row(record: Record) -> dict[str, Any]:
    """A candidate record as `PageFacts.items` keeps it: `to_json` plus `key`."""
    out = record.to_json()
    out["key"] = record.key or record.url
    return out


def filled(value: str | None) -> str | None:
    """Null for a blank value and for what pages print in its stead (`-`, `null`, `暂无`)."""
    if value is None:
        return None
    value = value.strip()
    return None if not value or value.lower() in ("-", "--", "/", "null", "none", "undefined", "暂无", "空", "n/a", "——") else value


def outer(page: Page, regions: frozenset[str] = OUTER) -> set[Element]:
    """Roots of the regions that are not looked into, and the trail of crumbs: `当前位置：首页 > 县长信箱 > 来信详情` bears no label."""
    crumbs = {element for element in page.regions.crumbs if len(Page.text_of(element)) <= _LONGEST_TRAIL}
    return crumbs | {element for element, name in page.regions.roots if name in regions}


_LONGEST_TRAIL = 200
"""Characters of a trail of crumbs; a box of that name that holds more is no trail."""


@dataclass(slots=True, frozen=True)
class Anchor:
    """A link of the page: canonical address, visible words (or title), element."""

    url: str
    words: str
    element: Element


def anchors(page: Page, elements: list[Element]) -> list[Anchor]:
    """Links below the elements that lead anywhere; links to the page itself are left out."""
    found: list[Anchor] = []
    for element in (link for root in elements for link in root.iter("a")):
        url = page.canonical(element.get("href") or "") or page.canonical(onclick.target(element) or "")
        if url is not None and url != page.url:
            found.append(Anchor(url, words_of(element), element))
    return found


def words_of(link: Element) -> str:
    """What a link says: its text, else its title, else what its picture says."""
    shown = nodes.text(link) or (link.get("title") or "").strip()
    return shown or next((said for p in nodes.pictures([link]) if (said := (p.get("alt") or p.get("title") or "").strip())), "")


def distinct(urls: list[str]) -> list[str]:
    return list(dict.fromkeys(urls))


@lru_cache(maxsize=4096)
def core(title: str) -> str:
    """What a title is about: the quoted name, else the title less issuer, 关于印发, 的通知 and the words of interpretations."""
    plain = normalise.compact(title)
    quoted = [name for name in _QUOTED.findall(plain) if name not in _NAMES_NOTHING]
    if quoted:
        plain = max(quoted, key=len)
    plain = _EXPLAINS.sub("", plain)
    plain = _COVER.sub("", _COVER.sub("", plain))
    return re.sub(r"[《》“”\"'(（)）〈〉:：,，、.。\s]", "", plain)


def related(one: str, other: str) -> bool:
    """Do two titles name the same matter? Only when one's core stands in the other: likeness alone proves nothing."""
    left, right = core(one), core(other)
    if min(len(left), len(right)) < 6:
        return False
    whole_left, whole_right = _letters(one), _letters(other)
    return left in whole_right or right in whole_left


def _letters(title: str) -> str:
    return re.sub(r"[《》“”\"'(（)）〈〉:：,，、.。\s]", "", normalise.compact(title))
