"""落款: who signed a document and on which day (成文日期), by the lines at its end.

A unit's line directly above a line that is a date, or both on one line; several units above one date signed jointly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from govcrawl.text import dates, normalise

_UNITS = "政府|办公室|办公厅|局|委员会|委|厅|部|署|院|中心|指挥部|领导小组|管委会|公署|街道办事处|总队|支队|大队|联席会议|联合会|总工会|银行|分行|支行|公司|学校|医院|协会"
_UNIT = re.compile(rf"^[\u4e00-\u9fa5（）()]{{2,40}}(?:{_UNITS})$")
"""Matches `清河县人民政府办公室`; not `特此通知。`."""
_SEVERAL = re.compile(r"[ 　、\t]+")
_SEAL = re.compile(r"\s*[（(](?:盖章|印章|公章|章|代章|代)[)）]\s*$")
"""Matches the tail of `清河县教育局（盖章）`; not `清河县教育局（本级）`."""
_DAY_AT_END = re.compile(
    r"^(?P<units>[^\d]{3,80}?)[ 　]*(?P<day>(?:(?:19|20)\d{2} *年 *\d{1,2} *月 *\d{1,2} *日)|[一二][〇○零OＯ一二三四五六七八九]{3}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日)$"
)
"""Matches `清河县教育局 2026年11月3日`; not `2026年11月3日起施行`."""
_DOTTED = re.compile(r"^(?:19|20)\d{2} *([-./]) *\d{1,2} *\1 *\d{1,2}$")
"""Matches `2026.11.3`; not `2026.11.3.1`."""
_IS_DAY = re.compile(r"^[\d一二〇○零OＯ]")
_DOCUMENT = re.compile(r"(?:通知|意见|办法|方案|规定|决定|条例|细则|批复|通报|公告|通告|函|命令|令)(?:[(（][^()（）]{1,30}[)）])?$")
"""Matches the end of `关于…的通知（清政发〔2026〕3号）`; not `…工作会议`."""
_BELOW = re.compile(r"^(?:[（(](?:此件|本件|联系)|附件?\s*\d*\s*[:：.]?|抄送|主办|.{0,40}\.(?:docx?|xlsx?|pdf|wps|zip|rar|ofd))")
"""What may stand below the 落款: matches `（此件公开发布）`, `附件：1.名单.doc`; not a sentence."""
_HEAD = re.compile(r"^(?:代|副)?(?:[省市县区州盟旗局厅]长|主任|部长|主席|总理|署长)[:： 　]+[\u4e00-\u9fa5 　·]{2,8}$")
"""The signer of an order: matches `市长　洛怀瑾`; not `主任委员会`."""
_MOST_UNITS = 8


def signature(lines: Sequence[str], title: str = "") -> tuple[str | None, str | None]:
    """(发文机关, 成文日期) of the 落款; (null, null) when there is none, or several and the title does not begin with one of them.

    Joint issuers come in their order, joined by `、`.
    """
    found: list[tuple[list[str], str]] = []
    for at, line in enumerate(lines):
        bare = line.strip(" 　。")
        if not (bare.endswith("日") or _DOTTED.match(bare)) or len(bare) > 120:
            continue
        signed = _above(lines, at, bare) if _IS_DAY.match(bare) else _same_line(bare)
        if signed is not None and signed not in found:
            found.append(signed)
    if not found and (day := _by_head(lines)) is not None:
        return None, day
    if not found and title and (day := _lone(lines, title)) is not None:
        return None, day
    if len(found) > 1:
        head = normalise.compact(title)
        found = [one for one in found if head and head.startswith(one[0][0])][:1]
    return ("、".join(found[0][0]), found[0][1]) if found else (None, None)


def _by_head(lines: Sequence[str]) -> str | None:
    """The day under the name of the unit's head, as an order (令) is signed: `市长　洛怀瑾` + `二〇二五年十二月十五日`."""
    for above, line in zip(lines, lines[1:], strict=False):
        bare = line.strip(" 　。")
        if bare.endswith("日") and _IS_DAY.match(bare) and len(normalise.compact(bare)) <= 14 and _HEAD.match(above.strip(" 　")):
            return dates.parse_day(bare)
    return None


def _lone(lines: Sequence[str], title: str) -> str | None:
    """The day on the last line of a document that prints no unit above it; remarks and attachments may follow."""
    if not _DOCUMENT.search(normalise.compact(title)):
        return None
    for line in reversed(lines[-8:]):
        bare = line.strip(" 　。")
        if bare.endswith("日") and _IS_DAY.match(bare) and 8 <= len(normalise.compact(bare)) <= 14:
            return dates.parse_day(bare)
        if not _BELOW.match(bare):
            return None
    return None


def _above(lines: Sequence[str], at: int, bare: str) -> tuple[list[str], str] | None:
    """Units on the lines right above a line that is a date and nothing else."""
    if not 8 <= len(normalise.compact(bare)) <= 14:
        return None
    day = dates.parse_day(bare)
    if day is None:
        return None
    signers: list[str] = []
    for above in reversed(lines[max(0, at - _MOST_UNITS) : at]):
        named = units(above)
        if not named:
            break
        signers = named + signers
    return (list(dict.fromkeys(signers)), day) if signers else None


def _same_line(bare: str) -> tuple[list[str], str] | None:
    hit = _DAY_AT_END.match(bare)
    day = dates.parse_day(hit["day"]) if hit is not None else None
    named = units(hit["units"]) if hit is not None else []
    return (named, day) if named and day is not None else None


def units(line: str) -> list[str]:
    """The units a line consists of: `清河县教育局　清河县财政局` → both; [] when anything else stands there.

    A unit whose name is broken by blanks (`清河县人民政府 办公室`) is one unit.
    """
    bare = _SEAL.sub("", line.strip(" 　"))
    whole = normalise.compact(bare)
    if not 3 <= len(whole) <= 100 or not re.match(r"^[\u4e00-\u9fa5（）()、]+$", whole):
        return []
    parts = [_SEAL.sub("", part) for part in _SEVERAL.split(bare) if part]
    if len(parts) > 1 and all(len(part) >= 4 and _UNIT.match(part) for part in parts):
        return parts
    return [whole] if _UNIT.match(whole) and len(whole) <= 40 else []
