"""有效性 where no field shows it: a mark in the title, a word of its own above the text, a stamp as a picture.

Only what says that a document is over, changed or not yet in force counts: silence is not 有效.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from govcrawl.extract import letters, nodes
from govcrawl.extract.rows import OUTER
from govcrawl.page.document import Page
from govcrawl.text import normalise

_MARKED_TITLE = re.compile(
    r"^[【\[(（〔〖]\s*(已|全文|部分|现已)?\s*(废止|失效|(?<=已)修改|(?<=已)修订)\s*[】\])）〕〗]|[【\[(（〔〖]\s*(已|全文|部分|现已|此文件已|该文件已|本文件已)?\s*(废止|失效)\s*[】\])）〕〗]$"
)
"""Matches `【已废止】关于…` and `关于…的通知（已失效）`; not `关于废止…的通知`, not `（2023年修订）`."""
_ALONE = re.compile(
    r"^[【\[(（〔〖]?\s*(?:(?:该|本|此)?文件)?(已|全文|部分|现已)?(废止|失效|(?<=已)修改|尚未生效|尚未施行)\s*[】\])）〕〗]?$"
)
"""A line or picture that says nothing else: matches `已废止`, `部分失效`, `该文件已失效`; not `失效日期`."""
_STAMP_FILE = re.compile(r"(?:^|[/_\-.])(?:yi|bufen|quanwen)?_?(feizhi|shixiao)\d{0,2}\.(?:png|gif|jpe?g|svg)", re.I)
"""The file of a stamp: matches `/images/yifeizhi.png`, `icon_shixiao.gif`; not `/feizhi/index.html`."""
_CHINESE_FILE = re.compile(r"/(?:已|全文|部分)?(废止|失效)[^/]{0,4}\.(?:png|gif|jpe?g|svg)$", re.I)
"""Matches `/images/已废止.png`; not `/失效目录/1.png`."""
_PINYIN = {"feizhi": "废止", "shixiao": "失效"}
_WORDS = (b"feizhi", b"shixiao", "废止".encode(), "失效".encode(), "尚未".encode(), "已修改".encode(), b"%e5%ba%9f", b"%e5%a4%b1%e6%95%88")
_TAGS = ("span", "div", "em", "i", "b", "strong", "p", "font", "label", "h2", "h3", "h4")


def marked(title: str) -> str | None:
    """废止, 失效, 部分失效, 已修改 as a mark at the title's head or end."""
    hit = _MARKED_TITLE.search(normalise.squeeze(title))
    return _word(hit[1] or hit[3], hit[2] or hit[4]) if hit is not None else None


def stamped(page: Page) -> str | None:
    """The one word that a stamp beside the title or text shows; null for none, for hidden ones, and when the page shows several (a filter)."""
    if not any(word in page.markup for word in _WORDS):
        return None
    found = {*_pictures(page), *_elements(page)}
    return found.pop() if len(found) == 1 else None


def _pictures(page: Page) -> list[str]:
    found = []
    for picture in page.body_tree.iter("img"):
        said = (picture.get("alt") or "").strip() or (picture.get("title") or "").strip()
        hit = _ALONE.match(said)
        address = unquote(picture.get("src") or "")
        named, pinyin = _CHINESE_FILE.search(address), _STAMP_FILE.search(address)
        word = _word(hit[1], hit[2]) if hit else named[1] if named else _PINYIN[pinyin[1].lower()] if pinyin else None
        if word is not None and not letters.hidden(picture) and page.region_of(picture) not in OUTER:
            found.append(word)
    return found


def _elements(page: Page) -> list[str]:
    """Elements outside the running text that hold such a word and nothing else; no links, no options of a filter."""
    main = page.body_element
    found = []
    for element in page.body_tree.iter(*_TAGS):
        word = element.text
        if not word or len(word) > 16 or len(element) or not (hit := _ALONE.match(word.strip())):
            continue
        above = list(element.iterancestors())
        if any(up.tag in ("a", "option", "button", "table", "ul", "select") or (up is main and main is not page.body_tree) for up in above):
            continue
        if not letters.hidden(element) and page.region_of(element) not in OUTER and nodes.is_element(element):
            found.append(_word(hit[1], hit[2]))
    return found


def _word(extent: str | None, state: str) -> str:
    """`部分` + `失效` → 部分失效; `已` + `修改` → 已修改; `已` + `废止` → 废止."""
    if state in ("修改", "修订"):
        return "已修改"
    if state.startswith("尚未"):
        return "尚未生效"
    return f"部分{state}" if extent == "部分" else state


def of_field(label: str, value: str | None) -> str | None:
    """A field's value; `是否有效：否` says 失效, `是` says 有效."""
    if value is None:
        return None
    plain = normalise.compact(value)
    if label == "是否有效" and plain in ("是", "否"):
        return "有效" if plain == "是" else "失效"
    return value
