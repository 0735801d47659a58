"""The six marks of a page's foot (D21): 党政机关网站标识, 网站标识码, ICP备案编号, 公安机关备案标识, 网站主办单位, 联系方式.

Read from the DOM and from literal `document.write`; a commented-out mark is none. Patterns: domain rules 2.4.
"""

from __future__ import annotations

import re

import lxml.html
from lxml import etree

from govcrawl.extract.script_drawn import Written
from govcrawl.model.facts import FooterMarks, Link
from govcrawl.model.items import FOOTER_MARKS
from govcrawl.page.document import Page
from govcrawl.text import normalise
from govcrawl.text.spotting import Spotter

_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼陇黔滇"
_CODE = re.compile(
    r"(?:政府)?网站(?:标识码|识别码|标识)\s*(?:[:：]|为|是)?\s*([A-Za-z]{0,2}\s?\d[\dA-Za-z]{3,17})|标识码\s*[:：]?\s*([A-Za-z]{0,2}\d[\dA-Za-z]{3,17})"
)
"""Matches "网站标识码：3609000002" and "政府网站标识码bm14000002", not "网站标识：" (the badge)."""
_ICP = re.compile(rf"[{_PROVINCE}]\s*ICP\s*[备证]\s*(?:案)?\s*(?:字)?\s*(?:第)?\s*\d{{5,12}}\s*号?(?:\s*[-－—–]\s*\d{{1,3}})?", re.I)
"""Matches "赣ICP备06000141号-1" and "陇ICP备17003689号－1", not "ICP备案"."""
_ICP_ODD = re.compile(r"[^\s|｜,，;；:：]{0,8}ICP\s*[^\s|｜,，;；]{0,6}\s*[:：]?\s*[^\s|｜,，;；]{0,4}\d{4,12}[^\s|｜,，;；]{0,6}", re.I)
"""A malformed one: matches "ICP备案06000141", not "ICP"."""
_POLICE = re.compile(rf"[{_PROVINCE}]\s*公网安备\s*(?:第)?\s*[:：]?\s*\d{{8,16}}\s*号?")
"""Matches "赣公网安备 36090202000004号", not "公安备案"."""
_POLICE_ODD = re.compile(r"[^\s|｜]{0,2}公(?:网)?安(?:机关)?备(?:案)?[^\d|｜]{0,8}\d{6,18}\s*号?")
"""A malformed one: matches "公安备案号36090202000004", not "公安备案"."""
_ORGANIZER = (
    re.compile(
        r"(?:网站)?(?:主管\s*[/、]?\s*)?主\s*办\s*(?:单\s*位|方|者)?\s*[:：]\s*([^\s|｜,，;；。:：]{2,60})"
    ),  # "主办：万载县人民政府", not "主办会议"
    re.compile(r"主办单位\s+([\u4e00-\u9fff（）()]{4,40})"),  # "主办单位 清和县人民政府", not "主办单位："
    re.compile(r"(?:^|[\s|｜])(?:本站由)?([\u4e00-\u9fff（）()]{4,40}?)\s*主办(?![单方会的了])"),  # "清和县人民政府主办", not "主办单位"
)
_CUT = re.compile(r"(?:承\s*办|协\s*办|版权|技术支持|维护|联系|地址|电话|运维|Copyright|网站标识|网站地图|备案|邮编|ICP|©)")
"""What ends an organizer's name: matches "承办", not "办公室"."""
_CONTACT = re.compile(
    r"(?:联系电话|联系方式|运维电话|值班电话|服务电话|热线电话|维护电话|技术支持电话|网站维护电话|电\s*话|传\s*真|地\s*址|邮\s*编|邮\s*箱|电子邮箱|E-?mail|热线)\s*(?:号码)?\s*[:：]?\s*([^\s|｜]{4,60})",
    re.I,
)
"""Matches "联系电话：0931-8826049" and "地址：兰州市", not "电话"."""
_PHONE = re.compile(r"(?<![\d\-])0\d{2,3}[-－—\s]?\d{7,8}(?!\d)")
"""Matches "0795-8819792", not "36090202000004"."""
_BADGE = re.compile(r"dcs\.conac\.cn|bszs\.conac\.cn", re.I)
"""Matches "https://dcs.conac.cn/js/28/000/…/CA280000000606194790001.js", not "conac.cn/news"."""
_BADGE_PICTURE = re.compile(
    r"(?:^|[/_\-])(?:red|blue|dzjg|dangzheng|jgbs|conac|zhengfu_?bs|dzjgbs|dzjg_?bs)[\w\-]*\.(?:png|gif|jpe?g|svg)(?:\?|$)", re.I
)
"""A local copy of the badge: matches "/images/red.png", not "/images/redflag_2026.png.html"."""
_BADGE_WORDS = re.compile(r"党政机关|事业单位网站标识|政府网站标识$|conac", re.I)
"""Matches alt="党政机关网站标识", not alt="党建"."""
_FOOT_SOURCE = re.compile(r"foot|bottom|copyright|dibu|yejiao|banquan|_ft\b|tail\.", re.I)
"""Address of something that brings the foot: matches "/include/footer.js", not "/js/jquery.js"."""
_FOOT_WORDS = Spotter(("foot", "bottom", "opyright", "dibu", "yejiao"))
_LOADS = re.compile(
    r"""\.load\s*\(\s*['"][^'"]*(?:foot|bottom|copyright|dibu|yejiao)|(?:foot|bottom|copyright)[\w\-]*['"]\s*\)\s*\.(?:load|html|append)\s*\(|getElementById\(\s*['"][\w\-]*(?:foot|bottom|copyright)""",
    re.I,
)
"""Matches "$('#footer').load('/include/foot.html')", not "$('#footer').css("."""


