"""办理材料 told in lines: numbered, one a line, or several in one sentence (`身份证、户口簿、申请表各1份`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

FORM = re.compile(r"原件|复印件|纸质|电子(?:版|件|材料|化|证照|文档)?|扫描件|影印件|正本|副本|加盖公章")
_COPIES = re.compile(
    r"(?:一式)?\s*([\d一二两三四五六七八九十]{1,3})\s*[份套张](?!子)|(?:原件|复印件|纸质)\s*[:：]?\s*(\d{1,2})(?![\d份套张.、．)）])"
)
"""Matches `复印件1份`, `一式三份`, `纸质：2`; not `身份证`, `1份子`, not `原件 2)`, where a number begins the next material."""
_REQUIRED = re.compile(r"必[要须需备]|非必[要须需备]|容缺(?:后补)?|可选|选填")
_ITEM = re.compile(r"^\s*(?:[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,3}|[①-⑳])[)）]?\s*[、.．:：]?|[•·●◆■▪-])\s*(?=\S)")
"""Matches the head of `1.身份证`, `（二）申请表`, `①照片`."""
_NUMBERED = re.compile(
    r"^\s*(?:[（(]\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*[)）]|(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*[、.．)）](?!\d)|[①-⑳])"
)
"""Matches `1.身份证`, `（二）申请表`, `①照片`, `2)照片`; not `2寸照片`, `1.5寸照片`."""
_SPLIT = re.compile(r"(?<=[；;。])\s*(?=\S)|(?<=\S)\s+(?=\d{1,2}[、.．](?!\d))")
"""Cuts `1.身份证；2.申请表`; not `身份证（原件；复印件）` at its inner mark (brackets are masked first)."""
_MASK = re.compile(r"[（(](?!(?:\d{1,2}|[一二三四五六七八九十]{1,2})[)）])[^（）()]*[)）]")
"""Remarks in brackets: matches `（原件；复印件）`; not `（2）`, which numbers."""
_NONE = re.compile(
    r"^(?:无|(?:无需|不需要?|无须|免于?)(?:提供|提交)?(?:任何)?(?:申请)?(?:材料|资料|证明)?(?:[（(].*[)）])?|暂无|详见.*|见附件.*|/|-+)[。.]?$"
)
"""Matches `无`, `无需提交材料`; not `无犯罪记录证明`."""
_LEAD_IN = re.compile(r"(?:如下|下列|以下)[^:：]{0,12}[:：]?$|[:：]$|^(?:材料名称|序号)$")
"""Matches `申请人应提交以下材料：`; not `身份证明：原件`."""
_NOTE = re.compile(r"^[（(]?(?:注|备注|说明|提示|温馨提示|特别提示|注意|填写说明|特别说明)(?:事项)?\s*\d?\s*[:：]")
"""A remark under the list: matches `注：以上材料均需原件`; not `注册登记表`."""
_DETAIL = re.compile(
    r"(?:^|[\s,，;；|])\s*(?:材料|纸质)?(?:材料)?(?:类型|形式|介质|来源|来源渠道|必要性|份数|数量|要求|填报须知|规格|备注|说明|出具单位|受理标准)\s*[:：]"
)
"""What a card says about its material: matches ` 材料类型：原件` behind a name; not `材料清单：`."""
_FURNITURE = re.compile(
    r"[\s\[【（(]*(?:空白表格?|空表|样表|示例(?:样表)?|表格)?(?:点击|立即)?(?:下载|查看|预览)(?:详情|样表|空表|附件)?[\]】）)\s]*$"
)
"""Matches the tail of `申请表 [下载]`, `申请表 样表下载`; not `下载证明`."""
_TOLD = r"(?:原件|复印件|影印件|扫描件|电子版|电子件|电子证照|彩色|黑白|A4纸?|纸质版|纸质件|纸质|正本|副本|一式|各|均|亦可|均可|需|须|提供|提交|查验|核验|交验|验|收|共|及其|[及和与或、，,；;/\s]|[\d一二两三四五六七八九十]{1,3}\s*[份套张])+"
_TOLD_IN_BRACKETS = re.compile(rf"\s*[（(]{_TOLD}[)）]$")
"""A remark that tells nothing but the format: matches `（原件及复印件各1份）`; not `（须在有效期内）`."""
_TOLD_BEHIND = re.compile(
    r"(?:[，,、：:及和与或\s]*的?(?:原件|复印件|影印件|扫描件|电子版|电子件|纸质版?|(?:各|一式)?\s*[\d一二两三四五六七八九十]{1,3}\s*[份套张]))+$"
)
"""The format behind a name: matches `原件及复印件1份`, ` 原件1份、复印件2份`; not `复印件` of `复印件说明`."""
_CHINESE = "一二三四五六七八九十"
_STYLES: tuple[Callable[[int], str], ...] = (
    lambda k: rf"(?<![\d.．(（]){k}[、.．](?!\d)",
    lambda k: rf"[（(]{k}[)）]",
    lambda k: rf"(?<![\d(（]){k}[)）]",
    lambda k: chr(0x2460 + k - 1),
    lambda k: rf"(?<![{_CHINESE}第]){_CHINESE[k - 1]}、",
    lambda k: rf"[（(]{_CHINESE[k - 1]}[)）]",
)
"""Ways to number materials inside one line, by the number (1 … 10)."""
_NOUN = r"(?:证|证件|证书|执照|簿|户口本|存折|卡|表|书|照|照片|相片|证明|材料|合同|协议|协议书|报告|凭证|票据|发票|收据|清单|名册|名单|方案|章程|图|图纸|函|单|说明|档案|简历|决议|公证书|委托书|文件|资料|通知书|许可)"
_NOUN_END = re.compile(_NOUN + r"$")
_TAIL = re.compile(
    r"[\s,，]*[（(]?(?P<each>(?:以上)?(?:均|各|都|一律)?(?:需|须|应)?(?:提供|提交|交验|验)?)(?P<form>(?:(?:原件|复印件|影印件|扫描件|电子版|电子件|纸质)[及和与或、/]?(?:各)?)*)"
    r"(?P<copies>(?:各|一式)?\s*(?:[一二两三四五六七八九十]+|\d{1,2})\s*(?:份|套))?(?P<after>原件|复印件|纸质版?)?[)）]?[。.；;]?$"
)
"""What is told of all materials at a sentence's end: matches `原件及复印件各一份`, `各1份`; an empty match where nothing is."""
_AND = re.compile(r"、|[,，](?=[^,，、]{2,})|(?<=[证簿表书照件明本])(?:和|及|与|以及)(?!复印件|原件|其|相关|有关)")
"""Between two materials: matches `、`, `和` behind 证; not `原件及复印件`."""
_LONGEST_PIECE = 36
_LONGEST_NAME, _LONGEST_LINE = 120, 400
"""Characters beyond which a name is left as it stands and a line is one material: what is longer is prose."""


