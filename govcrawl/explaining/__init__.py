"""Explaining: what one page was taken for, which facts were read and from where. Pure; the same calls as the reading, never a second guess.

explained = explaining.explain(exchange, context, scope)
explaining.placed(explained, facts, structure)     what the whole site adds
explaining.lines(explained)                        Chinese text
explaining.skeleton(exchange, context, scope, file)  row of an `expected.json` to be checked
"""

from __future__ import annotations

from govcrawl.explaining.account import Explained, Fact, explain, placed
from govcrawl.explaining.skeleton import skeleton
from govcrawl.explaining.words import lines

__all__ = ["Explained", "Fact", "explain", "lines", "placed", "skeleton"]
