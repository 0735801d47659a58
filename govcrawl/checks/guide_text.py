"""What the text of one 办事指南 shows: materials without a format, catch-all wording, bases without number, forms to hand in.

Source: D13 办事指南 (third to fifth clause), D15 表格样表 of 国办秘函〔2019〕19号. Pure decisions over one record; `services` turns them into findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from govcrawl.checks.seen import folded, quote
from govcrawl.model.items import ServiceGuide
from govcrawl.text import normalise


def is_stub(guide: ServiceGuide) -> bool:
    """A page that bears the item's name and nothing else of a guide."""
    filled = [name for name, value in guide.elements.items() if value and name != "事项名称"]
    return not filled and not guide.materials and not guide.forms and not guide.legal_basis


_FORMAT = re.compile(
    r"原件|复印|纸质|电子|正本|副本|扫描|影印|拍照|上传|\d+ *份|[一二两三四五六七八九十]+ *份|一式|各 *[\d一二两三] *[份张]|\d+ *张|[一二两三四] *张"
)
"""One of the three: original or copy, paper or electronic, number. Matches `身份证复印件`, `一式两份`; not `身份证`."""
_FOR_ALL = re.compile(
    r"(?:以上|上述|所有|全部|各项|前述|均)[^。；\n]{0,14}(?:原件|复印|纸质|电子|份)|材料(?:均|一律|统一|形式[：:])[^。；\n]{0,8}(?:原件|复印|纸质|电子|份)"
)
"""A sentence that tells the format of all materials: matches `以上材料均需原件及复印件各一份`; not `身份证原件`."""
_NO_MATERIAL = re.compile(r"^(?:无|不需要?|无需|免提交|暂无|详见|见附件|/|-+|\[图片\])|^(?:其他|其它)|https?://")
"""What stands in the column and is no material: matches `无需提交材料`, `详见附件`; not `无犯罪记录证明` (see `unclear_materials`)."""
_NO_RECORD = re.compile(r"^无(?!需|$)[\u4e00-\u9fa5]")  # matches `无犯罪记录证明`, `无房证明`; not `无需提交`


def unclear_materials(guide: ServiceGuide) -> list[str]:
    """Names of the materials with none of the three (original/copy, paper/electronic, number), in order.

    Empty when one sentence of the section tells the format of all of them. What is itself a catch-all is judged by `guide-vague`.
    """
    if _FOR_ALL.search(guide.elements.get("办理材料") or ""):
        return []
    unclear: list[str] = []
    for material in guide.materials:
        name = str(material.get("name") or "").strip()
        if not name or (_NO_MATERIAL.search(name) and not _NO_RECORD.match(name)):
            continue
        told = " ".join(str(material.get(key) or "") for key in ("name", "form"))
        copies = str(material.get("copies") or "")
        if not _FORMAT.search(told) and not re.search(r"[\d一二两三四五六七八九十]", copies) and name not in unclear:
            unclear.append(name)
    return unclear


def vague_phrases(guide: ServiceGuide, patterns: Sequence[str], elements: Sequence[str]) -> list[tuple[str, str, str]]:
    """(phrase, element, quotation) of catch-all wording in the elements that tell an applicant what to bring or to fulfil.

    Not in 设定依据, nor where a condition quotes a law's article (`《……法》第五条：……（五）法律规定的其他条件`): there it is the law's own text. Not in
    办理流程, where `持相关材料到窗口` refers to the list. `其他材料：无` asks for nothing.
    """
    phrases: dict[str, tuple[str, str, str]] = {}
    texts = [(element, guide.elements.get(element) or "") for element in elements]
    if "办理材料" in elements:
        texts += [("办理材料", str(m.get("name") or "")) for m in guide.materials]
    for element, text in texts:
        plain = folded(text)
        for start, end in _catch_alls(plain, patterns):
            phrase = _ITEM.sub("", plain[start:end]).strip(" ,;、。的")
            if not any(phrase in known or known in phrase for known in phrases):
                phrases[phrase] = (phrase, element, quote(plain, start, end))
    return list(phrases.values())


