"""Finding listed words in running text: one automaton for wrong words and the right phrases that contain them, then checks around each hit.

Nothing is segmented but a window around a hit: jieba over whole texts would cost sixty times the automaton, and is loaded on the first hit only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import ahocorasick_rs

_WINDOW = 20
_CORRECTING = re.compile(r"应为|应是|应改|改为|改成|写成|误写|错写|写作|错别字|正确写法|的正确")
"""matches "“关健”应为“关键”", where the wrong word is named, not used; not "关键环节"."""
_OPENING, _CLOSING = "“‘「『\"'", "”’」』\"'"
_SHORT_QUOTE = 12
"""Between quotation marks at most this long a word is being quoted; in a longer quotation somebody speaks, and the page spells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A wrong word and when it counts (see `LexiconEntry`)."""

    id: str
    wrong: str
    right: str
    boundary: bool = True
    not_before: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    in_quotes: bool = False
    in_title_marks: bool = False
    allow: tuple[str, ...] = ()


class WordFinder:
    """Matches a list of words. Of overlapping ones the leftmost, then longest, wins; a right phrase hides what it contains."""

    def __init__(self, words: Iterable[Word]) -> None:
        self.words = tuple(words)
        allowed = sorted({phrase for word in self.words for phrase in word.allow} - {word.wrong for word in self.words})
        patterns = [word.wrong for word in self.words] + allowed
        kind = ahocorasick_rs.MatchKind.LeftmostLongest
        self._automaton: Any = ahocorasick_rs.AhoCorasick(patterns, matchkind=kind) if patterns else None

    def find(self, text: str) -> Iterator[tuple[Word, int, int]]:
        """Each word that counts, with its place, in the order of the text."""
        if self._automaton is None:
            return
        for index, start, end in self._automaton.find_matches_as_indexes(text):
            if index < len(self.words) and _counts(self.words[index], text, start, end):
                yield self.words[index], start, end


def _counts(word: Word, text: str, start: int, end: int) -> bool:
    if any(text.startswith(after, end) for after in word.not_before) or any(text.endswith(before, 0, start) for before in word.not_after):
        return False
    if not word.in_title_marks and _inside_title(text, start, end):
        return False
    if not word.in_quotes and (_inside_short_quote(text, start, end) or _CORRECTING.search(text, max(0, start - _WINDOW), end + _WINDOW)):
        return False
    return not word.boundary or at_word_edges(text, start, end)


def _inside_title(text: str, start: int, end: int) -> bool:
    """True between 《 and 》 on one line, at most 80 characters apart."""
    left = max(text.rfind(mark, max(0, start - 80), start) for mark in "《〈")
    if left < 0 or any(mark in text[left:start] for mark in "》〉\n"):
        return False
    return any(mark in text[end : end + 80].split("\n", 1)[0] for mark in "》〉")


def _inside_short_quote(text: str, start: int, end: int) -> bool:
    low, high = max(0, start - _SHORT_QUOTE), min(len(text), end + _SHORT_QUOTE)
    for opening, closing in zip(_OPENING, _CLOSING, strict=True):
        left, right = text.rfind(opening, low, start), text.find(closing, end, high)
        if left >= 0 and right >= 0 and closing not in text[left + 1 : start] and right - left - 1 <= _SHORT_QUOTE:
            return True
    return False


def at_word_edges(text: str, start: int, end: int) -> bool:
    """Whether both ends of text[start:end] are word edges of the sentence: false for 关健 in 相关健康, true in 抓住关健环节.

    Without new-word guessing (HMM off): a guessed word swallows the very error that is looked for.
    """
    left = max(0, start - _WINDOW)
    position, edges = left, {left}
    for token in _segmenter().cut(text[left : end + _WINDOW], HMM=False):
        position += len(token)
        edges.add(position)
    return start in edges and end in edges


@lru_cache(maxsize=1)
def _segmenter() -> Any:
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    return jieba
