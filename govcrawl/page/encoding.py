"""Bytes of a page → text. Declarations are hints; the bytes decide, as they must on pages that say gb2312 and are not."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]+)", re.I)
"""Matches <meta charset="gb2312"> and <meta http-equiv=… content="text/html; charset=gbk">, not <a charset=utf-8>."""
_XML = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_\-]+)", re.I)
"""Matches <?xml version="1.0" encoding="GBK"?>, not <?xml version="1.0"?>."""
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]+)", re.I)
"""Matches "text/html; charset=GB2312", not "text/html"."""
_UTF8_RUN = re.compile(rb"(?<![\x80-\xff])(?:[\xe2-\xef][\x80-\xbf]{2}){3,}(?![\x80-\xff])")
"""Matches three Chinese characters in UTF-8 between ASCII (an include of another encoding), not "\xd6\xd0\xb9\xfa" (GBK 中国)."""
_GB = {"gb2312", "gbk", "gb18030", "gb_2312", "gb_2312-80", "cp936", "x-gbk", "euc-cn", "hz-gb-2312", "gb2312-80", "csgb2312"}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


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


def decode(body: bytes, headers: Mapping[str, str]) -> tuple[str, str]:
    """Text of a page and the name of its encoding (`utf-8`, `gb18030`, `big5`, `utf-16-le` …). Never raises.

    Order: byte order mark; valid UTF-8 (stronger than any declaration); the declaration; GB18030 where it fits better than UTF-8.
    Runs in the other of the two Chinese encodings are decoded by their own.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace"), name
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _not_utf8(body, declared(body, headers))
    if "\x00" in text[:200] and body[:200].count(b"\x00") > 40:
        name = "utf-16-le" if body[1:2] == b"\x00" else "utf-16-be"
        return body.decode(name, "replace"), name
    return text, "utf-8" if not body.isascii() else _family(declared(body, headers)) or "utf-8"


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
    if family not in (None, "utf-8", "gb18030", "ascii", "iso8859-1"):
        try:
            return body.decode(family or "", "strict"), family or ""
        except (UnicodeDecodeError, LookupError):
            pass
    as_utf8 = body.decode("utf-8", "replace")
    as_gb = body.decode("gb18030", "replace")
    bad_utf8, bad_gb = as_utf8.count("\ufffd"), as_gb.count("\ufffd")
    # A few broken characters in a UTF-8 page (cut in the middle, or one GBK include) leave most of its letters right.
    han = sum(1 for _ in re.finditer(r"[\u4e00-\u9fff]", as_utf8))
    if bad_utf8 * 4 <= han or (family == "utf-8" and bad_utf8 <= bad_gb):
        return body.decode("utf-8", "govcrawl-mixed"), "utf-8"
    if not _UTF8_RUN.search(body):
        return as_gb, "gb18030"
    parts: list[str] = []
    at = 0
    for run in _UTF8_RUN.finditer(body):
        parts += [body[at : run.start()].decode("gb18030", "replace"), run[0].decode("utf-8", "replace")]
        at = run.end()
    parts.append(body[at:].decode("gb18030", "replace"))
    return "".join(parts), "gb18030"
