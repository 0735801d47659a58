"""What script draws: literal `document.write` decoded without a browser, and whether a page must be rendered before it is judged.

Rendering is costly, so only a clear sign asks for it: an empty list container on a page that says it has a list, or a shell without text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from govcrawl.page.document import Page
from govcrawl.text.spotting import Spotter

_WRITES = Spotter(("document.write",))
_WRITE = re.compile(r"document\.write(?:ln)?\s*\(")
"""Matches "document.write(", not "file.write("."""
_MAX_WRITES = 200
_MAX_INLINE = 600_000
"""Limits of a page: calls of document.write, characters of inline script."""
_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|`((?:[^`\\]|\\.)*)`", re.S)
"""Matches 'a\\'b' and "c", not a name."""
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.S)
"""Matches \\u4e2d, \\x41 and \\n, not "/"."""
_PERCENT_U = re.compile(r"%u([0-9a-fA-F]{4})")
"""Matches %u4e2d of unescape(), not %E4."""
_DRAWS = re.compile(
    r"createPage\w*\s*\(|\.jpage\b|dataproxy|v-for\s*=|ng-repeat|new\s+Vue\b|createApp\s*\(|ReactDOM|\{\{\s*\w|laytpl|template\s*\(|\.pagination\s*\(|\$\.(?:ajax|getJSON|post|get)\s*\(|"
    r"axios\b|fetch\s*\(|XMLHttpRequest|\.innerHTML\s*\+?=|insertAdjacentHTML|\.appendChild\s*\(|\.html\s*\(|\.append\s*\(",
    re.I,
)
"""Signs in inline script that a list is drawn: matches "createPageHTML(" and "$.ajax(", not "alert("."""
_LIST_NAMES = re.compile(r"list|news|gl_|main_right|rlist|con_right|content|data|xxgk|article|doc|tab|items?", re.I)
"""Names of list containers: matches "listBox", not "header"."""
_SHELL = re.compile(
    rb"<div[^>]{0,80}\bid\s*=\s*[\"']?(?:app|root|__next|main-app|vue-app)[\"']?[^>]{0,80}>\s*(?:<!--.*?-->\s*)?</div>", re.I | re.S
)
"""Matches '<div id="app"></div>', not '<div id="app"><h1>'."""
_VUE_MARK = re.compile(r"\{\{\s*[\w.$]+(?:\s*\|[^}]*)?\s*\}\}")
"""Matches "{{ item.title }}", not "{ a }"."""
_COMMENTED = re.compile(r"<li\b.*?<a\b", re.S | re.I)
"""A static copy of a list inside a comment: matches "<li><a", not "<li>"."""
_COMMENTED_CALL = re.compile(r"createPage\w*\s*\(")
"""Matches "createPageHTML(", not "createElement("."""
_EMPTY = etree.XPath(
    "//ul[not(.//li[normalize-space()])] | //ol[not(.//li[normalize-space()])] | //tbody[not(.//td[normalize-space()])] | //div[@id or @class][not(*)][not(normalize-space())]"
)
_FORM_TEXT = re.compile(r"正在加载|加载中|数据加载|loading", re.I)
"""Matches "正在加载…", not "下载"."""


@dataclass(slots=True, frozen=True)
class Written:
    """HTML that inline scripts write."""

    html: str
    doubtful: bool
    """Some written part could not be decoded (a variable, a function's answer)."""


def written(page: Page) -> Written:
    """Decode every literal `document.write(…)` (also through `unescape` and `decodeURIComponent`), in order."""
    out: list[str] = []
    doubtful = False
    if not _WRITES.any(page.markup):
        return Written("", False)
    for script in page.scripts:
        if script.src or "document.write" not in script.text:
            continue
        for found in _WRITE.finditer(script.text):
            if len(out) >= _MAX_WRITES:
                return Written("\n".join(out), True)
            text, whole = _argument(script.text, found.end())
            out.append(text)
            # Counters and weather write what they like; only a part that may be a footer matters.
            doubtful = doubtful or (not whole and not re.search(r"cnzz|baidu|tongji|hm\.|stat|weather|jiathis|bdshare", script.text))
    return Written("\n".join(out), doubtful)


