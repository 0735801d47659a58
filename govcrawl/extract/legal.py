"""设定依据 as a list of laws: name, article, number, link."""

from __future__ import annotations

import re
from typing import Any

from govcrawl.extract.nodes import Element
from govcrawl.extract.rows import anchors
from govcrawl.page.document import Page
from govcrawl.text import doc_number, normalise

_NAME = re.compile(r"《((?:[^《》]|《[^《》]*》){2,120})》")
"""Matches `《中华人民共和国行政许可法》`, also `《关于印发《…办法》的通知》`; not 〈行政许可法〉."""
_LAW = re.compile(
    r"(?:法|条例|规定|办法|决定|细则|通知|意见|规则|规章|规程|公告|通告|批复|令|解释|标准|方案|目录|准则|措施|规划|条约|宪法)(?:[(（〔\[][^()（）]{1,30}[)）〕\]])*$"
)
"""Matches `行政许可法`, `殡葬管理条例（2012年修正）`; not `营业执照`, `申请表`."""
_NUM = r"[一二三四五六七八九十百千零〇\d]+"
_ARTICLE = re.compile(
    rf"第\s*{_NUM}\s*条(?:之[一二三四五六七八九十])?(?:\s*第\s*{_NUM}\s*款)?(?:\s*第?\s*[（(]?\s*{_NUM}\s*[)）]?\s*项)?(?:\s*[、，和及至－—-]\s*第?\s*{_NUM}\s*条)*"
)
"""Matches `第十二条第一款第（三）项`, `第三条、第五条`; not `三条措施`."""
_BARE_LAW = re.compile(
    r"^(?:\d+[.、．]|[一二三四五六七八九十]+、)?\s*((?:中华人民共和国)?[\u4e00-\u9fa5]{2,40}(?:法|条例|规定|办法|细则))\s*(?=第|[(（〔]|$|[。；;，,:：])"
)
"""Matches a law without 《》 at a line's head: `中华人民共和国户口登记条例第七条`; not `依法申请的办法如下`."""
_REACH = 90
_BEFORE = 30


def basis(page: Page, text: str, elements: list[Element]) -> list[dict[str, Any]]:
    """Laws and policies a 设定依据 names, in order, each with what stands behind it up to the next one.

    {law, article, number, url}; null where not said. Names of forms and certificates in 《》 are no laws. A law that is named
    again keeps one entry, completed.
    """
    found: dict[str, dict[str, Any]] = {}
    links = [(normalise.compact(a.words), a.url) for a in anchors(page, elements)]
    plain = text.replace("\n", " ")
    hits = [(m.start(), m.end(), m[1]) for m in _NAME.finditer(plain) if _LAW.search(m[1].strip())]
    if not hits:
        hits = _bare(text)
        plain = text
    for at, (start, end, name) in enumerate(hits):
        stop = hits[at + 1][0] if at + 1 < len(hits) else len(plain)
        behind = plain[end : min(stop, end + _REACH)]
        entry = {
            "law": name.strip(),
            "article": _article(behind),
            "number": _number(behind) or _number_before(plain[max(0, start - _BEFORE) : start]),
            "url": _url(name, plain[start:end], links),
        }
        known = found.setdefault(normalise.compact(name), entry)
        for field, value in entry.items():
            if known[field] is None:
                known[field] = value
    return list(found.values())


def _bare(text: str) -> list[tuple[int, int, str]]:
    """Laws without 《》, one at the head of a line."""
    hits, offset = [], 0
    for line in text.split("\n"):
        hit = _BARE_LAW.match(line)
        if hit is not None:
            hits.append((offset + hit.start(1), offset + hit.end(1), hit[1]))
        offset += len(line) + 1
    return hits


def _article(behind: str) -> str | None:
    hit = _ARTICLE.search(behind)
    return re.sub(r"\s", "", hit[0]) if hit is not None else None


def _number(behind: str) -> str | None:
    """A 发文字号 or 令 right behind the name, as printed: `（国办发〔2017〕47号）`, `（国务院令第711号）`."""
    found = doc_number.find(behind)
    if not found:
        return None
    raw = found[0].raw
    return raw.rstrip("）)") if raw.count("（") + raw.count("(") < raw.count("）") + raw.count(")") else raw


def _number_before(before: str) -> str | None:
    """A number glued to the name from the left: `国办发〔2009〕66号《…办法》`."""
    found = doc_number.find(before) if before.rstrip().endswith("号") else []
    return found[-1].raw if found else None


def _url(name: str, printed: str, links: list[tuple[str, str]]) -> str | None:
    plain = normalise.compact(name)
    for words, url in links:
        if plain in words or (len(words) >= 6 and words in normalise.compact(printed)):
            return url
    return None
