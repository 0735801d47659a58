"""Charts: titles, labels, and the cached categories and series names. Cached numbers are left out."""

from __future__ import annotations

from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.ooxml import Element, local
from govcrawl.extract.documents.walk import Walk

_CACHES = frozenset({"strCache", "multiLvlStrCache", "strLit", "strDim"})


def read(root: Element, name: str, gathering: Gathering) -> None:
    """Texts of a chart part (`c:chartSpace`, or `cx:chartSpace` of newer charts)."""
    Walk(gathering).visit(root, "chart", name)
    for cache in root.iter():
        if local(cache) in _CACHES:
            for point in cache.iter():
                if local(point) in ("v", "pt") and point.text:
                    gathering.once(point.text.strip(), "chart", name)
