"""Whether plain words stand in a page's bytes, all of them in one pass: the quick look before anything slower is tried.

A page of 40 KB takes 3 µs for a whole list of words; `word in text` takes 15 µs a word, a regular expression 200 µs and more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ahocorasick_rs


class Spotter:
    """Looks for a list of words, case and all. Of words that overlap in the text the first one is seen, so let none contain another."""

    def __init__(self, words: Iterable[bytes | str]) -> None:
        self.words = tuple(word.encode() if isinstance(word, str) else word for word in words)
        # leftmost-first is the kind that is searched with vector instructions (20 times as fast as the standard kind)
        self._automaton: Any = ahocorasick_rs.BytesAhoCorasick(self.words, matchkind=ahocorasick_rs.MatchKind.LeftmostFirst)

    def any(self, data: bytes) -> bool:
        """Whether one of the words is there."""
        return bool(self._automaton.find_matches_as_indexes(data))

    def found(self, data: bytes) -> set[bytes]:
        """The words that are there."""
        return {self.words[index] for index, _, _ in self._automaton.find_matches_as_indexes(data)}
