"""Where on a page, or in a file, a finding stands, in words: `正文，第 18 个链接`, `表格“联系电话”列`, `工作表“原始数据”的 C2 单元格`."""

from __future__ import annotations

import re

from govcrawl.model.findings import Finding

REGIONS = {
    "body": "正文", "header": "页头", "footer": "页脚", "nav": "导航", "aside": "侧栏", "title": "网页标题", "info": "标题下的信息行", "meta": "页面标签",
    "comment": "网页源码注释", "alt": "图片说明",
}  # fmt: skip
TAGS = {
    "a": "链接", "area": "图片热区", "img": "图片", "iframe": "内嵌页面", "frame": "内嵌页面", "embed": "嵌入的内容", "object": "嵌入的内容", "video": "视频",
    "audio": "音频", "source": "音视频", "form": "表单", "input": "输入框", "button": "按钮", "script": "脚本", "table": "表格", "tr": "表格的一行",
    "td": "单元格", "th": "单元格", "p": "段落", "li": "列表项", "ul": "列表", "ol": "列表", "h1": "标题", "h2": "标题", "h3": "标题", "h4": "标题", "meta": "页面标签",
    "title": "网页标题",
}  # fmt: skip
_NTH = re.compile(r"\(//(?P<tag>\w+)\)\[(?P<n>\d+)\]")
"""The n-th element of its kind on the page: matches "(//a)[18]/@href", not "/html/body/div[5]"."""
_ROW = re.compile(r"row\[(\d+)\]\Z")
"""A row of a list that a data address answers: matches "row[3]"."""
_CELL = re.compile(r"(?P<sheet>.+)!(?P<cell>[A-Z]{1,3}\d{1,7})\Z")
"""Matches "原始数据!C2", not "第2页"."""
_STEP = re.compile(r"/(?P<tag>\w+)(?:\[[^\]]*\])?(?:/@\w+)?\Z")
"""The last element of a path: matches "/html/body/div[5]/table" and "//meta[@name='PubDate']/@content"."""


def in_words(finding: Finding) -> str:
    """The place of a finding; "" where nothing finer than its page or file is known."""
    region = next((said for row in finding.evidence if row.get("what") in ("place", "hit") and (said := _region(row))), "")
    thing = of_locator(finding.locator or "")
    if thing and thing in region:  # 表格“联系电话”列, 表格
        return region
    return thing if region in thing else f"{region}，{thing}" if thing else region


def _region(row: dict[str, object]) -> str:
    """The part of the page that an evidence row names; a hit in a file says it in words: `附件的批注（打开后不能直接看到…）`."""
    named = str(row.get("region") or row.get("place") or "")
    if named.startswith("附件"):
        return named.removeprefix("附件").removeprefix("的").partition("（")[0]
    return of_part(named)


def of_part(name: str) -> str:
    """A part of a page by our own word for it: `footer`, `table:联系电话`; "" for any other word."""
    if name.startswith("table:"):
        return f"表格“{name.removeprefix('table:')}”列"
    return REGIONS.get(name, "")


def of_locator(locator: str) -> str:
    """What a locator points to; "" where words would say no more than `somewhere`."""
    if nth := _NTH.match(locator):
        thing = TAGS.get(nth["tag"], "元素")
        return f"第 {nth['n']} {'张' if thing == '图片' else '个'}{thing}"
    if row := _ROW.match(locator):
        return f"列表第 {row[1]} 行"
    if cell := _CELL.match(locator):
        return f"工作表“{cell['sheet']}”的 {cell['cell']} 单元格"
    if locator.startswith("/"):
        step = _STEP.search(locator)
        return TAGS.get(step["tag"], "") if step else ""
    return "" if locator.isascii() else locator


def whole(finding: Finding) -> str:
    """The page, the file and the place in it, a line each: what an office writes under 所在页面及位置."""
    place = in_words(finding)
    return "\n".join(filter(None, (finding.url, f"附件 {finding.source_file}" if finding.source_file else "", place and f"位置：{place}")))


def is_path(locator: str | None) -> bool:
    """Whether a locator is one for programs, that stands small beside its words."""
    return bool(locator) and str(locator).startswith(("/", "(", "row["))
