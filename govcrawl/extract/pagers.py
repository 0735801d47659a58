"""Further pages of a list: printed links, `createPageHTML` and its family, jpage data proxies.

What is found is a list of canonical addresses (pages or data endpoints); what a script would compute is computed here where its arguments are
literal, so that most lists need no browser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl

from lxml import etree

from govcrawl import rulebook
from govcrawl.model.facts import Link
from govcrawl.page import addresses
from govcrawl.page.document import Page
from govcrawl.text import normalise
from govcrawl.text.spotting import Spotter

MAX_PAGES = 2000
_CALLS = Spotter(("reatepage", "agenav", "howpage", "outputpager", "jpage", "dataproxy"))
"""One of these stands in the lower-case source of every page whose pager a script makes."""
_CREATE = re.compile(
    r"(?<!function )\b(createPage\w*|createPager|pageNav\w*|showPage\w*|createpage\w*|outputPager)\s*\(\s*((?:'[^']{0,200}'|\"[^\"]{0,200}\"|[^()'\"]){0,300})\)"
)
"""Matches "createPageHTML('page_div',10,1,'list','shtml',200)", not "function createPageHTML(a, b)"."""
_ARGUMENT = re.compile(r"\s*(?:'([^']*)'|\"([^\"]*)\"|([^,]+?))\s*(?:,|$)")
"""Splits "'page_div',10,1" into its three arguments; not the comma inside 'a,b'."""
_COUNT = re.compile(r"\b(?:var\s+)?(?:countPage|pageCount|totalPage|totalpage|nPageCount|m_nPageCount)\s*=\s*[\"']?(\d{1,5})")
"""Matches "var countPage = 12", not "countPage = n"."""
_CURRENT = re.compile(r"\b(?:var\s+)?(?:currentPage|nCurrIndex|curPage|currPage)\s*=\s*[\"']?(\d{1,5})")
"""Matches "var currentPage = 0//所在页从0开始", not "currentPage = prev"."""
_NUMBERED = re.compile(r"^(?P<head>.*?)_(?P<n>\d{1,4})(?P<tail>\.(?:s?html?|jsp|aspx|php))$", re.I)
"""Matches "/zwgk/index_3.html", not "/zwgk/t20260105_8837047.html" (a document; its number is longer)."""
_TAIL = re.compile(r"/(?:p|page|list|index)?[-_]?(?P<n>\d{1,4})(?P<ext>\.(?:s?html?|jsp|aspx|php))?$", re.I)
"""Matches "/news/page-2.html" and "/gzdt/1.htm" (博达), not "/art_1003_3022.html"."""
_PAGED = re.compile(r"/(?:p|page)/(?P<n>\d{1,4})(?P<ext>/)?$", re.I)
"""Matches "/news/page/2/", not "/news/2026/" (a year's list)."""
_JPAGE = re.compile(r"dataproxy\.jsp|jpage\.js|\.jpage\(|proxyUrl", re.I)
"""Matches "$.jpage({… proxyUrl:'/module/web/jpage/dataproxy.jsp'", not "page.js"."""
_JPAGE_OPTION = re.compile(
    r"\b(totalRecord|perPage|proxyUrl|proxyurl|totalrecord|perpage|startrecord|endrecord|columnid|webid|unitid|path|webname|sourceContentType|permissiontype|appid|unitId|columnId|webId)\s*[:=]\s*['\"]?([^'\",;}\s]*)['\"]?"
)
"""Matches "totalRecord:756" and "columnid=80179", not "record"."""
_JPAGE_QUERY = re.compile(r"queryArray\.push\(\s*\{\s*name\s*:\s*['\"](\w+)['\"]\s*,\s*value\s*:\s*['\"]?([^'\"}]*)['\"]?\s*\}", re.I)
"""Matches "queryArray.push({name:'columnid', value:'80179'})", not "push(1)"."""
_PROXY_PARAMS = re.compile(r"params\s*=\s*['\"]([^'\"]*columnid=[^'\"]*)['\"]", re.I)
"""Matches "params = 'webid=1&columnid=2'", not "params = a"."""
_TOTAL = re.compile(r"共\s*(?:计|有)?\s*(\d{1,6})\s*(?:条|个记录|篇|件|封)|总(?:记录|条)?数\s*[:：]?\s*(\d{1,6})|(\d{1,6})\s*条记录")
"""Matches "共756条", not "共10页"."""
_TOTAL_PAGES = re.compile(r"共\s*(\d{1,4})\s*页|^(?:第|页次)?\s*[:：]?\s*\d{1,4}\s*/\s*(\d{1,4})\s*页?$")
"""Matches "共10页" and a line "1/10", not "2026/11/05" nor "2026/11"."""
_PAGERS = etree.XPath(
    "//*[contains(@class,'page') or contains(@class,'Page') or contains(@class,'fenye') or contains(@class,'pagin') or contains(@id,'page') or contains(@id,'Page')"
    " or contains(@class,'fy')]"
)


@dataclass(slots=True)
class Pager:
    """What a page says about the rest of its list."""

    pages: list[str] = field(default_factory=list)
    """Addresses of further pages, in order, without this one."""
    data: list[str] = field(default_factory=list)
    """Data endpoints that serve the rows."""
    forms: dict[str, str] = field(default_factory=dict)
    """Data endpoint → POST body."""
    number: int = 1
    total: int | None = None
    first: str | None = None
    """First page of the list; None on the first page itself."""
    listed: set[str] = field(default_factory=set)
    """Targets of page numbers and of 首页, 上一页 in the pager."""


@lru_cache(maxsize=1)
def _words() -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    found = rulebook.labels("pagers")
    plain = frozenset(found["next"] + found["previous"])
    return plain, frozenset(found["last"]), frozenset(word.lower() for word in found["parameters"]), frozenset(found["first"])


def read(page: Page, links: list[Link], script: str, comment: str) -> Pager:
    """Pager of a page. `script`: its inline scripts; `comment`: texts of comments (a pager call may be commented out with the static copy)."""
    out = Pager()
    _printed(page, links, out)
    if _CALLS.any(page.markup):
        _created(page, script, out)
        if not out.pages and comment and "createPage" in comment:
            _created(page, comment, out)
        if "jpage" in script or "dataproxy" in script:
            _jpage(page, script, out)
    _own_number(page, out)
    out.pages = [url for url in dict.fromkeys(out.pages) if url != page.url][:MAX_PAGES]
    return out


def _printed(page: Page, links: list[Link], out: Pager) -> None:
    """下一页, 尾页 and page numbers printed as links to the same list."""
    step, last, _, _ = _words()
    numbered: dict[int, str] = {}
    pattern: tuple[str, str] | None = None
    highest = 0
    firsts: list[str] = []
    for link in links:
        if link.tag != "a" or not link.url or link.region in ("header", "footer") or not link.text:
            continue
        text = link.text.strip()
        if len(text) <= 6 and (text in step or text.strip("[]").isdigit()):
            out.listed.add(link.url)
        elif text in _words()[3] and addresses.segments(link.url):
            firsts.append(link.url)
        if text not in step and text not in last and not (text.strip("[]").isdigit() and len(text) <= 6):
            continue
        same = _same_list(page.url, link.url)
        if same is None:
            continue
        number, shape = same
        if number:
            numbered[number] = link.url
            pattern = pattern or shape
            highest = max(highest, number)
    if out.listed:  # 首页 beside page numbers is the list's first page; in a menu or a breadcrumb it is the site's home
        out.listed.update(firsts)
    if not numbered:
        return
    claimed = _claimed(page)
    ceiling = min(max(highest, claimed), MAX_PAGES)
    if pattern and ceiling > len(numbered):
        offset = _offset(numbered, page, pattern, claimed)
        for number in range(min(numbered), ceiling + offset):
            numbered.setdefault(number, f"{pattern[0]}{number}{pattern[1]}")
    out.pages += [numbered[n] for n in sorted(numbered)]


def _claimed(page: Page) -> int:
    """Number of pages that the pager prints ("共10页", a line "1/10"), 0 where it does not."""
    for line in reversed(page.visible_text("body").split("\n")):
        found = _TOTAL_PAGES.search(line) if len(line) <= 120 else None
        if found:
            count = int(found[1] or found[2])
            return count if count < 1900 else 0
    return 0


def _offset(numbered: dict[int, str], page: Page, pattern: tuple[str, str], claimed: int) -> int:
    """1 where the numbers in the addresses equal the page numbers, 0 where they start from 0 (index_1 is page 2)."""
    if "=" in pattern[0][-12:]:
        return 1
    return 0 if claimed and max(numbered) == claimed - 1 else 1


def _same_list(own: str, url: str) -> tuple[int, tuple[str, str] | None] | None:
    """(number, (head, tail)) when `url` is another page of the list at `own`: index_3.html beside index.html, or a page parameter."""
    own_path, _, own_query = own.partition("?")
    path, _, query = url.partition("?")
    if path == own_path or _stem(path) == _stem(own_path):
        _, _, parameters, _ = _words()
        for name, value in parse_qsl(query):
            if name.lower() in parameters and value.isdigit() and len(value) <= 5:
                at = re.search(rf"(?:^|&){re.escape(name)}={value}(?=&|$)", query)
                if at:
                    start = at.end() - len(value)
                    return int(value), (f"{path}?{query[:start]}", query[start + len(value) :])
    found = _NUMBERED.match(path)
    if found and not query and addresses.folder(path) == addresses.folder(own_path):
        mine = _NUMBERED.match(own_path)
        stem = mine["head"] if mine else re.sub(r"\.\w+$", "", own_path)
        if own_path.endswith("/"):
            stem = found["head"]
        if found["head"] == stem and int(found["n"]) < MAX_PAGES:
            return int(found["n"]), (found["head"] + "_", found["tail"])
    tail = _PAGED.search(path) or _TAIL.search(path)
    if tail and not query:
        firsts = {first for _, first in _firsts(path)}
        own_firsts = {own_path} | {first for _, first in _firsts(own_path)}
        if firsts & own_firsts:
            return int(tail["n"]), (path[: tail.start("n")], tail["ext"] or "")
    return None


def _stem(path: str) -> str:
    return re.sub(r"(?:index|default)?\.(?:s?html?|jspx?|php|aspx?)$", "", path, flags=re.I)


def _created(page: Page, script: str, out: Pager) -> None:
    """`createPageHTML` families: TRS (count, current from 0, name, ext), 开普 UCAP (div, count, current from 1, name, ext, rows), others alike."""
    if not any(name in script for name in ("reatePage", "reatepage", "ageNav", "howPage", "outputPager")):
        return
    for found in _CREATE.finditer(script):
        values = [next((g for g in part if g), "").strip() for part in _ARGUMENT.findall(found[2]) if any(part)]
        call = _arguments(values, script)
        if call is None:
            continue
        count, current, name, ext, total, from_one = call
        if count < 2 or count > MAX_PAGES * 5:
            out.total = out.total if total is None else total
            continue
        folder = addresses.folder(page.base)
        stem = name if "/" in name else folder + name
        base = page.canonical(stem) or stem
        # Page 2 is index_1 where the script counts from 0 (TRS), index_2 where it counts from 1 (UCAP).
        low, high = (2, count) if from_one else (1, count - 1)
        out.pages += [f"{base}_{n}.{ext}" for n in range(low, min(high, MAX_PAGES) + 1)]
        out.number = current if from_one else current + 1
        out.total = total if total is not None else out.total
        if out.number > 1:
            out.first = f"{base}.{ext}"
        return


def _arguments(values: list[str], script: str) -> tuple[int, int, str, str, int | None, bool] | None:
    """(count, current, name, extension, rows, counted from 1) of a pager call, or None where they are computed."""
    numbers = [(at, int(v)) for at, v in enumerate(values) if v.isdigit()]
    words = [(at, v) for at, v in enumerate(values) if v and not v.isdigit()]
    ext = next((v.lstrip(".") for _, v in words if re.fullmatch(r"\.?(?:s?html?|jsp|php|aspx)", v, re.I)), None)
    if ext is None:
        return None
    names = [v for _, v in words if v.lstrip(".") != ext and re.fullmatch(r"[\w\-/.:%]+", v)]
    variables = {
        "countPage": _COUNT,
        "nPageCount": _COUNT,
        "pageCount": _COUNT,
        "totalPage": _COUNT,
        "currentPage": _CURRENT,
        "nCurrIndex": _CURRENT,
    }
    if not numbers:
        known = [variables[v].search(script) for v in names if v in variables]
        resolved = [int(m[1]) for m in known if m]
        names = [v for v in names if v not in variables]
        if len(resolved) < 2 or not names:
            return None
        return resolved[0], resolved[1], names[-1], ext, None, False
    from_one = bool(values) and not values[0].isdigit() and values[0] not in variables
    if from_one and len(names) > 1:
        names = names[1:]  # the id of the element that the pager is written into
    if not names or len(numbers) < 2:
        return None
    total = numbers[2][1] if len(numbers) > 2 and from_one else None
    return numbers[0][1], numbers[1][1], names[0], ext, total, from_one


def _jpage(page: Page, script: str, out: Pager) -> None:
    """大汉 jpage: rows come from `dataproxy.jsp` in slices of startrecord…endrecord, three pages a slice."""
    if not _JPAGE.search(script):
        return
    options = {name.lower(): value for name, value in _JPAGE_OPTION.findall(script)}
    query = dict(_JPAGE_QUERY.findall(script))
    params = _PROXY_PARAMS.search(script)
    if params:
        query |= dict(parse_qsl(params[1]))
    for source, target in (
        ("columnid", "columnid"),
        ("webid", "webid"),
        ("unitid", "unitid"),
        ("path", "path"),
        ("webname", "webname"),
        ("appid", "appid"),
    ):
        if options.get(source) and target not in {k.lower() for k in query}:
            query[target] = options[source]
    total = int(options["totalrecord"]) if options.get("totalrecord", "").isdigit() else None
    per = int(options["perpage"]) if options.get("perpage", "").isdigit() else 15
    proxy = page.canonical(options.get("proxyurl") or "/module/web/jpage/dataproxy.jsp")
    if total is None or not proxy or not any(name.lower() == "columnid" for name in query) or per < 1:
        return
    out.total = total
    size = per * 3
    text = "&".join(f"{name}={value}" for name, value in sorted(query.items()) if value and not value.startswith("+"))
    for start in range(1, min(total, MAX_PAGES * 10) + 1, size):
        url = f"{proxy}?startrecord={start}&endrecord={min(start + size - 1, total)}&perpage={per}"
        out.data.append(url)
        out.forms[url] = text


def total_of(page: Page) -> int | None:
    """Number of rows that a pager element prints ("共756条")."""
    if not _TOTAL.search(page.text):  # a quick look before all elements are asked for their names (0.13 ms)
        return None
    for el in _PAGERS(page.body_tree)[:12]:
        found = _TOTAL.search(normalise.squeeze(Page.text_of(el)))
        if found:
            return int(next(g for g in found.groups() if g))
    return None


def _own_number(page: Page, out: Pager) -> None:
    """Which page of its list this is, by its own address; `first` is the address without the number."""
    if out.number > 1:
        return
    path, _, query = page.url.partition("?")
    _, _, parameters, _ = _words()
    for name, value in parse_qsl(query):
        if name.lower() in parameters and value.isdigit() and int(value) > 1 and out.pages:
            out.number = int(value)
            rest = "&".join(part for part in query.split("&") if part.partition("=")[0] != name)
            # the page linked as 1 may know none of the further parameters: /col/col2011/index.html, then ?uid=52011&pageNum=2
            out.first = path if path in out.listed or not rest else f"{path}?{rest}"
            return
    for number, first in _firsts(path):
        if first in out.listed or any(url.startswith(first.rsplit(".", 1)[0] + "_") for url in out.pages):
            from_zero = number == 1 or any(u.endswith(f"_{number - 1}.{path.rsplit('.', 1)[-1]}") and number == 2 for u in out.pages)
            out.number = number + 1 if from_zero else max(number, 2)
            out.first = first
            return


def _firsts(path: str) -> list[tuple[int, str]]:
    """(number in the address, possible first page): index_3.html → index.html or its folder, list/page-2.html → list/, gzdt/1.htm → gzdt.htm."""
    out: list[tuple[int, str]] = []
    found = _NUMBERED.match(path)
    if found and int(found["n"]) >= 1:
        out.append((int(found["n"]), found["head"] + found["tail"]))
        out.append((int(found["n"]), found["head"].rsplit("/", 1)[0] + "/"))
    tail = _PAGED.search(path) or _TAIL.search(path)
    if tail and int(tail["n"]) >= 1:
        folder, ext = path[: tail.start()], (tail["ext"] or "").strip("/")
        out += [
            (int(tail["n"]), folder + "/"),
            (int(tail["n"]), f"{folder}{ext}"),
            (int(tail["n"]), f"{folder}/index{ext or '.html'}"),
        ]
    return out
