"""When a text is worth the name, and what is said where there is none."""

from __future__ import annotations

import re

_HAN = re.compile(r"[㐀-鿿豈-﫿𠀀-𲎯]")
"""Matches `公`, not `A` and not `，`."""
_SIGN = re.compile(r"[^\W_]")
"""A letter or digit of any script; matches `7`, not `·`."""
SCANNED = "扫描件（图片），尚未识别文字"


def legible(text: str) -> bool:
    """One Han character, or twenty other letters and digits: less is a page number or a stray mark."""
    return _HAN.search(text) is not None or sum(1 for _ in zip(_SIGN.finditer(text), range(20), strict=False)) >= 20