def _catch_alls(text: str, patterns: Sequence[str]) -> list[tuple[int, int]]:
    """Spans of catch-all wording, overlapping ones joined: `法规规定应提交的其他材料` is one phrase though two patterns see it."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted(hit.span() for pattern in patterns for hit in re.finditer(pattern, text, re.M)):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return [span for span in spans if not _excused(text, *span)]


_ITEM = re.compile(r"^(?:\d{1,2}[.、] *|[（(][一二三四五六七八九十\d]{1,2}[）)] *)")  # matches `2.` before `有关证明材料`; not `2份`
_QUOTED_LAW = re.compile(r"《[^《》]+》[^《》]{0,12}第[一二三四五六七八九十百零\d]+条[^《》]*$")
"""An article quoted right before: matches `根据《…法》第五条规定：（一）…（五）`; not a bare `《…法》`."""
_ASKS_NOTHING = re.compile(r"^ *(?:[：:（(]? *(?:无|不需要|无需)(?:[）)]|$|[。；，\n ])|[：:]? *\n? *(?:[1１一①]|[（(][1一][）)]))")
"""Behind a heading: matches `：无`, `：1.身份证` (the list follows); not `。`."""
_LIST_HEAD = re.compile(r"(?:以下|下列|如下)[^，。；\n]{0,6}$")  # matches `需提交以下` before `相关材料`; not `以及`


def _excused(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 300) : start]
    return bool(_QUOTED_LAW.search(before) or _ASKS_NOTHING.match(text[end:]) or _LIST_HEAD.search(before))


def names_only(guide: ServiceGuide, text: str, endings: Sequence[str], linked: Iterable[str] = (), *, anywhere: bool = False) -> list[str]:
    """Laws and policies of 设定依据 (`anywhere`: also those that other parts of `text` quote) without number, article, text or link, by name.

    A name counts by its ending (`…法`, `…办法（试行）`); forms and certificates in 《》 do not. `linked` are the words of the page's
    links: a law named by one of them is linked. The text of an article may follow the name (`《…法》：“……”`).
    """
    words = [normalise.compact(w) for w in linked]
    bare: list[str] = []
    quoted = [{"law": name} for name in _IN_TITLE_MARKS.findall(text)] if anywhere else []
    for entry in [*guide.legal_basis, *quoted]:
        law = normalise.compact(str(entry.get("law") or "")).strip("《》")
        ending = re.sub(r"[（(〔\[][^（）()〔〕\[\]]*[）)〕\]]$", "", law)
        if not law or not ending.endswith(tuple(endings)) or any(entry.get(key) for key in ("article", "number", "url")):
            continue
        if any(len(w) >= 4 and (law in w or w.strip("《》") == law) for w in words) or _substance_follows(law, normalise.compact(text)):
            continue
        if law not in bare:
            bare.append(law)
    return bare


_IN_TITLE_MARKS = re.compile(r"《([^《》]{2,80})》")
_SUBSTANCE = re.compile(
    r"^》?[^《]{0,60}?(?:第[一二三四五六七八九十百零〇\d]+[条款项章]|〔(?:19|20)?\d{2,4}〕|[（(\[【](?:19|20)\d{2}[）)\]】]\d+号|令第?[\d一二三四五六七八九十百]+号|第?\d+号)"
)
"""An article or number behind a name: matches `》（国办发〔2017〕47号）`, `》第十二条`; not `》、《`."""


def _substance_follows(law: str, text: str) -> bool:
    """Whether any mention of the law is followed by article, number or a longer quotation."""
    at = text.find(law)
    while at >= 0:
        behind = text[at + len(law) :]
        until_next = behind.split("《", 1)[0]
        if _SUBSTANCE.match(behind) or re.search(r"[：:][“\"]?[^《]{25,}", until_next):
            return True
        at = text.find(law, at + 1)
    return False


_FORM_NAME = re.compile(r"《(?P<quoted>[^《》]{2,40}(?:表|申请书|承诺书|委托书))》")
_COPY_ONLY = re.compile(
    r"复印件|毕业生登记表|学籍|户籍|体检表|由[^，。；]{2,20}(?:出具|提供|核发|开具)|(?:报表|负债表|利润表|流量表|成绩表|课程表|时间表|结婚登记|婚姻)"
)
"""Somebody else's paper, no blank form of this unit: matches `体检表（由医院出具）`, `资产负债表`; not `老年人优待证申请表`."""
_MADE_ONLINE = re.compile(
    r"系统(?:自动)?生成|(?:网上|在线|线上)(?:填写|填报)|(?:现场|窗口|当场)(?:填写|领取|提供|打印)|自行制作|无需(?:提供|提交)|免填"
)


def required_forms(guide: ServiceGuide, words: Sequence[str]) -> list[str]:
    """Names of the blank forms an applicant must hand in: materials by their name (`……申请表`), else forms quoted in the text."""
    names: list[str] = []
    for material in guide.materials:
        name = str(material.get("name") or "").strip()
        told = f"{name} {material.get('form') or ''}"
        if any(w in name for w in words) and not _COPY_ONLY.search(told) and not _MADE_ONLINE.search(told):
            names.append(_form_name(name, words))
    if not guide.materials:
        text = guide.elements.get("办理材料") or ""
        if not _MADE_ONLINE.search(text):
            names += [
                m["quoted"]
                for m in _FORM_NAME.finditer(text)
                if any(w in m["quoted"] for w in words) and not _COPY_ONLY.search(m["quoted"])
            ]
    return list(dict.fromkeys(names))


def _form_name(name: str, words: Sequence[str]) -> str:
    """`填写完整的《老年人优待证申请表》原件1份` → `老年人优待证申请表`."""
    if quoted := _FORM_NAME.search(name):
        return quoted["quoted"]
    end = max(name.find(w) + len(w) for w in words if w in name)
    return re.split(r"[，。；、：:\s]", name[:end])[-1].lstrip("《")
