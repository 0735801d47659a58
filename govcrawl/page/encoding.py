"""Bytes of a page → text. Declarations are hints; the bytes decide, as they must on pages that say gb2312 and are not."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]+)", re.I)
"""Matches <meta charset="gb2312"> and <meta http-equiv=… content="text/html; charset=gbk">, not <a charset=utf-8>."""
_XML = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_\-]+)", re.I)
"""Matches <?xml version="1.0" encoding="GBK"?>, not <?xml version="1.0"?>."""
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]+)", re.I)
"""Matches "text/html; charset=GB2312", not "text/html"."""
_UTF8_RUN = re.compile(rb"(?<![\x80-\xff])(?:[\xe2-\xef][\x80-\xbf]{2}){3,}(?![\x80-\xff])")
"""Matches three Chinese characters in UTF-8 between ASCII (an include of another encoding), not "\xd6\xd0\xb9\xfa" (GBK 中国)."""
_UTF8_PAIR = re.compile(rb"(?<![\x80-\xff])(?:[\xe2-\xef][\x80-\xbf]{2}){2,}(?![\x80-\xff])")
"""As `_UTF8_RUN`, from two characters on."""
_EAST_ASIAN = frozenset(("big5", "big5hkscs", "euc_kr", "euc_jp", "shift_jis", "cp949", "cp932", "utf-16", "utf-16-le", "utf-16-be"))
"""Declarations that are believed where they fit: traditional and foreign versions of a site. Latin ones are templates' defaults."""
_COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严政府網務縣國務會開關於發業產對學經濟來時後爲個們這說從過還進"
)
"""Letters of which any Chinese text is full, simplified and a few traditional ones: what is no text in an encoding holds few."""
_GB = {"gb2312", "gbk", "gb18030", "gb_2312", "gb_2312-80", "cp936", "x-gbk", "euc-cn", "hz-gb-2312", "gb2312-80", "csgb2312"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip


def _other_charset(error: UnicodeError) -> tuple[str, int]:
    """Error handler: a run that is no UTF-8 but valid GB18030 is decoded as that (a GBK include in a UTF-8 page)."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    raw, start = error.object, error.start
    end = start
    while end < len(raw) and end < start + 4096 and (raw[end] >= 0x80 or (end > start and raw[end - 1] >= 0x81 and raw[end] >= 0x40)):
        end += 1
    run = raw[start:end]
    if len(run) >= 4:
        try:
            text = run.decode("gb18030")
        except UnicodeDecodeError:
            return "\ufffd", start + 1
        if any("\u4e00" <= c <= "\u9fff" for c in text):
            return text, end
    return "\ufffd", start + 1


codecs.register_error("govcrawl-mixed", _other_charset)


def declared(body: bytes, headers: Mapping[str, str]) -> str | None:
    """Charset that the answer names: the header first, then the first 4 KB of the document; lower case."""
    header = _HEADER.search(headers.get("content-type", ""))
    if header:
        return header[1].lower()
    head = body[:4096]
    found = _META.search(head) or _XML.search(head)
    return found[1].decode("ascii").lower() if found else None


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of a page and how its bytes were read."""

    text: str
    name: str
    """`utf-8`, `gb18030`, `big5`, `utf-16-le` …; in a mixed page that of the most of it."""
    exact: bool
    """The bytes are this text in valid UTF-8, so that a parser may have the bytes themselves."""


def decode(body: bytes, headers: Mapping[str, str]) -> tuple[str, str]:
    """Text of a page and the name of its encoding, as `read` finds them."""
    found = read(body, headers)
    return found.text, found.name


def read(body: bytes, headers: Mapping[str, str]) -> Decoded:
    """Decode the bytes of a page. Never raises.

    Order: byte order mark; valid UTF-8 (stronger than any declaration); the declaration; GB18030 where it fits better than UTF-8.
    Runs in the other of the two Chinese encodings are decoded by their own, and words that a template encoded twice are set right.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            rest = body[len(mark) :]
            if name != "utf-8":
                return Decoded(rest.decode(name, "replace"), name, False)
            body = rest
            break
    if body[:400].count(0) * 4 > len(body[:400]):  # every second byte of ASCII tags is zero
        name = "utf-16-le" if body[1:2] == b"\x00" else "utf-16-be"
        return Decoded(body.decode(name, "replace"), name, False)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return Decoded(*_not_utf8(body, declared(body, headers)), False)
    right = set_right(text)
    if not body.isascii():
        return Decoded(right, "utf-8", right is text)
    # Letters of an ISO-2022 or HZ page are ASCII, but no site of ours was seen with one.
    return Decoded(right, _family(declared(body, headers)) or "utf-8", right is text)


_AS_LATIN = re.compile(
    "(?:[\u00c2-\u00ef\u0178\u0152\u0153\u0160\u0161\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2122\u20ac\u0080-\u00c1]{3,}[ \u00a0]?)+"
)
"""Runs of letters that UTF-8 read as Latin-1 or Windows-1252 leaves: matches "æ¸…å’ŒåŽ¿" (清和县), not "café"."""
_AS_GBK = re.compile(
    "[\u3400-\u9fff\ue000-\uf8ff\u20ac\u3000-\u303f\uff00-\uffef\u00a0-\u00ff\u0391-\u0451\u2010-\u2642\u3105-\u32a3\ufe30-\ufe6b]{4,}"
)
"""Runs of letters that UTF-8 read as GBK leaves: matches "娓呭拰鍘夸汉姘戞斂搴滃" (清和县人民政府), and any Chinese text, of which the bytes must decide."""
_LATIN_SIGNS = ("\u00e4\u00b8", "\u00e4\u00ba", "\u00e5", "\u00e6", "\u00e7\u009a", "\u00e7\u0161", "\u00e9")
_HEAD = 6000
"""Characters that are searched for signs: a text that was encoded twice has its title in them, or its beginning."""
_GBK_SIGNS = ("锛", "銆", "鐨勩", "鏀垮", "浜烘", "鍏", "閫氱")
"""Letters that nearly every such text holds (，、。 and 的、政府、人民、公、通知 as GBK shows them) and good text hardly ever."""


def set_right(text: str) -> str:
    """Words that were encoded twice (UTF-8 read as Latin-1 or as GBK and written as UTF-8 again) as they were meant; else `text` itself.

    Only where a sign of it stands in the first 6,000 characters is the whole looked through. A run is changed only where all of it turns into Chinese again, so that no foreign word and no rare character is touched.
    """
    out, head = text, text[:_HEAD]
    if any(sign in head for sign in _LATIN_SIGNS):
        out = _AS_LATIN.sub(_from_latin, out)
    if any(sign in head for sign in _GBK_SIGNS):
        out = _AS_GBK.sub(_from_gbk, out)
    return text if out == text else out


def _from_latin(found: re.Match[str]) -> str:
    raw = bytearray()
    for c in found[0]:
        if ord(c) < 256:
            raw.append(ord(c))
        else:
            try:
                raw += c.encode("cp1252")
            except UnicodeEncodeError:
                return found[0]
    return _if_chinese(bytes(raw), found[0])


def _from_gbk(found: re.Match[str]) -> str:
    run = found[0]
    try:
        raw = run.encode("gbk")
    except UnicodeEncodeError:
        return run
    return _if_chinese(raw, run)


def _if_chinese(raw: bytes, otherwise: str) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        # the last letter of an odd number of bytes was lost with the first misreading
        text = raw.decode("utf-8", "ignore")
        if len(raw) - len(text.encode()) > 2 or not raw.startswith(text.encode()):
            return otherwise
    han = sum(1 for c in text if "\u4e00" <= c <= "\u9fff")
    return text if han >= 2 and han * 2 >= len(text) else otherwise


def _share_of_common(text: str) -> float:
    """How much of the text beyond ASCII is common letters."""
    letters = [c for c in text if c > "\u2e7f"]
    return sum(1 for c in letters if c in _COMMON) / (len(letters) or 1)


def _family(name: str | None) -> str | None:
    if name is None:
        return None
    if name in _GB:
        return "gb18030"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def _not_utf8(body: bytes, name: str | None) -> tuple[str, str]:
    """Decode bytes that are no valid UTF-8."""
    family = _family(name)
    if family in _EAST_ASIAN:
        try:
            text = body.decode(family, "strict")
        except UnicodeDecodeError:
            pass
        else:
            if _share_of_common(text) >= _share_of_common(body.decode("gb18030", "replace")):
                return text, family
    as_utf8 = body.decode("utf-8", "replace")
    as_gb = body.decode("gb18030", "replace")
    bad_utf8, bad_gb = as_utf8.count("\ufffd"), as_gb.count("\ufffd")
    # A few broken characters in a UTF-8 page (cut in the middle, or one GBK include) leave most of its letters right.
    han = sum(1 for _ in re.finditer(r"[\u4e00-\u9fff]", as_utf8))
    if bad_utf8 * 4 <= han or (family == "utf-8" and bad_utf8 <= bad_gb):
        return body.decode("utf-8", "govcrawl-mixed"), "utf-8"
    if not _UTF8_RUN.search(body):
        return as_gb, "gb18030"
    # Once a page is known to be mixed, words of two letters (首页) are taken as UTF-8 too.
    parts: list[str] = []
    at = 0
    for run in _UTF8_PAIR.finditer(body):
        parts += [body[at : run.start()].decode("gb18030", "replace"), run[0].decode("utf-8", "replace")]
        at = run.end()
    parts.append(body[at:].decode("gb18030", "replace"))
    return "".join(parts), "gb18030"
