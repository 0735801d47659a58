"""An OOXML package: parts as trees, relations, properties, pictures and embedded files. What docx, xlsx and pptx share."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from lxml import etree

from govcrawl.extract.documents import embedded
from govcrawl.extract.documents.errors import Damaged, TooLarge, Unreadable
from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.limits import Limits, bounded, check, unlisted

Element = etree._Element

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True)
_DOCTYPE = re.compile(rb"<!DOCTYPE|<\0!\0D\0O\0C|\0<\0!\0D\0O\0C", re.I)
"""Matches `<!DOCTYPE x [` in UTF-8 and UTF-16; not `<!-- DOCTYPE -->`."""
_MEDIA = re.compile(r"/media/[^/]+\.(?!xml$|rels$|bin$)\w+$", re.I)
"""Matches `word/media/image1.png`; not `word/media/x.bin`."""
_EMBEDDED = re.compile(r"/(?:embeddings|attachments|packages)/[^/]+$|/(?:afchunk|altChunk)[^/]*\.\w+$", re.I)
"""Matches `word/embeddings/oleObject1.bin`, `word/afchunk.mht`; not `word/document.xml`."""
_TOLD = {
    "title": "标题", "subject": "主题", "creator": "作者", "keywords": "关键词", "description": "备注", "lastModifiedBy": "最后保存者",
    "category": "类别", "contentStatus": "状态", "Company": "单位", "Manager": "主管", "HyperlinkBase": "超链接基础",
}  # fmt: skip
OFFICE_PROPERTIES = {
    "Title": "标题", "Subject": "主题", "Author": "作者", "Keywords": "关键词", "Description": "备注", "LastAuthor": "最后保存者", "Manager": "主管",
    "Company": "单位", "Category": "类别",
}  # fmt: skip
"""What Office's own XML of before OOXML, and the HTML that it saves, call the properties of a document."""
_MAKERS = frozenset({"KSOProductBuildVer", "ICV", "KSOTemplateUUID", "KSOTemplateDocerSaveRecord", "WorkbookGuid"})
"""Custom properties that WPS and Office write by themselves: `ICV` = 32 hexadecimal digits."""


_MOST_VERSIONS = 8


def local(element: Element) -> str:
    """Tag without its namespace: strict and transitional files differ in nothing else."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str | None:
    """Attribute of that local name, whatever its namespace."""
    value = element.get(name)
    if value is not None:
        return value
    for key, found in element.attrib.items():
        if str(key).endswith("}" + name):
            return str(found)
    return None


def parse(data: bytes) -> Element:
    """Root of an XML part.

    Raises:
        Damaged: not well-formed, or a DOCTYPE, which OOXML forbids and only attacks bring.
        TooLarge: deeper than 256 levels, or a text of more than 10 MB.
    """
    if _DOCTYPE.search(data[:4096]):
        raise Damaged("内含不允许的 DOCTYPE 声明，未予解析")
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        raise syntax(error) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Damaged("内含不允许的 DOCTYPE 声明，未予解析")
    return root


def syntax(error: etree.XMLSyntaxError) -> Damaged | TooLarge:
    """What libxml2's complaint means: `Excessive depth in document: 256`, `Resource limit exceeded: Text node too long`."""
    words = str(error)
    if "xcessive depth" in words or "Resource limit" in words or "amplification" in words or "huge" in words.lower():
        return TooLarge("XML 嵌套过深或文本过长")
    return Damaged("XML 结构已损坏")


@dataclass(slots=True, frozen=True)
class Relation:
    kind: str
    """Last word of the type's address: hyperlink, comments, worksheet, drawing …"""
    target: str
    """Part name, or the address itself when external."""
    external: bool


