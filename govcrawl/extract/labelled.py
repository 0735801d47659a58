"""Label and value wherever a page puts them: tables, `dl`, grids of spans, headings, tabs, lines "标签：值".

Reading starts from the labels: only words of the vocabulary are labels, and where one stands decides where its value is.
A label that is printed without a value gives a pair with an empty value; a link whose text is a label is navigation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from govcrawl.extract import nodes, places
from govcrawl.extract.nodes import Element
from govcrawl.extract.reader_protocol import COLONS
from govcrawl.text import normalise

_NUMBERED = re.compile(
    r"^\s*(?:第?[一二三四五六七八九十]{1,3}[、.．,，]|[（(][一二三四五六七八九十\d]{1,2}[)）]|\d{1,2}(?:[、．]|\.(?!\d))|[*＊★●◆■▪·•>＞]+)\s*"
)
"""Matches the head of `三、办理材料` and `1.办理材料`; not `2026年`, not `1.5米`."""
_BOXED = re.compile(
    r"(?P<head>(?:[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．]\s*)?[【\[［]\s*(?P<label>[\u4e00-\u9fa5][\u4e00-\u9fa5/ \u3000]{1,11})\s*[】\]］]\s*[:：]?)(?P<value>.+)\Z",
    re.S,
)
"""A label in brackets before its value: matches `【设定依据】《…法》第五条`, `[ 索引号 ] 0084…`; not `[2026]3号`, not `【办理材料】` alone."""
_FURNITURE = re.compile(r"(?:展开|收起|点击查看|查看更多|更多|>>|»|\*)+\s*$")
"""Matches the tail of `办理材料展开`; not `办理材料`."""
_STRANGER = re.compile(r"\s[\u4e00-\u9fa5](?:\s?[\u4e00-\u9fa5]){1,6}\s?[:：]")
"""A label outside the vocabulary that ends a short value: matches ` 浏览次数：` in `2026-05-01 浏览次数：9`; not `10:20`."""
_NOT_A_LABEL_END = re.compile(r"[\u4e00-\u9fa5A-Za-z0-9]")
_LONGEST = 14
_SHORT_VALUE = 60


@dataclass(slots=True, frozen=True)
class Pair:
    """One label with its value as it stands on the page."""

    key: str
    """Entry of the label file."""
    label: str
    """Normalised label, `索引号`."""
    raw: str
    """The label as printed, `索 引 号：`."""
    value: str
    """Text of the value; lines joined by `\\n`; "" where the label has none."""
    elements: tuple[Element, ...] = field(default=(), compare=False)
    """Where the value stands; with `how == "line"` the element that holds label and value."""
    how: str = "line"
    """table, list (dl), grid, heading, tab, line."""

    @property
    def locator(self) -> str:
        return nodes.path(self.elements[0]) if self.elements else ""


class Vocabulary:
    """The labels of one label file, looked up by what a page prints."""

    __slots__ = ("_memo", "keys", "long")

    def __init__(self, entries: Mapping[str, Collection[str]], long: Collection[str] = ()) -> None:
        """`long` names the keys whose value may run over several lines and blocks (reply, materials, resume)."""
        self.keys: dict[str, str] = {}
        for key, words in entries.items():
            for word in words:
                self.keys.setdefault(normalise.label(word), key)
        self.long = frozenset(long)
        self._memo: dict[str, tuple[str, str] | None] = {}

    def whole(self, raw: str) -> tuple[str, str] | None:
        """(key, normalised label) when the whole text is one label, numbering and colon aside."""
        try:
            return self._memo[raw]
        except KeyError:
            pass
        if len(self._memo) > 50_000:
            self._memo.clear()
        found = self._memo[raw] = self._look_up(raw)
        return found

    def _look_up(self, raw: str) -> tuple[str, str] | None:
        if len(raw) > 40:
            return None
        for candidate in (raw, _NUMBERED.sub("", raw), _FURNITURE.sub("", _NUMBERED.sub("", raw))):
            label = normalise.label(candidate)
            if label in self.keys:
                return self.keys[label], label
        return None

    def inline(self, line: str) -> list[tuple[str, str, int, int]]:
        """(key, label, start of the label, start of its value) of every "标签：" in a line."""
        found: list[tuple[str, str, int, int]] = []
        if not any(colon in line for colon in COLONS):
            return found
        floor = 0
        for at, char in enumerate(line):
            if char in COLONS:
                hit = self._before(line, floor, at)
                if hit is not None:
                    found.append((*hit, at + 1))
                    floor = at + 1
        return found

    def _before(self, line: str, floor: int, colon: int) -> tuple[str, str, int] | None:
        """The longest label that ends at the colon and begins at a boundary (`政策咨询电话：` is not `咨询电话`)."""
        best, letters, at = None, "", colon
        while at > floor and len(letters) < _LONGEST:
            at -= 1
            char = line[at]
            if char.isspace() or char in "[]【】()（）*＊":
                continue
            letters = char + letters
            if letters in self.keys and (at == floor or not _NOT_A_LABEL_END.match(line[at - 1]) or self._numbered(line, floor, at)):
                best = (self.keys[letters], letters, at)
        return best

    @staticmethod
    def _numbered(line: str, floor: int, at: int) -> bool:
        return _NUMBERED.fullmatch(line[floor:at]) is not None


def read(root: Element, vocabulary: Vocabulary, skip: Collection[Element] = ()) -> list[Pair]:
    """All pairs below `root` in the order of their labels; `skip` holds elements that are not looked into."""
    reader = _Reader(root, vocabulary)
    for parent, index, chunk in _chunks(root, frozenset(skip)):
        reader.take(parent, index, chunk)
    return reader.pairs


def first(pairs: Collection[Pair], key: str) -> Pair | None:
    """The first pair of a key that has a value, else the first one, else null."""
    empty = None
    for pair in pairs:
        if pair.key == key:
            if pair.value or any(nodes.pictures([e]) for e in pair.elements if pair.how != "line"):
                return pair
            empty = empty or pair
    return empty


_CLOSED = nodes.SKIPPED | {"nav", "footer", "select", "textarea"}
_OPENS = ("data-toggle", "data-bs-toggle", "data-target", "data-bs-target", "aria-controls", "aria-expanded")
_HEADER_CLASS = re.compile(r"head|title|accordion|collaps|tit\b", re.I)  # matches `card-header`; not `btn-submit`


def _is_plain_button(node: Element) -> bool:
    """A button that does something; one that opens a section (accordions) is that section's heading."""
    if node.tag != "button" or any(node.get(name) is not None for name in _OPENS):
        return False
    above = node.getparent()
    return not any(_HEADER_CLASS.search(part.get("class") or "") for part in (node, above) if part is not None)


