"""rtf: one pass over groups and control words; headers, notes, comments, properties and hidden text told apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from govcrawl.extract.documents.embedded import MAGIC, unpack, unpack_linked
from govcrawl.extract.documents.errors import Damaged, TooLarge
from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.limits import Limits, Nested
from govcrawl.extract.documents.walk import Line, letters
from govcrawl.model.documents import DocumentText

_TOKEN = re.compile(rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n]+|([^\\{}\r\n]+)|.", re.S)
"""One control word, escaped byte, symbol, brace or run of text; matches `\\u24352?` in two steps."""
_PAGES = {0: "cp1252", 1: "cp1252", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5", 2: "cp1252", 77: "mac_roman"}
"""By `\\fcharset`."""
_CODE_PAGES = {936: "gb18030", 54936: "gb18030", 950: "big5", 932: "cp932", 949: "cp949", 1252: "cp1252", 65001: "utf-8"}
_CHARACTERS = {
    "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emspace": "\u2003", "enspace": " ",
    "tab": "\t", "line": "\n",
}  # fmt: skip
_ENDS = frozenset({"par", "sect", "page", "row", "nestrow"})
_DESTINATIONS = {
    "header": "header", "headerl": "header", "headerr": "header", "headerf": "header", "footer": "footer", "footerl": "footer", "footerr": "footer",
    "footerf": "footer", "footnote": "note", "annotation": "comment", "atnauthor": "comment", "shptxt": "box", "fldinst": "field",
}  # fmt: skip
_INFO = {
    "title": "标题", "subject": "主题", "author": "作者", "manager": "主管", "company": "单位", "operator": "最后保存者", "category": "类别",
    "keywords": "关键词", "doccomm": "备注", "hlinkbase": "超链接基础",
}  # fmt: skip
_SKIPPED = frozenset({
    "fonttbl", "colortbl", "stylesheet", "pict", "objdata", "themedata", "colorschememapping", "datastore", "generator", "listtable",
    "listoverridetable", "rsidtbl", "xmlnstbl", "revtbl", "latentstyles", "nonshppict", "bkmkstart", "bkmkend", "atnid", "atnref",
    "atndate", "filetbl", "mmathPr", "wgrffmtfilter", "pgptbl", "fchars", "lchars", "ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc",
    "aftncn", "upr", "listtext", "pntext", "panose", "falt", "sp",
})  # fmt: skip
_QUIET_FIELD = re.compile(r"\s*(?:PAGE|NUMPAGES|PAGEREF|TOC|REF|SEQ|DATE|TIME)\b", re.I)
"""Matches ` PAGE `; not ` HYPERLINK "mailto:…"`."""
_DEEPEST = 2_000
_EMBEDDED = (MAGIC, b"PK\x03\x04", b"%PDF-")


@dataclass(slots=True)
class _Output:
    """Where text of a destination goes."""

    kind: str
    locator: str = ""
    line: Line = field(default_factory=Line)


@dataclass(slots=True)
class _State:
    """Of one group."""

    out: _Output | None
    """Null = a destination whose text is not told."""
    word: str = ""
    """Destination: the control word it began with."""
    state: str = ""
    """"", hidden, deleted."""
    page: str = "gb18030"
    unicode_skip: int = 1
    table: bool = False
    optional: bool = False
    """`\\*` was read: an unknown destination is to be skipped."""


@dataclass(slots=True)
class _Reader:
    gathering: Gathering
    body: bytes
    groups: list[_State] = field(default_factory=lambda: [_State(_Output("body"))])
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    raw: bytearray = field(default_factory=bytearray)
    page: str = "gb18030"
    skip: int = 0
    tables: int = 0
    row: int = 0
    column: int = 1
    objects: list[bytes] = field(default_factory=list)

    def run(self) -> None:
        at, size = 0, len(self.body)
        while at < size:
            token = _TOKEN.match(self.body, at)
            if token is None:
                break
            at = token.end()
            word, number, escaped, symbol, brace, text = token.groups()
            if text is not None or escaped is not None:
                self._bytes(bytes([int(escaped, 16)]) if escaped is not None else text)
            elif brace is not None:
                self.skip = 0
                self._decoded()
                if brace == b"{":
                    self._open()
                else:
                    self._close()
            elif symbol is not None:
                self._symbol(symbol)
            elif word is not None:
                value = int(number) if number else None
                if word == b"bin":
                    at += max(0, min(value or 0, size))
                else:
                    self._word(word.decode("ascii"), value)
        self._decoded()
        if len(self.groups) > 1:
            self.gathering.missing.append("文件不完整，只读取了一部分")
        while len(self.groups) > 1:
            self._close()
        self._flush(self.groups[0].out)

    def _open(self) -> None:
        if len(self.groups) > _DEEPEST:
            raise RecursionError
        self.groups.append(replace(self.groups[-1], optional=False))

    def _close(self) -> None:
        if len(self.groups) < 2:
            return
        closed = self.groups.pop()
        if closed.out is not self.groups[-1].out:
            self._flush(closed.out)
        if closed.word == "objdata" and self.groups[-1].word != "objdata":
            self._object()

    def _bytes(self, data: bytes) -> None:
        if self.skip:
            data, self.skip = data[self.skip :], max(0, self.skip - len(data))
        top = self.groups[-1]
        if top.out is not None:
            self.raw += data
        elif top.word == "objdata" and sum(map(len, self.objects)) < self.gathering.limits.file_bytes:
            self.objects.append(data)

    def _decoded(self) -> None:
        """Bytes so far as text, by the code page in force: a character's two bytes may come as `\\'b9` and as a letter."""
        if self.raw:
            raw = bytes(self.raw)
            self.raw.clear()
            self._put(raw.decode(self.groups[-1].page, "replace"))

    def _put(self, text: str) -> None:
        top = self.groups[-1]
        if top.out is not None:
            top.out.line.put(text, top.state)

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self.groups[-1].optional = True
        elif symbol in (b"\\", b"{", b"}"):
            self._bytes(symbol)
        elif symbol in (b"~", b"_"):
            self._decoded()
            self._put(" " if symbol == b"~" else "-")
        elif symbol in (b"\n", b"\r"):
            self._word("par", None)

    def _word(self, word: str, value: int | None) -> None:
        self._decoded()
        top = self.groups[-1]
        if word == "u":
            self._put(chr((value or 0) & 0xFFFF))
            self.skip = top.unicode_skip
        elif word == "uc":
            top.unicode_skip = max(0, min(value if value is not None else 1, 16))
        elif word in _CHARACTERS:
            self._put(_CHARACTERS[word])
        elif word in _ENDS or word in ("cell", "nestcell"):
            self._end(word)
        elif word in ("v", "deleted"):
            name = "hidden" if word == "v" else "deleted"
            top.state = name if value != 0 else ("" if top.state == name else top.state)
        elif word == "plain":
            top.state = ""
            top.page = self.page
        elif word in ("f", "fcharset", "ansicpg"):
            self._font(word, value or 0)
        elif word == "intbl":
            top.table = True
        elif word == "pard":
            top.table = False
        elif word == "trowd":
            self.column = 1
        else:
            self._destination(word, top)

    def _font(self, word: str, value: int) -> None:
        top = self.groups[-1]
        if word == "ansicpg":
            self.page = top.page = _CODE_PAGES.get(value, "gb18030")
        elif word == "fcharset":
            if value in _PAGES and value > 2:
                self.fonts[self.font] = _PAGES[value]
        elif top.word == "fonttbl":
            self.font = value
        else:
            top.page = self.fonts.get(value, self.page)

    def _destination(self, word: str, top: _State) -> None:
        if word in ("info", "userprops"):
            top.out, top.word = None, word
        elif word == "staticval" and any(group.word == "userprops" for group in self.groups[-4:]):
            top.out, top.word = _Output("meta", "自定义属性"), word
        elif word in _INFO and any(group.word == "info" for group in self.groups[-4:]):
            top.out, top.word = _Output("meta", _INFO[word]), word
        elif word in _SKIPPED:
            if word == "pict" and top.out is not None:
                self.gathering.pictures += 1
            top.out, top.word = None, word
        elif word == "ud":  # {\upr{\title ansi}{\*\ud{\title unicode}}}
            above = next((group for group in reversed(self.groups) if group.word != "upr" and group is not top), self.groups[0])
            top.out, top.word = above.out, above.word
        elif word in _DESTINATIONS:
            if top.out is not None or word in ("annotation", "atnauthor", "footnote"):
                top.out, top.word = _Output(_DESTINATIONS[word], "批注作者" if word == "atnauthor" else ""), word
                top.table = False
        elif top.optional and word not in ("shppict", "shpinst", "fldrslt", "nesttableprops", "docvar", "cs"):
            top.out, top.word = None, word
        top.optional = False

    def _end(self, word: str) -> None:
        """End of a paragraph, cell or row."""
        top = self.groups[-1]
        out = top.out
        if out is None:
            return
        if word in ("cell", "nestcell") or (top.table and word == "par" and out.kind == "body"):
            if self.row == 0:
                self.tables, self.row = self.tables + 1, 1
            self._flush(out, "table" if out.kind == "body" else out.kind, f"表{self.tables}!{letters(self.column)}{self.row}")
            self.column += word != "par"
        elif word in ("row", "nestrow"):
            self.row, self.column = self.row + 1, 1
        else:
            self._flush(out)
            if out.kind == "body":
                self.row = 0

    def _flush(self, out: _Output | None, kind: str = "", locator: str = "") -> None:
        if out is None:
            return
        line, out.line = out.line, Line()
        kind, locator = kind or out.kind, locator or out.locator
        words = _whole("".join(line.main))
        if not (kind == "field" and _QUIET_FIELD.match(words)):
            self.gathering.add(words, kind, locator)
        for apart, parts in line.apart:
            self.gathering.add(_whole("".join(parts)), apart, locator)

    def _object(self) -> None:
        """An embedded file in hexadecimal, behind a short header."""
        digits, self.objects = b"".join(self.objects).translate(None, b" \t"), []
        try:
            data = bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
        except (ValueError, UnicodeDecodeError):
            self.gathering.missing.append("嵌入对象已损坏")
            return
        inside = unpack_linked(data)
        if inside is not None:
            self.gathering.embed(inside[0] or "嵌入对象", inside[1])
            return
        start = min((at for at in (data.find(mark, 0, 4096) for mark in _EMBEDDED) if at >= 0), default=-1)
        if start >= 0:
            try:
                self.gathering.embed(*unpack("嵌入对象", data[start:]))
            except (Damaged, TooLarge):
                self.gathering.missing.append("嵌入对象已损坏")


def _whole(text: str) -> str:
    """Two halves of a character beyond the first plane (`\\u-10179?\\u-8704?`) as one."""
    if any("\ud800" <= c <= "\udfff" for c in text):
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def read(body: bytes, limits: Limits, nested: Nested | None = None) -> DocumentText:
    """Text of a rich-text file. What is cut off at its end is said, not raised."""
    gathering = Gathering(limits, nested)
    with gathering.bounded():
        _Reader(gathering, body).run()
    return gathering.document("rtf")
