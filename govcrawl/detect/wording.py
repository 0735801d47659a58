"""Words that are always wrong (错别字), by list. Precise and with little recall by design: the list never stands for a model of the language.

Source: own counts: each pair of the list stands nowhere in 2.18 million characters of clean official text, while its right form does.
"""

from __future__ import annotations

from functools import lru_cache

from govcrawl.model.facts import TextPlace
from govcrawl.model.hits import Hit
from govcrawl.rulebook import lexicon
from govcrawl.rulebook.models import Lexicon
from govcrawl.rulebook.wordlists import words_of
from govcrawl.text.normalise import squeeze
from govcrawl.text.words import WordFinder

RULE = "typo"
_QUOTE = 60


class Wording:
    """Hits of one lexicon in pieces of text."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._finder = WordFinder(words_of(lexicon))

    def find(self, piece: TextPlace) -> list[Hit]:
        """One hit a place: the wrong word, what it should be, and the sentence around it."""
        return [
            Hit(
                rule=RULE, entry=word.id, value=word.wrong, quote=around(piece.text, start, end), place=piece.place, locator=piece.locator,
                offset=start, key=word.wrong, suggestion=word.right,
            )
            for word, start, end in self._finder.find(piece.text)
        ]  # fmt: skip


@lru_cache(maxsize=1)
def wording() -> Wording:
    """The shipped list, built once."""
    return Wording(lexicon("typos"))


def around(text: str, start: int, end: int) -> str:
    """At most 60 characters with the hit in the middle, cut at sentence ends where one is near."""
    room = max(0, _QUOTE - (end - start)) // 2
    left, right = max(0, start - room), min(len(text), end + room)
    for mark in "。；！？\n":
        cut = text.rfind(mark, left, start)
        left = max(left, cut + 1)
        stop = text.find(mark, end, right)
        right = stop if stop >= 0 else right
    return squeeze(text[left:right])[:_QUOTE]
