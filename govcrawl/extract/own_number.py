"""The document's own number where no metadata block shows it: in its title, under its title, at the head of its text.

Never a number that the text cites: a line counts when the number fills it, or when nothing but the recipients or the title is glued to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from govcrawl.extract import signature
from govcrawl.text import doc_number, normalise
from govcrawl.text.doc_number import DocNumber

HEAD_LINES = 14
_SALUTATION = re.compile(r"^.{2,}[:：]$")
"""Matches `各乡镇人民政府，县政府各部门：`; not `一、总体要求`."""
_ORDER_ALONE = re.compile(r"^[\u4e00-\u9fa5]{2,30}(?:令|公告|通告)$")
"""Matches `清河县人民政府令`; not `命令如下`."""
_NUMBER_ALONE = re.compile(
    r"^[（(]?(?:[〔\[(（]?(?:19|20)\d{2}\s*[〕\])）年]?\s*)?第?\s*(?:\d{1,4}|[一二三四五六七八九十百〇]{1,6})\s*号[)）]?$"
)
"""Matches `第12号`, `（第12号）` and `2026年第3号` under `清河县人民政府令`; not `清政发〔2026〕3号`."""
_OTHERS_NUMBER = re.compile(r"转发|批转|贯彻|落实|解读|学习|执行|废止")
"""Words that make the number at a title's end another document's: `转发国务院办公厅…（国办发〔2026〕3号）`."""
_AT_END = re.compile(r"[(（\s]\s*([\u4e00-\u9fa5]{2,16}\s*[〔\[﹝【(（]\s*(?:19|20)\d{2}\s*[〕\]﹞】)）]\s*第?\s*\d{1,5}\s*号)\s*[)）]?$")
"""Matches `（浙金罚决字〔2024〕52号）` at a title's end; not `关于废止清政发〔2020〕5号`."""
_ORDER_AT_END = re.compile(
    r"[(（]\s*((?:[\u4e00-\u9fa5]{0,24}(?:令|公告|通告))?\s*(?:(?:19|20)\d{2}\s*年)?\s*第\s*(?:\d{1,4}|[一二三四五六七八九十百〇]{1,6})\s*号)\s*[)）]$"
)
"""Matches `（清河县人民政府令第12号）`, `（2026年第3号）` at a title's end; not `（第二号）` behind a title that is no 公告 (asked in `in_title`)."""
_AT_START = re.compile(
    r"^[【\[(（]?\s*([\u4e00-\u9fa5]{2,10}\s*[〔\[﹝【(（]\s*(?:19|20)\d{2}\s*[〕\]﹞】)）]\s*第?\s*\d{1,5}\s*号)\s*[】\])）:：]?\s*(?=[\u4e00-\u9fa5]{0,24}?关于)"
)
"""Matches the head of `清政发〔2026〕3号 清河县人民政府关于…`, `【清政办发〔2026〕12号】关于…`; not `清政发〔2026〕3号文件解读`."""
_OVER = re.compile(r"\s*[（(【\[〔](?:已|全文|部分|现已)?(?:废止|失效|修改|修订)[）)】\]〕]\s*$")
"""A mark of validity behind the number: matches `（失效）`; not `（试行）`."""
_PROMULGATED = re.compile(
    r"^[（(](?:[^（()）]{0,40}?\d\s*日\s*)?((?:[\u4e00-\u9fa5]{2,30})令\s*第?\s*[\d一二三四五六七八九十百〇]{1,7}\s*号)\s*(?:公布|发布|颁布)"
)
"""Matches `（2026年11月3日清河县人民政府令第12号公布）`, the note under a rule's title; not `（根据…令第15号修订）`."""
_RECIPIENTS = re.compile(r"^各[^。；;:：]{2,120}[:：]")
"""Recipients before the text on one line: matches `各乡镇人民政府，县政府各部门：现将…`; not `各项工作。`."""
_PASSES_ON = re.compile(r"转发|批转|印发|发布|公布|贯彻|落实|废止|修改|对")
"""Words that make what stands before 关于 more than a unit: matches `县政府办转发县教育局`; not `清河县教育局`."""
_SIGNER = re.compile(r"^\s*签发人[:：]")
"""What stands beside the number of a report to a superior: matches `　签发人：王小明`; not `签发`."""
_LONGEST = 40
_GLUED = 160
_LEAD_LINES = 12


def own_number(title: str, lines: Sequence[str], lead: Sequence[str] = ()) -> DocNumber | None:
    """The document's own number: title, else head of the text, else a line of its own above the text (`lead`)."""
    return in_title(title) or in_head(lines, title) or in_lead(lead)