def _chunks(root: Element, skip: frozenset[Element]) -> Iterator[tuple[Element, int, str]]:
    """(parent, index of the next child, text) of every text node that may hold a label."""
    stack: list[tuple[Element, int]] = [(root, -1)]
    while stack:
        node, place = stack.pop()
        if place >= 0:
            if node.tail and not node.tail.isspace():
                yield node.getparent(), place, node.tail
            continue
        tag = node.tag
        if (
            not isinstance(tag, str)
            or tag in _CLOSED
            or node in skip
            or (tag == "a" and places.leads_elsewhere(node))
            or _is_plain_button(node)
        ):
            continue
        if node.text and not node.text.isspace():
            yield node, 0, node.text
        children = list(node)
        for at in range(len(children) - 1, -1, -1):
            child = children[at]
            if child.tail:
                stack.append((child, at + 1))
            stack.append((child, -1))


class _Reader:
    """Collects the pairs of one page part; `heading` keeps nested readings of one label apart."""

    def __init__(self, root: Element, vocabulary: Vocabulary) -> None:
        self.root = root
        self.vocabulary = vocabulary
        self.pairs: list[Pair] = []

    def take(self, parent: Element, index: int, chunk: str) -> None:
        raw = chunk.strip()
        hit = self.vocabulary.whole(raw)
        boxed = _BOXED.match(raw) if hit is None else None
        if hit is not None:
            self._whole(parent, index, raw, *hit)
        elif boxed is not None and (hit := self.vocabulary.whole(boxed["label"])) is not None:
            self._boxed(parent, index, boxed, *hit)
        elif "：" in raw or ":" in raw or "﹕" in raw or "∶" in raw:
            self._lines(parent, index, " ".join(chunk.split()))
        elif len(raw) <= 2 and parent.tag in nodes.CELLS or parent.tag in ("dt", "label", "p", "b", "strong", "span") and len(raw) <= 2:
            self._spread(parent, raw)

    def _spread(self, parent: Element, raw: str) -> None:
        """A label whose letters stand in inline elements of their own: `<td><b>文</b> <b>号</b></td>`."""
        holder = parent
        while (
            holder.tag not in nodes.BLOCKS and holder.tag not in nodes.CELLS and holder.getparent() is not None and holder is not self.root
        ):
            holder = holder.getparent()
        if nodes.first_text(holder) != raw:
            return
        whole = nodes.text(holder) if len(holder) <= 12 else ""
        hit = self.vocabulary.whole(whole) if whole and whole != raw else None
        if hit is not None:
            key, label = hit
            self._add(key, label, whole, *places.structural(self, holder, key, whole[-1] in COLONS))

    def _whole(self, parent: Element, index: int, raw: str, key: str, label: str) -> None:
        colon = raw[-1:] in COLONS
        if not colon and places.navigation_link(parent):
            return
        rest, elements = places.following_inline(self, parent, index, key)
        if rest and not _FURNITURE.sub("", rest):  # <h3>办理材料<span>展开</span></h3>
            rest, elements = "", ()
        if rest or (colon and elements):
            self._add(key, label, raw, rest, elements, "line")
            return
        self._add(key, label, raw, *places.structural(self, parent, key, colon))

    def _boxed(self, parent: Element, index: int, boxed: re.Match[str], key: str, label: str) -> None:
        """`【设定依据】《…法》第五条`, `[ 索引号 ] 0084…`: the value follows the bracket."""
        value, elements = places.following_inline(self, parent, index, key, " ".join(boxed["value"].split()))
        self._add(key, label, boxed["head"].strip(), value, elements or (parent,), "line")

    def _lines(self, parent: Element, index: int, line: str) -> None:
        hits = self.vocabulary.inline(line)
        for place, (key, label, start, value_at) in enumerate(hits):
            last = place == len(hits) - 1
            value = line[value_at : len(line) if last else hits[place + 1][2]].strip()
            raw = line[start:value_at].strip()
            if not last:
                self._add(key, label, raw, self.cut(value, key).rstrip("；;，, "), (parent,), "line")
                continue
            short = self.cut(value, key)
            if short != value:
                self._add(key, label, raw, short, (parent,), "line")
                continue
            rest, elements = places.following_inline(self, parent, index, key, value)
            if not rest and not elements:
                structural = places.structural(self, parent, key, True) if start == 0 else ("", (parent,), "line")
                self._add(key, label, raw, *structural)
            else:
                self._add(key, label, raw, rest, elements or (parent,), "line")

    def cut(self, value: str, key: str) -> str:
        """A short value ends before a label that the vocabulary does not know."""
        if key in self.vocabulary.long:
            return value
        stranger = _STRANGER.search(" " + value)
        if stranger is not None and stranger.start() <= _SHORT_VALUE:
            return value[: max(stranger.start() - 1, 0)].strip(" |｜;；")
        return value.strip(" |｜;；")

    def starts_label(self, element: Element) -> bool:
        """Does the element begin with a label of the vocabulary?"""
        head = nodes.first_text(element)
        return self.begins(head)

    def begins(self, head: str) -> bool:
        if not head:
            return False
        if self.vocabulary.whole(head) is not None:
            return True
        if head[0] in "【[［" and (boxed := _BOXED.match(head)) and self.vocabulary.whole(boxed["label"]) is not None:
            return True
        hits = self.vocabulary.inline(" ".join(head[:40].split()))
        return bool(hits) and hits[0][2] <= 4 and (hits[0][2] == 0 or _NUMBERED.fullmatch(head[: hits[0][2]]) is not None)

    def _add(self, key: str, label: str, raw: str, value: str, elements: tuple[Element, ...], how: str) -> None:
        # `<b>索引号</b>：0147…`, `<td>索引号<td>：0147…`: the colon stands with the value
        self.pairs.append(Pair(key, label, raw, value.strip().lstrip(COLONS).strip(), elements, how))