def read(page: Page, links: list[Link], written: Written, more_may_come: bool) -> FooterMarks:
    """Marks of the page. A missing mark is named in `doubtful` when a script or frame that was not read may still bring it (`may_come`)."""
    marks = FooterMarks()
    drawn = _fragment(written.html)
    text = _foot_text(page, links, drawn)
    _codes(text, marks)
    _people(text, links, drawn, marks)
    _badge(page, links, drawn, marks)
    if more_may_come:
        values = (marks.institution_badge, marks.site_code, marks.icp_number, marks.police_number, marks.organizer, marks.contact)
        marks.doubtful = [name for name, value in zip(FOOTER_MARKS, values, strict=True) if value is None]
    return marks


def _fragment(html: str) -> etree._Element | None:
    if "<" not in html:
        return None
    try:
        return lxml.html.fragment_fromstring(html, create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _foot_text(page: Page, links: list[Link], drawn: etree._Element | None) -> str:
    """Text where the marks stand: the footer, texts of its pictures, what scripts write, and the last lines of a page without a footer."""
    parts = [page.visible_text("footer")]
    if "ICP" not in parts[0] or "标识码" not in parts[0]:
        parts.append("\n".join(page.visible_text(name)[-900:] for name in ("tail", "body", "aside")))
    parts += [link.text for link in links if link.region == "footer" and link.tag == "img" and link.text]
    if drawn is not None:
        parts.append(" ".join(drawn.itertext()))
    return "\n".join(part for part in parts if part)


def _codes(text: str, marks: FooterMarks) -> None:
    plain = normalise.fold(text)
    code = _CODE.search(plain)
    if code:
        marks.site_code = (code[1] or code[2]).replace(" ", "")
        marks.raw["网站标识码"] = normalise.squeeze(code[0])
    icp = _ICP.search(plain) or _ICP_ODD.search(plain)
    if icp:
        marks.icp_number = normalise.squeeze(icp[0])
        marks.raw["ICP备案编号"] = marks.icp_number
    police = _POLICE.search(plain) or _POLICE_ODD.search(plain)
    if police:
        marks.police_number = normalise.squeeze(police[0])
        marks.raw["公安机关备案标识"] = marks.police_number


def _people(text: str, links: list[Link], drawn: etree._Element | None, marks: FooterMarks) -> None:
    for pattern in _ORGANIZER:
        found = pattern.search(text)
        if not found:
            continue
        name = _CUT.split(normalise.squeeze(found[1]))[0].strip(" -—、")
        if len(name) >= 4:
            marks.organizer = name
            marks.raw["网站主办单位"] = normalise.squeeze(found[0])
            break
    contact = _CONTACT.search(text) or _PHONE.search(text)
    if contact:
        marks.contact = normalise.squeeze(contact[0])
    else:
        link = next(
            (x for x in links if x.tag == "a" and x.url and x.region == "footer" and normalise.label(x.text) in ("联系我们", "联系方式")),
            None,
        )
        if link:
            marks.contact = link.url
    if marks.contact:
        marks.raw["联系方式"] = marks.contact


def _badge(page: Page, links: list[Link], drawn: etree._Element | None, marks: FooterMarks) -> None:
    sources = [script.src for script in page.scripts if script.src] + [
        link.href for link in links if link.tag in ("a", "img", "area", "iframe")
    ]
    if drawn is not None:
        sources += [str(value) for value in drawn.xpath(".//@src | .//@href")]
    for source in sources:
        if _BADGE.search(source):
            marks.institution_badge = page.canonical(source) or source
            break
    else:
        for link in links:
            if link.tag == "img" and ((link.region == "footer" and _BADGE_PICTURE.search(link.href)) or _BADGE_WORDS.search(link.text)):
                marks.institution_badge = link.url or link.href
                break
    if marks.institution_badge:
        marks.raw["党政机关网站标识"] = marks.institution_badge


def may_come(page: Page, links: list[Link], written: Written, script: str) -> bool:
    """A script, frame or include that was not read may still bring marks."""
    if any(s.src and _FOOT_SOURCE.search(s.src.rsplit("/", 1)[-1]) for s in page.scripts):
        return True
    if any(link.tag == "iframe" and (_FOOT_SOURCE.search(link.href) or link.region == "footer") for link in links):
        return True
    named = _FOOT_WORDS.found(script.encode("utf-8", "replace"))
    if named and (_LOADS.search(script) or (written.doubtful and b"foot" in named)):
        return True
    footers = [el for el, name in page.regions.roots if name == "footer"]
    if all(len(Page.line_of(el)) < 8 and el.find(".//img") is None for el in footers):
        return bool(page.scripts) and (bool(footers) or page.text_length < 250)
    return False
