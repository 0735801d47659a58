"""OFD (GB/T 33190): pages, templates, annotations, metadata and attachments of the national fixed-layout format."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from govcrawl.extract.documents.errors import Damaged, Protected, Unreadable
from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.limits import Limits, Nested
from govcrawl.extract.documents.ofd_page import PageText
from govcrawl.extract.documents.ooxml import Element, Package, attribute, every_version, local
from govcrawl.extract.documents.outcome import SCANNED, legible
from govcrawl.model.documents import DAMAGED, EMPTY, READ, DocumentText

_META = {"Title": "标题", "Author": "作者", "Subject": "主题", "Abstract": "摘要", "Keyword": "关键词"}
_MOST_ANNOTATIONS = 2_000


def read(body: bytes, limits: Limits, nested: Nested | None = None) -> DocumentText:
    """Text of an OFD file, one piece a page (`第3页`), set characters joined to lines.

    Raises:
        Damaged, TooLarge: OFD.xml or the document itself cannot be read. A bad page costs only itself.
        Protected: its parts are encrypted.
    """
    package = Package(body, limits)
    gathering = Gathering(limits, nested)
    readings: list[_Reading] = []
    every_version(package, gathering, lambda: readings.append(_walked(package, gathering)))
    return readings[0].result()


def _walked(package: Package, gathering: Gathering) -> _Reading:
    if not package.has("OFD.xml"):
        raise Damaged("OFD 文件缺少入口文件 OFD.xml")
    try:
        entry = package.root("OFD.xml")
    except Damaged:
        if package.has("Encryptions.xml"):
            raise Protected("OFD 文件已加密") from None
        raise
    reading = _Reading(package, gathering)
    with gathering.bounded():
        for body in _below(entry, "DocBody"):
            reading.document(body)
        if not reading.documents:
            reading.unnamed()
        reading.leftovers()
    return reading


class _Reading:
    def __init__(self, package: Package, gathering: Gathering) -> None:
        self.package = package
        self.gathering = gathering
        self.documents = self.pages = self.drawn = 0
        self.scanned: list[int] = []
        self._seen: set[str] = set()

    def root(self, name: str) -> Element | None:
        """A part; null, and said so, where it is missing or damaged. A DOCTYPE is never passed over."""
        self._seen.add(name.lower())
        try:
            return self.package.root(name)
        except KeyError:
            self.gathering.missing.append(f"缺少部件{name}")
        except Damaged as error:
            if "DOCTYPE" in error.reason:
                raise
            self.gathering.missing.append(f"部件{name}已损坏，未读取")
        return None

    def document(self, body: Element) -> None:
        """One document of the file: what it says of itself, its pages, notes and attachments."""
        for info in _below(body, "DocInfo"):
            _information(info, self.gathering)
        home = _resolved("", next((_text(element) for element in _below(body, "DocRoot")), ""))
        root = self.root(home) if home else None
        if root is not None and local(root) == "Document":
            self._document(root, home)
        else:
            self._seen.discard(home.lower())
            if root is not None or not home:
                self.gathering.missing.append(f"入口文件所指的{home}不是正文" if home else "入口文件没有指明正文")

    def unnamed(self) -> None:
        """Documents that the entry does not lead to: found by their root, since a program that repairs files shows them."""
        for name in sorted(self.package.names):
            if name.lower().endswith("document.xml"):
                root = self.root(name)
                if root is not None and local(root) == "Document":
                    self._document(root, name)

    def _document(self, root: Element, home: str) -> None:
        self.documents += 1
        templates = {attribute(t, "ID"): _resolved(home, attribute(t, "BaseLoc") or "") for t in _below(root, "TemplatePage")}
        numbers: dict[str, int] = {}
        for page in _below(root, "Page"):
            if attribute(page, "BaseLoc"):
                self.pages += 1
                numbers[attribute(page, "ID") or ""] = self.pages
                self._page(_resolved(home, attribute(page, "BaseLoc") or ""), self.pages, templates)
        for outline in _below(root, "OutlineElem"):
            self.gathering.once(attribute(outline, "Title"), "name", "书签")
        for index in _below(root, "Annotations"):
            self._annotations(_resolved(home, _text(index)), numbers)
        for index in _below(root, "Attachments"):
            self._attachments(_resolved(home, _text(index)))

    def _page(self, name: str, number: int, templates: dict[str | None, str]) -> None:
        limit = self.gathering.limits.pages
        if number > limit:
            if number == limit + 1:
                self.gathering.missing.append(f"页数超过{limit}页，只读取了前{limit}页")
            self._seen.add(name.lower())
            return
        root = self.root(name)
        if root is None:
            return
        page = PageText(root)
        self._put(page, f"第{number}页")
        for template in _below(root, "Template"):
            place = templates.get(attribute(template, "TemplateID"))
            if place and place.lower() not in self._seen:
                behind = self.root(place)
                if behind is not None:
                    self._put(PageText(behind), f"第{number}页模板")
        if page.pictures and not legible(page.text):
            self.scanned.append(number)
        elif page.drawn and not page.text:
            self.drawn += 1

    def _put(self, page: PageText, place: str) -> None:
        self.gathering.pictures += page.pictures
        self.gathering.add(page.text, "body", place)
        self.gathering.add(page.hidden, "hidden", place)

    def _annotations(self, name: str, numbers: dict[str, int]) -> None:
        index = self.root(name)
        if index is None:
            return
        for page in _below(index, "Page"):
            number = numbers.get(attribute(page, "PageID") or "", 0)
            place = f"第{number}页批注" if number else "批注"
            for target in _below(page, "FileLoc"):
                root = self.root(_resolved(name, _text(target)))
                for n, note in enumerate(_below(root, "Annot") if root is not None else ()):
                    if n >= _MOST_ANNOTATIONS:
                        break
                    self._annotation(note, place)

    def _annotation(self, note: Element, place: str) -> None:
        for part in _below(note, "Remark"):
            self.gathering.once(_text(part), "comment", place)
        for part in _below(note, "Parameter"):
            self.gathering.once(_text(part), "comment", place)
        for part in _below(note, "URI"):
            self.gathering.once(attribute(part, "URI"), "link", place)
        self.gathering.once(attribute(note, "Creator"), "comment", f"{place}作者")
        self.gathering.once(PageText(note).text, "comment", place)

    def _attachments(self, name: str) -> None:
        index = self.root(name)
        for n, attachment in enumerate(_below(index, "Attachment") if index is not None else (), 1):
            place = next((_text(target) for target in _below(attachment, "FileLoc")), "")
            path = _resolved(name, place)
            try:
                data = self.package.bytes(path)
            except (KeyError, Unreadable):
                self.gathering.missing.append(f"第{n}个附件无法读取")
                continue
            title = attribute(attachment, "Name") or ""
            self.gathering.embed(title if "." in title else posixpath.basename(path), data)

    def leftovers(self) -> None:
        """Parts with text that no page names: composite units, templates, pages taken out of the list but not out of the file."""
        for name in self.package.names:
            low = name.lower()
            if low in self._seen or not low.endswith(".xml") or "/signs/" in low:
                continue
            try:
                data = self.package.bytes(name)
            except Unreadable:
                continue
            if b"TextCode" in data:
                root = self.root(name)
                if root is not None:
                    page = PageText(root)
                    kind = "hidden" if "/pages/" in low else "body"
                    self.gathering.add(page.text, kind, name)
                    self.gathering.add(page.hidden, "hidden", name)

    def result(self) -> DocumentText:
        missing = self.gathering.missing
        any_text = legible("".join(piece.text for piece in self.gathering.pieces if piece.kind != "meta"))
        if self.scanned and any_text:
            missing.append(f"{len(self.scanned)}页为图片，尚未识别文字")
        if self.drawn and not any_text:
            missing.append(f"{self.drawn}页没有文字，只有图形，尚未识别文字")
        document = self.gathering.document("ofd", pages=self.pages)
        document.text_status = READ if any_text else EMPTY if self.scanned or self.drawn or not missing else DAMAGED
        if not any_text:
            document.reason = "；".join([SCANNED, *missing] if self.scanned else missing) or "没有文字"
            document.truncated = bool(self.scanned or missing)
        return document


def _information(info: Element, gathering: Gathering) -> None:
    for element in info.iter():
        name = local(element)
        if name in _META:
            gathering.once(_text(element), "meta", _META[name])
        elif name == "CustomData":
            gathering.once(_text(element), "meta", attribute(element, "Name") or "自定义")


def _below(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element.iter() if local(child) == name)


def _text(element: Element) -> str:
    return "".join(element.itertext()).strip()


def _resolved(base: str, place: str) -> str:
    """`Pages/Page_0/Content.xml` beside `Doc_0/Document.xml`; `/Doc_0/…` is counted from the root."""
    if not place:
        return ""
    joined = place if place.startswith("/") else posixpath.join(posixpath.dirname(base), place)
    return posixpath.normpath("/" + joined.replace("\\", "/")).lstrip("/")
