"""发文字号: `国办发〔2017〕47号`, its deviations, and the forms that rightly have none of it (令, 公告, 通告).

Source: GB/T 9704-2012 §7.2.5: full year in 六角括号〔〕 (U+3014, U+3015), Arabic digits, no 第, no leading zero.
Blanks between the parts are no deviation: they come from line breaks and inline tags as often as from the page's author.
A lost bracket (`国办发201747号`) is more often the copy's fault than the page's: whoever accuses must look at the page after script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from govcrawl.text.normalise import fold, label, squeeze

BRACKET, BRACKET_LOST, DI, ZERO, YEAR, FORM = "BRACKET", "BRACKET_LOST", "DI", "ZERO", "YEAR", "FORM"

_OPEN, _CLOSE = "〔\\[［(（【﹝「〖{｛", "〕\\]］)）】﹞」〗}｝"
_HAN = "\u4e00-\u9fa5\u3007"
_DIGIT = "0-9０-９"
_ENDINGS = "发函办字规文复电任通秘令"
_NUMBER = re.compile(
    rf"(?P<code>[{_HAN}](?:[ \u3000\xa0]?[{_HAN}]){{0,24}}) *(?P<open>[{_OPEN}]) *(?P<year>[{_DIGIT}]{{2,4}})(?P<nian> *年)? *(?P<close>[{_CLOSE}])"
    rf" *(?P<di>第)? *(?P<serial>[{_DIGIT}]{{1,5}})(?![{_DIGIT}]) *(?P<hao>号(?![楼线院馆门房室]))?"
)
"""matches "国办发〔2017〕47号", "大足府办发〔2021〕124"; not "（2017）京01民终5号" (a court's case number)."""
_LOST = re.compile(
    rf"(?P<code>[{_HAN}]{{0,24}}[{_ENDINGS}]) *(?P<open>[{_OPEN}])? *(?P<year>(?:19|20)[0-9]{{2}}) *(?P<close>[{_CLOSE}])? *(?P<di>第)? *(?P<serial>[0-9]{{1,4}})(?![0-9]) *(?P<hao>号(?![楼线院馆门房室]))"
)
"""matches "桂政办发〔2017152号", "国办发201747号"; not "公告2017年第5号"."""
_CN = "一二三四五六七八九十百〇零"
_ORDER = re.compile(
    rf"(?P<code>[{_HAN}](?:[ \u3000\xa0]?[{_HAN}]){{0,40}}?)?令 *(?P<paren>[(（])? *(?:[{_OPEN}]? *(?P<year>(?:19|20)[0-9]{{2}}) *(?:年|[{_CLOSE}])? *)?第 *(?P<serial>[{_DIGIT}]{{1,4}}|[{_CN}]{{1,7}}) *号(?(paren) *[)）]|)"
)
"""matches "国务院令第711号", "清河县人民政府令（第 12 号）"; not "命令12名号手"."""
_ORDER_BACK = re.compile(
    rf"(?P<code>[{_HAN}](?:[ \u3000\xa0]?[{_HAN}]){{0,40}}?)第 *(?P<serial>[{_DIGIT}]{{1,4}}|[{_CN}]{{1,7}}) *号令(?P<year>)(?P<paren>)"
)
"""matches "清河县人民政府第12号令"; not "第12号令牌" behind nothing, which names no issuer."""
_ANNOUNCEMENT = re.compile(
    rf"(?P<code>[{_HAN}](?:[ \u3000\xa0]?[{_HAN}]){{0,40}}?)?(?P<kind>公告|通告) *(?P<paren>[(（])? *(?:(?P<open>[〔\[［﹝])? *(?P<year>(?:19|20)[0-9]{{2}}) *(?:年|[{_CLOSE}])? *|[{_OPEN}] *(?P<round>(?:19|20)[0-9]{{2}}) *[{_CLOSE}] *)?(?P<di>第 *)?(?P<serial>[{_DIGIT}]{{1,4}}|[{_CN}]{{1,7}}) *号(?(paren) *[)）]|)"
)
"""matches "国家税务总局公告2017年第5号", "清农公告〔2026〕3号", "通告第4号"; not "公告栏3号楼"."""
_TAIL = re.compile(r"(?:(?P<year>(?:19|20)[0-9]{2}) *年? *)?第 *(?P<serial>[0-9]{1,4}) *号 *(?P<kind>令|公告|通告)?")
"""fullmatch of "2017年第5号" (metadata of a 公告), "第12号令"; "第5号" alone is nobody's number."""
_LEAD = re.compile(
    r"根据|按照|依据|依照|遵照|参照|参见|详见|贯彻|落实|执行|转发|通知|办法|规定|文件|决定|通报|批复|文号|发文字号|字号|编号|印发|发布|下发|废止|修订|修改|替代|以及|(?<=[院部局委会府厅])以|和《|的|了|号"
)
"""Where the sentence ends and the issuer's code begins: cuts "根据" off "根据国办发〔2017〕47号"; leaves "和政发" (和政县) whole."""
_NOT_CODE = frozenset({"公告", "通告", "令", "年", "第", "附件", "表", "图", "共", "注", "见", "于", "京", "沪"})
_FIELD_LABEL = re.compile(r"^(?:发文字号|文号|文件编号|发文文号|文件号|字号|备注/文号)[:：]?")
_NONE_SAID = frozenset({"", "无", "无文号", "暂无", "空", "null", "none", "undefined", "没有", "0", "不详"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DocNumber:
    """One document number as printed and as read.

    `normal` is null where the printed form deviates; `corrected` is then what was meant, for comparing with other pages.
    """

    raw: str
    normal: str | None
    deviations: tuple[str, ...]
    kind: str
    """number, order (令), announcement (公告, 通告)."""
    issuer_code: str
    """国办发, 清河县人民政府令, 国家税务总局公告; "" where the field shows the number alone."""
    year: int | None
    serial: int | None
    corrected: str | None
    start: int = 0
    """Offset of `raw` in the text that was searched."""


def says_none(text: str) -> bool:
    """True for a field that says in words that the document has no number: `无`, `-`, `/`, blank; not for `国办发〔2017〕47号`."""
    return label(text).lower() in _NONE_SAID


def parse(text: str) -> DocNumber | None:
    """The number in a metadata field or under a title: deviations are told, surrounding label and blanks are not part of it.

    Null when the field holds no number, several different ones, or something that is none of the known forms.
    """
    field = _FIELD_LABEL.sub("", squeeze(text)).strip()
    if says_none(field):
        return None
    bare = field[1:-1].strip() if field[:1] in "（(" and field[-1:] in "）)" else field
    for pattern, make in (
        (_NUMBER, _number), (_LOST, _lost), (_ORDER, _order), (_ORDER_BACK, _order), (_ANNOUNCEMENT, _announcement),
    ):  # fmt: skip
        whole = pattern.fullmatch(bare)
        made = make(whole, whole=True) if whole else None
        if made:
            return made
    alone = _TAIL.fullmatch(bare.strip("()（）"))
    if alone and (alone["year"] or alone["kind"]):
        kind = "order" if alone["kind"] == "令" else "announcement"
        normal = (alone["kind"] or "") + (f"{alone['year']}年" if alone["year"] else "") + f"第{int(alone['serial'])}号"
        return _plain(field, kind, alone["kind"] or "", int(alone["year"]) if alone["year"] else None, int(alone["serial"]), normal)
    joint = _joint(bare)
    if joint is not None:
        return joint
    found = find(bare)
    return found[0] if found and len({d.corrected for d in found}) == 1 else None


def _joint(bare: str) -> DocNumber | None:
    """A 公告 of several units, all of which belong to its number: `清河县民政局、清河县财政局公告2026年第3号`."""
    head, mark, tail = bare.rpartition("、")
    whole = _ANNOUNCEMENT.fullmatch(tail) if mark and re.fullmatch(rf"[{_HAN}、 ]{{3,60}}", head) else None
    made = _announcement(whole, whole=True) if whole else None
    if made is None or made.normal is None or len(made.issuer_code) < 5:
        return None
    normal = head.replace(" ", "") + mark + made.normal
    return _plain(bare, made.kind, head.replace(" ", "") + mark + made.issuer_code, made.year, made.serial or 0, normal)


def find(text: str) -> list[DocNumber]:
    """Every document number cited in running text, in order. Only forms that end in 号 count here; quotation marks and 《》 do not matter.

    The issuer's code is cut off the sentence before it (`根据国办发〔2017〕47号` → `国办发`); a lost bracket is believed only
    behind a character such codes end in (发, 函, 字 …).
    """
    found: list[DocNumber] = []
    taken: list[tuple[int, int]] = []
    for pattern, make in ((_NUMBER, _number), (_ORDER, _order), (_ORDER_BACK, _order), (_ANNOUNCEMENT, _announcement), (_LOST, _lost)):
        for hit in (h for start, end in _windows(text) for h in pattern.finditer(text, start, end)):
            if any(s < hit.end() and hit.start() < e for s, e in taken) or "号" not in hit[0]:
                continue
            made = make(hit, whole=False)
            if made:
                found.append(made)
                taken.append((made.start, hit.end()))
    return sorted(found, key=lambda d: d.start)


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of text that end in 号: a long document is not walked through by three patterns."""
    start, end = 0, -1
    for mark in re.finditer("号", text):
        if mark.start() - 70 > end:
            if end >= 0:
                yield start, end
            start = max(0, mark.start() - 70)
        end = min(len(text), mark.end() + 2)
    if end >= 0:
        yield start, end


def _code(hit: re.Match[str], *, whole: bool) -> tuple[str, int]:
    """Issuer's code without the sentence before it, and where it starts in the searched text."""
    raw = hit["code"] or ""
    cut = 0
    if not whole:
        for lead in _LEAD.finditer(raw):
            cut = lead.end()
        # "国办发〔2017〕47号和粤办函〔2019〕333号": the conjunction goes, while 和政发 (和政县) after a comma stays whole.
        before = hit.string[: hit.start("code") + cut].rstrip()[-1:]
        if before in ("号", "》") and raw[cut : cut + 1] in ("和", "与", "及"):
            cut += 1
        cut += raw[cut : cut + 1] in ("见", "据", "按")
        # "2009年5月11日 中华人民共和国国务院令第555号": the date before it is not the issuer.
        cut += raw[cut : cut + 1] == "日" and before.isdigit()
    cut += len(raw[cut:]) - len(raw[cut:].lstrip())
    start = hit.start("code") + cut if raw else hit.start()
    return raw[cut:].strip(), start


_OFFICE = re.compile(
    r"^[\u4e00-\u9fa5]{2,24}(?:(?:办公室|办公厅|委员会)|(?:局|委|办|政府|厅|部|室)[ \u3000\xa0]+)(?=[\u4e00-\u9fa5]{3,8}$)"
)
"""A unit's name printed before its own code: matches `清河县委办公室` before `清办发`, `清河县财政局 ` before `清财发`; not `清 政 发`."""


def _number(hit: re.Match[str], *, whole: bool) -> DocNumber | None:
    printed, start = _code(hit, whole=whole)
    office = _OFFICE.match(printed)
    if office is not None:
        printed, start = printed[office.end() :], start + office.end()
    code = re.sub(r"\s", "", printed)
    odd = hit["open"] != "〔" or hit["close"] != "〕"
    # In running text "第三届（2020）1号" is no document number: odd brackets are believed only behind a usual ending.
    if not whole and odd and code[-1:] not in _ENDINGS:
        return None
    if not code or code in _NOT_CODE or (not whole and (len(code) > 16 or hit["hao"] is None)) or code.endswith(("公告", "通告")):
        return None
    deviations = []
    if odd:
        deviations.append(BRACKET)
    raw_year, raw_serial = fold(hit["year"]), fold(hit["serial"])
    if hit["di"]:
        deviations.append(DI)
    if raw_serial.startswith("0"):
        deviations.append(ZERO)
    if not _good_year(raw_year):
        deviations.append(YEAR)
    raw = hit.string[start : hit.end()].rstrip()
    if hit["hao"] is None or hit["nian"] or raw_year != hit["year"] or raw_serial != hit["serial"]:
        deviations.append(FORM)
    year = int(raw_year) if _good_year(raw_year) else None
    corrected = f"{code}〔{year}〕{int(raw_serial)}号" if year and int(raw_serial) else None
    kind = "order" if code.endswith("令") else "number"
    return DocNumber(
        raw=raw, normal=None if deviations else corrected, deviations=tuple(deviations), kind=kind, issuer_code=code,
        year=year, serial=int(raw_serial) or None, corrected=corrected, start=start,
    )  # fmt: skip


def _lost(hit: re.Match[str], *, whole: bool) -> DocNumber | None:
    code, start = _code(hit, whole=whole)
    if len(code) < 2 or (hit["open"] and hit["close"]):
        return None
    deviations = [BRACKET_LOST]
    if hit["di"]:
        deviations.append(DI)
    if hit["serial"].startswith("0"):
        deviations.append(ZERO)
    year, serial = int(hit["year"]), int(hit["serial"])
    return DocNumber(
        raw=hit.string[start : hit.end()], normal=None, deviations=tuple(deviations), kind="number", issuer_code=code,
        year=year, serial=serial or None, corrected=f"{code}〔{year}〕{serial}号" if serial else None, start=start,
    )  # fmt: skip


def _order(hit: re.Match[str], *, whole: bool) -> DocNumber | None:
    printed, start = _code(hit, whole=whole)
    return _numberless(hit, printed, start, "order", "令", whole=whole)


def _announcement(hit: re.Match[str], *, whole: bool) -> DocNumber | None:
    printed, start = _code(hit, whole=whole)
    return _numberless(hit, printed, start, "announcement", hit["kind"], whole=whole)


def _numberless(hit: re.Match[str], printed: str, start: int, kind: str, word: str, *, whole: bool) -> DocNumber | None:
    issuer = re.sub(r"\s", "", printed)
    if "关于" in issuer:  # 清河县公安局关于禁放烟花的通告（2026年第4号）: a title, no unit
        return None
    if not whole and not issuer:
        return None
    serial = _serial(hit["serial"])
    if not serial:
        return None
    in_brackets = hit.groupdict().get("round")
    shown = hit["year"] or in_brackets
    year = int(shown) if shown else None
    if hit.groupdict().get("open"):  # 清农公告〔2026〕3号: this unit numbers its 公告 like other documents
        normal = f"{issuer}{word}〔{year}〕{serial}号"
        if hit["di"]:
            raw = hit.string[start : hit.end()].strip()
            return DocNumber(
                raw=raw, normal=None, deviations=(DI,), kind=kind, issuer_code=issuer + word, year=year, serial=serial, corrected=normal, start=start
            )  # fmt: skip
    else:
        normal = f"{issuer}{word}{year}年第{serial}号" if year else f"{issuer}{word}第{serial}号"
    return _plain(hit.string[start : hit.end()].strip(), kind, issuer + word, year, serial, normal, start)


def _plain(raw: str, kind: str, code: str, year: int | None, serial: int, normal: str, start: int = 0) -> DocNumber:
    return DocNumber(
        raw=raw, normal=normal, deviations=(), kind=kind, issuer_code=code, year=year, serial=serial, corrected=normal, start=start
    )


def _good_year(text: str) -> bool:
    return len(text) == 4 and "1949" <= text <= "2099"


def _serial(text: str) -> int | None:
    """`12`, `１２`, `十二`, `一百零五` → number; null for a run of numerals that is none (`十十`)."""
    plain = fold(text)
    if plain.isdigit():
        return int(plain)
    total, current = 0, 0
    for char in plain:
        if char in "十百":
            total += (current or 1) * (10 if char == "十" else 100)
            current = 0
        else:
            current = "〇一二三四五六七八九".index("〇" if char == "零" else char)
    return total + current or None
