"""Text of one OFD page: characters that were set one by one become lines again, by their places."""

from __future__ import annotations

import math
from dataclasses import dataclass

from govcrawl.extract.documents.broken_numbers import Run
from govcrawl.extract.documents.digit_lines import Box, mend
from govcrawl.extract.documents.ooxml import Element, attribute, local

_JOINED, _BLANK = 0.35, 0.9
"""Gaps in type sizes: below the first nothing stands between two characters, up to the second a blank, above it another cell."""
_SAME_LINE = 0.4
_SMALLEST_PICTURE = 20.0
"""Millimetres of the longer side of a picture that could bear text."""
_RULE = 1.0
"""Millimetres: a ruled line is thinner."""


@dataclass(slots=True)
class _Setting:
    """A TextCode: its characters and where each begins, in millimetres, y downwards."""

    text: str
    places: list[float]
    line: float
    size: float

    @property
    def end(self) -> float:
        return self.places[-1] + self.size * (0.5 if self.text[-1].isascii() else 1.0)


class PageText:
    """Reads a page, a template, an annotation or any element with text objects in it."""

    def __init__(self, root: Element) -> None:
        self.pictures = 0
        self.drawn = False
        """It has lines or figures."""
        self._rules: list[Box] = []
        shown: list[_Setting] = []
        unseen: list[_Setting] = []
        self._gather(root, shown, unseen, visible=True)
        self.text = self._laid_out(shown)
        self.hidden = self._laid_out(unseen)

    def _gather(self, element: Element, shown: list[_Setting], unseen: list[_Setting], *, visible: bool) -> None:
        for child in element:
            name = local(child)
            seen = visible and attribute(child, "Visible") not in ("false", "0")
            if name == "TextObject":
                (shown if seen else unseen).extend(_settings(child))
            elif name == "ImageObject":
                box = _numbers(attribute(child, "Boundary"))
                self.pictures += len(box) == 4 and max(box[2:]) >= _SMALLEST_PICTURE
            elif name == "PathObject":
                self.drawn = True
                box = _numbers(attribute(child, "Boundary"))
                if len(box) == 4 and box[3] <= _RULE and box[2] > 2 * _RULE:
                    self._rules.append((box[0], -box[1] - box[3], box[0] + box[2], -box[1]))
            else:
                self._gather(child, shown, unseen, visible=seen)

    def _laid_out(self, settings: list[_Setting]) -> str:
        parts: list[str] = []
        boxes: list[Box | None] = []
        last: _Setting | None = None
        for setting in settings:
            between = _between(last, setting) if last else ""
            parts += [between, setting.text]
            boxes += [None] * len(between)
            boxes += _boxes(setting)
            last = setting
        text = "".join(parts)
        known = [box for box in boxes if box is not None]
        return mend(text, lambda index: boxes[index], lambda upper, lower: self._parted(upper, lower, known))

    def _parted(self, upper: Run, lower: Run, boxes: list[Box]) -> bool:
        middle = (lower.left + lower.right) / 2
        if any(box[0] <= middle <= box[2] and lower.middle < box[1] and box[3] < upper.middle for box in self._rules):
            return True
        low, high = lower.middle + 0.3 * lower.height, upper.middle - 0.3 * upper.height
        return any(low < (box[1] + box[3]) / 2 < high and box[2] > lower.left and box[0] < upper.right for box in boxes)


def _settings(element: Element) -> list[_Setting]:
    """The TextCodes of a text object in the page's own places."""
    box = _numbers(attribute(element, "Boundary"))
    matrix = _numbers(attribute(element, "CTM"))
    a, b, c, d, e, f = matrix if len(matrix) == 6 else (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    left, top = box[:2] if len(box) == 4 else (0.0, 0.0)
    size = (_numbers(attribute(element, "Size")) or [3.0])[0] * (math.hypot(c, d) or 1.0)
    found: list[_Setting] = []
    x = y = 0.0
    for code in element.iter():
        text = (code.text or "").strip("\n\r\t") if local(code) == "TextCode" else ""
        if not text:
            continue
        x = (_numbers(attribute(code, "X")) or [x])[0]
        y = (_numbers(attribute(code, "Y")) or [y])[0]
        downs = _deltas(attribute(code, "DeltaY"), len(text) - 1)
        steps = _deltas(attribute(code, "DeltaX"), len(text) - 1)
        places, at = [x], x
        for n in range(len(text) - 1):
            at += steps[n] if n < len(steps) else (0.0 if downs else size / 2 if text[n].isascii() else size)
            places.append(at)
        found.append(_Setting(text, [left + a * place + c * y + e for place in places], top + b * x + d * y + f, max(size, 0.1)))
    return found


def _between(last: _Setting, here: _Setting) -> str:
    """What parts two settings: nothing, a blank, a tab or a line end."""
    size = max(last.size, here.size)
    gap = here.places[0] - last.end
    if abs(here.line - last.line) > _SAME_LINE * size or gap < -2 * size:
        return "\n"
    if gap <= _JOINED * size:
        return ""
    return " " if gap <= _BLANK * size else "\t"


def _boxes(setting: _Setting) -> list[Box | None]:
    bottom, top = -setting.line - 0.12 * setting.size, -setting.line + 0.88 * setting.size
    ends = [*setting.places[1:], setting.end]
    return [(place, bottom, max(end, place + 0.1), top) for place, end in zip(setting.places, ends, strict=True)]


def _numbers(value: str | None) -> list[float]:
    """Blank-separated numbers; what is no finite number ends the list."""
    numbers: list[float] = []
    for part in (value or "").split()[:100]:
        try:
            number = float(part)
        except ValueError:
            break
        if not math.isfinite(number):
            break
        numbers.append(number)
    return numbers


def _deltas(value: str | None, wanted: int) -> list[float]:
    """Steps between characters; `g 5 3.2` stands for five steps of 3.2."""
    out: list[float] = []
    parts = iter((value or "").split()[: 2 * wanted + 10])
    for part in parts:
        if len(out) >= wanted:
            break
        try:
            if part == "g":
                count = int(next(parts, "0"))
                out += [float(next(parts, "0"))] * max(0, min(count, wanted))
            else:
                out.append(float(part))
        except ValueError:
            break
    return out