def issuer_of(number: DocNumber | None, title: str) -> str | None:
    """The unit that an order's number names (`清河县人民政府令第12号`) or that a title begins with (`清河县人民政府关于印发…的通知`)."""
    unit = number.issuer_code.removesuffix("令") if number is not None and number.kind == "order" else ""
    if len(unit) >= 5 and signature.units(unit):
        return unit
    head, about, rest = normalise.squeeze(title).partition("关于")
    if not about or not rest or len(head) < 4 or _PASSES_ON.search(head):
        return None
    return "、".join(signature.units(head)) or None


def in_title(title: str) -> DocNumber | None:
    """The number a title ends with, or is, unless the title speaks of another document."""
    if "号" not in title:
        return None
    plain = _OVER.sub("", normalise.squeeze(title))
    if _OTHERS_NUMBER.search(plain):
        return None
    if (first := _AT_START.match(plain)) is not None:
        return doc_number.parse(first[1])
    if not plain.endswith(("号", ")", "）")):
        return None
    whole = doc_number.parse(plain)
    if whole is not None and _fills(whole, plain) and whole.issuer_code:
        return whole
    hit = _AT_END.search(plain) or _ORDER_AT_END.search(plain)
    if hit is None:
        return None
    before = plain[: hit.start()].rstrip()
    if before.endswith("》") and not before.startswith("《"):
        return None
    found = doc_number.parse(hit[1])
    # `…会议纪要（第二号）` has no number; `…的公告（2026年第3号）` has
    if found is None or (not found.issuer_code and not before.endswith(("公告", "通告"))):
        return None
    return found


def in_head(lines: Sequence[str], title: str = "") -> DocNumber | None:
    """The number that fills a line between the body's title and its salutation: `清政发〔2026〕5号`, `清河县人民政府令` + `第12号`.

    Glued to the recipients (`清政发〔2026〕5号各乡镇人民政府：`) or to the title it counts too.
    """
    for at, line in enumerate(lines[:HEAD_LINES]):
        bare = line.strip(" 　")
        if at and _NUMBER_ALONE.match(bare) and _ORDER_ALONE.match(lines[at - 1].strip()):
            return doc_number.parse(lines[at - 1].strip() + bare.strip("()（）"))
        found = _glued(bare[:_GLUED], title) if "号" in bare[:_LONGEST] or ("号" in bare and len(bare) <= _GLUED) else None
        if found is not None:
            return found
        if _SALUTATION.match(line) and len(line) > 4:
            return None
        if len(bare) <= _LONGEST:
            found = doc_number.parse(bare)
            if found is not None and _fills(found, bare):
                return found
    return None


def _glued(line: str, title: str) -> DocNumber | None:
    """A number to which only recipients, signer, or the document's title stick; also the note that tells which 令 made a rule known."""
    note = _PROMULGATED.match(line)
    if note is not None:
        known = doc_number.find(note[1])
        return known[0] if known else None
    cited = doc_number.find(line)
    if len(cited) != 1:
        return None
    number = cited[0]
    before, behind = line[: number.start].strip(" 　（("), line[number.start + len(number.raw) :].strip(" 　）)")
    if not before and (_SIGNER.match(behind) or _RECIPIENTS.match(behind) or (len(behind) >= 4 and _SALUTATION.match(behind))):
        return number
    own = normalise.compact(title)
    if len(own) >= 8 and not _OTHERS_NUMBER.search(own) and normalise.compact(before + behind) == own:
        return number
    return None


def in_lead(lines: Sequence[str]) -> DocNumber | None:
    """A number that has a line for itself above the text; null when there are two (a list of documents)."""
    found: dict[str, DocNumber] = {}
    near = lines[-_LEAD_LINES:]
    for above, line in zip(near, near[1:], strict=False):
        if _NUMBER_ALONE.match(line) and _ORDER_ALONE.match(above.strip()):
            return doc_number.parse(above.strip() + line.strip("()（） "))
    for line in near:
        if (
            6 <= len(line) <= _LONGEST
            and "号" in line
            and (number := doc_number.parse(line))
            and number.issuer_code
            and _fills(number, line)
        ):
            found.setdefault(normalise.compact(number.raw), number)
    return next(iter(found.values())) if len(found) == 1 else None


def _fills(found: DocNumber, line: str) -> bool:
    """Is the line nothing but the number? `为贯彻国办发〔2026〕3号` is not: the sentence before it is cut off by `find`."""
    whole = normalise.compact(line).strip("()")
    cited = doc_number.find(line)
    return len(normalise.compact(found.raw)) >= len(whole) and (not cited or len(normalise.compact(cited[0].raw)) >= len(whole))