def _argument(source: str, start: int) -> tuple[str, bool]:
    """Literal text of a call's argument list, and whether all of it was literal."""
    depth, at, whole = 1, start, True
    parts: list[str] = []
    functions: list[str] = []
    limit = min(len(source), start + 8000)
    while at < limit and depth:
        char = source[at]
        if char in "'\"`":
            literal = _LITERAL.match(source, at)
            if not literal:
                return "".join(parts), False
            text = unescape_js(next(g for g in literal.groups() if g is not None))
            parts.append(_percent(text) if any(f in ("unescape", "decodeURIComponent", "decodeURI") for f in functions) else text)
            at = literal.end()
            continue
        if char == "(":
            depth += 1
            name = re.search(r"(\w+)\s*$", source[max(0, at - 24) : at])
            functions.append(name[1] if name else "")
        elif char == ")":
            depth -= 1
            if functions:
                functions.pop()
        elif char.isalpha() or char in "_$":
            word = re.compile(r"[\w$.]+").match(source, at)
            if word and word[0] not in ("unescape", "decodeURIComponent", "decodeURI"):
                whole = False
            at = word.end() if word else at + 1
            continue
        at += 1
    return "".join(parts), whole


def unescape_js(text: str) -> str:
    """A JavaScript string literal's value."""

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1], 16))
        if found[2]:
            return chr(int(found[2], 16))
        return {"n": "\n", "t": "\t", "r": "", "\n": ""}.get(found[3], found[3])

    return _ESCAPE.sub(one, text) if "\\" in text else text


def _percent(text: str) -> str:
    return unquote(_PERCENT_U.sub(lambda m: chr(int(m[1], 16)), text))


def inline(page: Page) -> str:
    """All inline script of a page as one text."""
    return "\n".join(script.text for script in page.scripts if script.text)[:_MAX_INLINE]


def needs_list(page: Page, script: str, has_rows: bool, looks_like_list: bool) -> bool:
    """True when the page's own list is drawn by script: no row in the DOM, and a clear sign that there will be some."""
    if has_rows:
        return False
    for comment in page.comments:
        if len(comment) > 200 and len(_COMMENTED.findall(comment)) >= 3 and (_COMMENTED_CALL.search(comment) or looks_like_list):
            return True
    if _VUE_MARK.search(page.visible_text("body")[:20000]) or _FORM_TEXT.search(page.visible_text("body")[:4000]):
        return bool(_DRAWS.search(script)) or any("v-for" in str(el.attrib) for el in page.body_tree.iter("li", "div", "tr"))
    if not looks_like_list:
        return False
    if not _DRAWS.search(script) and not any(
        re.search(r"list|page|data|column|app\b|chunk|bundle", s.src, re.I) for s in page.scripts if s.src
    ):
        return False
    return any(_is_list_container(el) for el in _EMPTY(page.body_tree)[:400])


def _is_list_container(el: etree._Element) -> bool:
    if el.tag in ("ul", "ol", "tbody"):
        return True
    name = f"{el.get('id') or ''} {el.get('class') or ''}"
    return bool(_LIST_NAMES.search(name)) and not re.search(r"clear|line|footer|header|nav|banner|ewm|share|bd_", name, re.I)


def needs_body(page: Page) -> bool:
    """True when a shell is there and the text is not: `<div id="app"></div>` and almost no visible text."""
    if page.text_length > 250:
        return False
    if _SHELL.search(page.body):
        return True
    return (
        page.text_length < 60
        and bool(page.scripts)
        and any(re.search(r"chunk|bundle|app\.|vendor|umi|main\.", s.src, re.I) for s in page.scripts if s.src)
    )
