"""pptx, dps (zip): slides in their order, notes, charts, comments, layouts."""

from __future__ import annotations

import re

from govcrawl.extract.documents import charts
from govcrawl.extract.documents.docx import natural
from govcrawl.extract.documents.errors import Damaged
from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.limits import Limits, Nested
from govcrawl.extract.documents.ooxml import Element, Package, attribute, every_version, local, surroundings, tolerate
from govcrawl.extract.documents.walk import Walk
from govcrawl.model.documents import DocumentText

_RUNNING = ("sldNum", "dt")
"""Placeholders that print a number or today's date."""


def read(body: bytes, limits: Limits, nested: Nested | None = None) -> DocumentText:
    """Text of a presentation.

    Raises:
        Damaged, TooLarge: the presentation part itself cannot be read. A bad slide costs only itself.
    """
    package = Package(body, limits)
    gathering = Gathering(limits, nested)
    pages: list[int] = []
    every_version(package, gathering, lambda: pages.append(_show(package, gathering)))
    return gathering.document("pptx", pages=pages[0])


def _show(package: Package, gathering: Gathering) -> int:
    """One walk over all parts; how many slides there are."""
    slides = _slides(package, package.main("ppt/presentation.xml"))
    with gathering.bounded():
        walk = Walk(gathering)
        for number, part in enumerate(slides, 1):
            if number > gathering.limits.pages:
                gathering.missing.append(f"超过{gathering.limits.pages}页，其余未读取")
                break
            _slide(package, part, number, walk)
        _others(package, {part.lower() for part in slides}, walk)
        surroundings(package, gathering)
    return len(slides)


def _slides(package: Package, main: str) -> list[str]:
    root = package.root(main)
    if local(root) != "presentation":
        raise Damaged("主部件不是演示文稿")
    relations = package.relations(main)
    order = [relations.get(_relation(entry)) for group in root if local(group) == "sldIdLst" for entry in group]
    listed = [relation.target for relation in order if relation is not None and package.has(relation.target)]
    known = {part.lower() for part in listed}
    loose = [name for name in package.names if re.fullmatch(r"ppt/slides/[^/]+\.xml", name, re.I) and name.lower() not in known]
    return listed + sorted(loose, key=natural)


def _relation(entry: Element) -> str:
    """`r:id` of `<p:sldId id="256" r:id="rId2">`: the plain `id` is another."""
    return next((str(value) for key, value in entry.attrib.items() if str(key).endswith("}id")), "")


def _slide(package: Package, part: str, number: int, walk: Walk) -> None:
    place = f"第{number}页"
    relations = {}

    def use(root: Element, _: str, gathering: Gathering) -> None:
        shown = root.get("show") not in ("0", "false")
        _shapes(root, "body" if shown else "hidden", place, walk)

    tolerate(package, part, walk.gathering, use)
    try:
        relations = package.relations(part)
    except Damaged:
        walk.gathering.missing.append(f"{place}的关系部件已损坏")
    for relation in relations.values():
        if relation.external or not package.has(relation.target):
            continue
        if relation.kind == "notesSlide":
            tolerate(package, relation.target, walk.gathering, lambda root, _, __: _shapes(root, "note", place, walk))
        elif relation.kind == "comments":
            tolerate(package, relation.target, walk.gathering, lambda root, _, into: _comments(root, place, into))


def _shapes(root: Element, kind: str, place: str, walk: Walk, *, prompts: bool = True) -> None:
    """Shapes of a slide; what is placed outside placeholders only, where `prompts` is off (layouts: 单击此处编辑标题)."""
    for shape in root.iter():
        if local(shape) not in ("sp", "graphicFrame", "pic", "cxnSp", "timing"):
            continue
        if any(local(above) == "Fallback" for above in shape.iterancestors()):
            continue  # repeats what mc:Choice holds
        holder = next((e for e in shape.iter() if local(e) in ("ph", "txBody", "tbl")), None)
        if holder is not None and local(holder) == "ph" and (not prompts or holder.get("type") in _RUNNING):
            continue
        hidden = any(local(e) == "cNvPr" and e.get("hidden") in ("1", "true") for e in shape.iter())
        walk.visit(shape, "hidden" if hidden else kind, place)


def _comments(root: Element, place: str, gathering: Gathering) -> None:
    """Comments of both ages: `p:cm/p:text`, and `p188:cm/p188:txBody` of newer editors with replies inside."""
    number = 0
    for element in root.iter():
        name = local(element)
        if name == "text" and element.text:
            number += 1
            gathering.add(element.text, "comment", f"{place}批注{number}")
        elif name == "txBody":
            number += 1
            Walk(gathering).visit(element, "comment", f"{place}批注{number}")


def _others(package: Package, slides: set[str], walk: Walk) -> None:
    for name in sorted(package.names, key=natural):
        low = name.lower()
        if not low.startswith("ppt/") or not low.endswith(".xml"):
            continue
        if "/charts/chart" in low:
            tolerate(package, name, walk.gathering, charts.read)
        elif "/diagrams/data" in low:
            tolerate(package, name, walk.gathering, lambda root, part, _: walk.visit(root, "box", part))
        elif "/slidelayouts/" in low or "/slidemasters/" in low or "/notesmasters/" in low or "/handoutmasters/" in low:
            tolerate(package, name, walk.gathering, lambda root, part, _: _shapes(root, "header", part, walk, prompts=False))
        elif low.endswith(("/commentauthors.xml", "/authors.xml")):
            tolerate(package, name, walk.gathering, _authors)


def _authors(root: Element, _: str, gathering: Gathering) -> None:
    for element in root:
        gathering.once(attribute(element, "name"), "comment", "批注作者")