class Package:
    """The parts of an OOXML file by name, `/`-separated without a leading slash.

    Raises:
        Damaged, TooLarge: on opening, by what the directory says; on reading a part, by what it holds.
    """

    def __init__(self, body: bytes, limits: Limits) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, EOFError, OSError):
            raise Damaged("压缩结构已损坏，可能没有下载完整") from None
        check(self._zip, limits)
        self.unlisted = unlisted(self._zip, body)
        self._left = limits.unpacked_bytes
        self._version = 0
        self._entries: dict[str, list[zipfile.ZipInfo]] = {}
        names: dict[str, str] = {}
        for info in self._zip.infolist():
            if not info.filename.endswith("/") or info.file_size:
                name = info.filename.replace("\\", "/").strip("/")
                names[name.lower()] = name
                self._entries.setdefault(name.lower(), []).append(info)
        self.names: list[str] = list(names.values())
        self.versions = max(map(len, self._entries.values()), default=0)
        """How many entries the commonest name has: more than one only where somebody made it so."""

    def bytes(self, name: str) -> bytes:
        """One part unpacked, on the package's own budget. KeyError: no such part."""
        data = bounded(self._zip, self._entry(name), self._left)
        self._left -= len(data)
        return data

    def has(self, name: str) -> bool:
        return name.lower() in self._entries

    def turn(self, version: int) -> None:
        """Take each name's `version`-th entry from the end from here on, or its first where it has fewer."""
        self._version = version

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entries = self._entries[name.lower()]
        return entries[max(0, len(entries) - 1 - self._version)]

    def root(self, name: str) -> Element:
        return parse(self.bytes(name))

    def stream(self, name: str) -> _Bounded:
        """A part to be read in pieces (a sheet of 10^6 rows). Bounded and free of DOCTYPE like the others."""
        return _Bounded(self._zip, self._entry(name), self._left)

    def relations(self, part: str) -> dict[str, Relation]:
        """Relations of a part ("" = of the package) by id."""
        folder, _, base = part.rpartition("/")
        name = f"{folder}/_rels/{base}.rels".lstrip("/")
        if not self.has(name):
            return {}
        out: dict[str, Relation] = {}
        for element in self.root(name):
            target, kind = element.get("Target", ""), element.get("Type", "").rpartition("/")[2]
            external = element.get("TargetMode") == "External"
            if not external:
                target = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            out[element.get("Id", "")] = Relation(kind, target, external)
        return out

    def main(self, default: str) -> str:
        """Name of the main part: `word/document2.xml` in files of some online editors."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument" and self.has(relation.target):
                return relation.target
        if self.has(default):
            return default
        raise Damaged("缺少正文部件")


class _Bounded(io.RawIOBase):
    """A member as a stream that gives at most `limit` bytes."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> None:
        self._stream, self._left, self._started = archive.open(info), limit, False

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size if size >= 0 else self._left + 1)
        if not self._started and _DOCTYPE.search(data[:4096]):
            raise Damaged("内含不允许的 DOCTYPE 声明，未予解析")
        self._started = True
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge("解压后超过上限")
        return data


def every_version(package: Package, gathering: Gathering, walk: Callable[[], None]) -> None:
    """Walk a package, and once more for the other entries where a name stands twice in it: which of them a program shows is its own choice.

    What only a further walk says is kept beside the first one's. A version that is damaged costs only itself.

    Raises:
        Damaged, TooLarge: what `walk` raises of the only version, or of all.
    """
    failed: list[Unreadable] = []
    versions = max(1, min(package.versions, _MOST_VERSIONS))
    for version in range(versions):
        package.turn(version)
        try:
            with gathering.only_new() if version else nullcontext():
                walk()
        except Unreadable as error:
            if versions == 1 or "DOCTYPE" in error.reason:
                raise
            failed.append(error)
    if len(failed) == versions:
        raise failed[0]
    if package.unlisted:
        gathering.missing.append(package.unlisted)
    if failed:
        gathering.missing.append(f"文件内有同名部件，其中{len(failed)}份未能读取：{failed[0].reason}")
    if package.versions > versions:
        gathering.missing.append(f"文件内有{package.versions}个同名部件，只读取了{versions}份")


def surroundings(package: Package, gathering: Gathering) -> None:
    """What every OOXML file has besides its content: link targets, properties, pictures, embedded files."""
    for name in package.names:
        if name.endswith(".rels"):
            _links(package, name, gathering)
        elif name.startswith("docProps/") and name.endswith(".xml"):
            _properties(package, name, gathering)
        elif name.startswith("customXml/item") and "Props" not in name:
            tolerate(package, name, gathering, _custom_xml)
        elif _MEDIA.search(name):
            gathering.pictures += 1
    for name in package.names:
        if _EMBEDDED.search(name) and not name.endswith(".rels"):
            try:
                path, data = embedded.unpack(name, package.bytes(name))
            except (Damaged, TooLarge):
                gathering.missing.append(f"嵌入文件{name}已损坏")
                continue
            gathering.embed(path, data)


def tolerate(package: Package, name: str, gathering: Gathering, use: Callable[[Element, str, Gathering], None]) -> None:
    """Use a part that the rest does not need; when it is damaged, say so and go on. A DOCTYPE is never tolerated."""
    try:
        root = package.root(name)
    except Damaged as error:
        if "DOCTYPE" in error.reason:
            raise
        gathering.missing.append(f"部件{name}已损坏，未读取")
        return
    use(root, name, gathering)


def _links(package: Package, name: str, gathering: Gathering) -> None:
    def use(root: Element, name: str, gathering: Gathering) -> None:
        source = name.replace("_rels/", "").removesuffix(".rels")
        for element in root:
            if element.get("TargetMode") == "External":
                gathering.once(element.get("Target"), "link", source)

    tolerate(package, name, gathering, use)


def _properties(package: Package, name: str, gathering: Gathering) -> None:
    def use(root: Element, name: str, gathering: Gathering) -> None:
        for element in root:
            key = local(element)
            if key == "property":
                key = element.get("name", "")
                if key not in _MAKERS:
                    gathering.add("".join(str(t) for t in element.itertext()), "meta", key)
            elif key in _TOLD:
                gathering.add("".join(str(t) for t in element.itertext()), "meta", _TOLD[key])

    tolerate(package, name, gathering, use)


def _custom_xml(root: Element, name: str, gathering: Gathering) -> None:
    """Data bound to content controls; bibliographies and form templates hold none."""
    for text in root.itertext():
        gathering.once(str(text), "meta", name)
