"""What a workbook holds beside its cells: comments, text boxes, charts, headers, lists, links, caches of other data."""

from __future__ import annotations

import re

from lxml import etree

from govcrawl.extract.documents import charts
from govcrawl.extract.documents.errors import Damaged
from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.ooxml import Element, Package, attribute, local, tolerate
from govcrawl.extract.documents.walk import Walk

LITERAL = re.compile(r'"((?:[^"]|""){2,})"')
"""A text inside a formula; matches `HYPERLINK("mailto:a@b.cn","张三")` twice; not `IF(A1="",1,2)`."""
_CODES = re.compile(r'&"[^"]*"|&K[0-9A-F]{6}|&\d+|&[LCRPNDTFAZGBIUESXYH+-]')
"""Layout codes of a header: `&L&"宋体"&12`, `&P`; an ampersand is `&&`."""
_PROMPTS = ("promptTitle", "prompt", "errorTitle", "error")
_KINDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), kind)
    for pattern, kind in (
        (r"/comments\d*\.xml$|/comments/[^/]+\.xml$", "comments"),
        (r"/threadedcomments/[^/]+\.xml$", "threads"),
        (r"/persons/[^/]+\.xml$", "persons"),
        (r"/charts/chart[^/]*\.xml$", "chart"),
        (r"/drawings/[^/]+\.xml$|/diagrams/data[^/]*\.xml$", "drawing"),
        (r"/drawings/[^/]+\.vml$", "vml"),
        (r"/externallinks/[^/]+\.xml$", "external"),
        (r"/pivotcache/[^/]+\.xml$", "pivot"),
        (r"/connections\.xml$|/querytables/[^/]+\.xml$", "connection"),
    )
)


def without_codes(words: str) -> str:
    """Text of a page header without its layout codes."""
    return _CODES.sub("", words.replace("&&", "\0")).replace("\0", "&")


BESIDE = ("headerFooter", "dataValidation", "hyperlink", "filter", "inputCells", "cfRule")
"""Elements of a sheet's own part that bear text and are no cells."""


def beside(element: Element, name: str, sheet: str, gathering: Gathering) -> None:
    """An element of a sheet's own part that follows its cells."""
    if name == "headerFooter":
        for child in element:
            gathering.add(without_codes(child.text or ""), "header" if "eader" in local(child) else "footer", sheet)
    elif name == "dataValidation":
        place = f"{sheet}!{(element.get('sqref') or '').split(' ')[0].split(':')[0]}"
        for child in element:
            if local(child) in ("formula1", "formula2") and child.text and child.text.startswith('"'):
                gathering.once(child.text.strip('"'), "field", place)
        for key in _PROMPTS:
            gathering.once(element.get(key), "field", place)
    elif name == "hyperlink":
        place = f"{sheet}!{(element.get('ref') or '').split(':')[0]}"
        for key in ("tooltip", "location"):
            gathering.once(element.get(key), "link", place)
    elif name in ("filter", "inputCells"):
        gathering.once(element.get("val"), "field", f"{sheet}筛选或方案")
    elif name == "cfRule":
        for child in element:
            for words in LITERAL.findall(child.text or ""):
                gathering.once(words, "field", f"{sheet}条件格式")


def read(package: Package, gathering: Gathering, sheets: dict[str, str]) -> None:
    """All parts that belong to no cell. `sheets`: part name → sheet name."""
    owners: dict[str, str] = {}
    for part, sheet in sheets.items():
        try:
            owners.update({relation.target.lower(): sheet for relation in package.relations(part).values() if not relation.external})
        except Damaged:
            gathering.missing.append(f"工作表“{sheet}”的关系部件已损坏")
    walk = Walk(gathering)
    for name in package.names:
        kind = next((kind for pattern, kind in _KINDS if pattern.search(name)), None)
        if kind is None:
            continue
        sheet = owners.get(name.lower(), "")
        if kind == "vml":
            _vml(package.bytes(name), name, walk)
        elif kind == "chart":
            tolerate(package, name, gathering, charts.read)
        elif kind == "drawing":
            tolerate(package, name, gathering, lambda root, part, _, sheet=sheet: walk.visit(root, "box", sheet or part))  # type: ignore[misc]
        else:
            use = {"comments": _comments, "threads": _threads, "persons": _persons, "connection": _connection}.get(kind, _cache)
            tolerate(package, name, gathering, lambda root, part, into, use=use, sheet=sheet: use(root, sheet or part, into))  # type: ignore[misc]


def _comments(root: Element, sheet: str, gathering: Gathering) -> None:
    for element in root.iter():
        name = local(element)
        if name == "author":
            gathering.once(element.text, "comment", f"{sheet}批注作者")
        elif name == "comment":
            words = "".join(t.text or "" for t in element.iter() if local(t) == "t")
            gathering.add(words, "comment", f"{sheet}!{element.get('ref', '')}")


def _threads(root: Element, sheet: str, gathering: Gathering) -> None:
    for element in root:
        words = "".join(t.text or "" for t in element if local(t) == "text")
        gathering.add(words, "comment", f"{sheet}!{element.get('ref', '')}")


def _persons(root: Element, _: str, gathering: Gathering) -> None:
    for element in root:
        gathering.once(element.get("displayName"), "comment", "批注作者")


def _connection(root: Element, place: str, gathering: Gathering) -> None:
    """Paths and addresses of the data's source."""
    for element in root.iter():
        for key in ("connection", "command", "sourceFile", "description", "url"):
            gathering.once(element.get(key), "meta", place)


def _cache(root: Element, place: str, gathering: Gathering) -> None:
    """Rows of other files and of pivot sources: they stand on no sheet, and travel along."""
    for element in root.iter():
        name = local(element)
        if name == "v":
            gathering.once(element.text, "hidden", place)
        elif name in ("s", "sheetName"):
            gathering.once(attribute(element, "v") or attribute(element, "val"), "hidden", place)


def _vml(data: bytes, name: str, walk: Walk) -> None:
    """Old drawings: text boxes and buttons. Often not well-formed (`<br>`); the frames of comments hold no text."""
    if b"<!DOCTYPE" in data[:4096]:
        raise Damaged("内含不允许的 DOCTYPE 声明，未予解析")
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return
    if root is None:
        return
    for element in root.iter():
        tag = local(element)
        if tag == "textbox":
            walk.gathering.once(" ".join("".join(str(t) for t in element.itertext()).split()), "box", name)
        elif tag in ("shape", "imagedata", "rect"):
            walk.gathering.once(attribute(element, "alt") or attribute(element, "title"), "alt", name)