def read(text: str) -> list[dict[str, Any]]:
    """Materials of a text without list or table."""
    return [material for line in split(text) for material in one_or_several(line)]


def split(text: str) -> list[str]:
    """Materials of a text without list: one a line, or `；` and numbering inside a line."""
    out = [piece for line in text.split("\n") for piece in _pieces(line)]
    if sum(_NUMBERED.match(piece) is not None for piece in out) >= 2:
        return _joined_up(out)
    return _with_details(out)


def _pieces(line: str) -> Iterator[str]:
    masked = _MASK.sub(lambda hit: "\x00" * len(hit[0]), line)
    cuts = _sequence(masked) or [hit.start() for hit in _SPLIT.finditer(masked)]
    last = 0
    for cut in [*cuts, len(line)]:
        piece = line[last:cut].strip()
        if piece:
            yield piece
        last = cut


def _sequence(masked: str) -> list[int]:
    """Where 1, 2, 3 … stand in one line, in the first way of numbering that has at least two in their order; [] for none."""
    for style in _STYLES:
        found: list[int] = []
        at = 0
        for number in range(1, 11):
            hit = re.compile(style(number)).search(masked, at)
            if hit is None:
                break
            found.append(hit.start())
            at = hit.end()
        if len(found) >= 2:
            return found
    return []


def _joined_up(pieces: list[str]) -> list[str]:
    """Where materials are numbered, an unnumbered piece goes on with the one before it; what stands before the first is a lead-in."""
    found: list[str] = []
    for piece in pieces:
        if _NUMBERED.match(piece):
            found.append(piece)
        elif _NOTE.match(piece):
            break
        elif found:
            found[-1] = f"{found[-1]} {piece}"
    return found


def _with_details(pieces: list[str]) -> list[str]:
    """Lines such as `份数：1份` belong to the material above them."""
    found: list[str] = []
    for piece in pieces:
        if found and _DETAIL.match(piece):
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(piece)
    return found


def one(line: str) -> dict[str, Any] | None:
    """The material a line names, or null where it names none."""
    bare = _bare(line)
    if bare is None:
        return None
    detail = _DETAIL.search(bare)
    name = bare[: detail.start()].strip(" ,，；;|") if detail is not None and detail.start() >= 2 else bare
    form = "、".join(dict.fromkeys(m[0] for m in FORM.finditer(bare)))
    hit = _REQUIRED.search(bare)
    return {"name": clean(name), "form": form or None, "copies": counted(bare), "required": hit[0] if hit is not None else None}


def _bare(line: str) -> str | None:
    """A line without its number; null for `无`, a lead-in, a remark."""
    bare = (_ITEM.sub("", line) if _NUMBERED.match(line) else line).strip(" ；;。")
    if not bare or _NONE.match(bare) or _LEAD_IN.search(bare) or _NOTE.match(bare) or len(bare) < 2:
        return None
    return bare


def one_or_several(line: str) -> list[dict[str, Any]]:
    """The materials of one line: `身份证、户口簿、申请表各1份` are three of them, each with what the sentence's end tells of all."""
    whole, name = one(line), _bare(line) or ""
    if whole is None:
        return []
    if len(name) > _LONGEST_LINE:
        return [whole]
    if "：" in name or ":" in name:
        return [whole]
    tail = _TAIL.search(name)
    told = tail[0] if tail is not None else ""
    parts = _parts(name[: len(name) - len(told)] if told else name)
    if len(parts) < 2:
        return [whole]
    found = [one(part) for part in parts]
    if any(material is None for material in found):
        return [whole]
    materials = [material for material in found if material is not None]
    form = "、".join(dict.fromkeys(m[0] for m in FORM.finditer(told))) or None
    copies = counted(told)
    if told and not any(material["form"] or material["copies"] for material in materials):
        for material in materials:
            material["form"], material["copies"] = form, copies
    elif told:
        materials[-1]["form"], materials[-1]["copies"] = materials[-1]["form"] or form, materials[-1]["copies"] or copies
    return materials


def _parts(text: str) -> list[str]:
    """Pieces of an enumeration, each of which ends in the name of a paper; [] when one does not (then the line is one material)."""
    masked = _MASK.sub(lambda hit: "\x00" * len(hit[0]), text)
    if ("或" in masked and "、" not in masked) or "并" in masked:
        return []
    parts: list[str] = []
    last = 0
    for cut in [*_AND.finditer(masked), None]:
        end = cut.start() if cut is not None else len(masked)
        bare = FORM.sub("", _COPIES.sub("", masked[last:end].replace("\x00", ""))).strip(" 》，,及和与各。；;")
        piece = text[last:end].strip(" ，,。；;")
        if not _NOUN_END.search(bare) or len(piece) > _LONGEST_PIECE:
            return []
        parts.append(piece)
        last = cut.end() if cut is not None else end
    return parts


def counted(text: str) -> str | None:
    hit = _COPIES.search(text)
    return hit[0].strip() if hit is not None else None


def clean(name: str) -> str:
    """A material's name without numbering and without the words of its links."""
    bare = _ITEM.sub("", name) if _NUMBERED.match(name) else name
    if len(bare) > _LONGEST_NAME:
        return bare.strip(" ；;。")
    for pattern in (_FURNITURE, _TOLD_IN_BRACKETS, _TOLD_BEHIND):
        shorter = pattern.sub("", bare).strip(" ，,；;。")
        bare = shorter if len(shorter) >= 2 else bare
    bare = bare.strip(" ；;。")
    return bare[1:-1] if bare[:1] == "《" and bare[-1:] == "》" and bare.count("《") == 1 else bare


def says_none(name: str) -> bool:
    """`无`, `无需提交材料`; not `无犯罪记录证明`."""
    return _NONE.match(name) is not None


def is_note(name: str) -> bool:
    return _NOTE.match(name) is not None
