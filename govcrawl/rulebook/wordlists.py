"""Lexicon entries as the finder wants them, and the trial of their example sentences."""

from __future__ import annotations

from collections.abc import Iterator

from govcrawl.rulebook.models import Lexicon
from govcrawl.text.words import Word, WordFinder


def words_of(lexicon: Lexicon) -> tuple[Word, ...]:
    """Entries that are switched on: `style` is a matter of taste and stays off by default."""
    return tuple(
        Word(
            id=entry.id,
            wrong=entry.wrong,
            right=entry.right,
            boundary=entry.conditions.boundary,
            not_before=tuple(entry.conditions.not_before),
            not_after=tuple(entry.conditions.not_after),
            in_quotes=entry.conditions.in_quotes,
            in_title_marks=entry.conditions.in_title_marks,
            allow=tuple(entry.allow),
        )
        for entry in lexicon.entries
        if entry.reliability != "style"
    )


def trial(lexicon: Lexicon) -> Iterator[str]:
    """Every `hit` sentence must fire its entry, no `miss` sentence may; each breach is told."""
    words = words_of(lexicon)
    finder = WordFinder(words)
    switched_on = {word.id for word in words}
    for entry in lexicon.entries:
        if entry.id not in switched_on:
            continue
        for sentence in entry.hit:
            if entry.id not in {word.id for word, _, _ in finder.find(sentence)}:
                yield f"{entry.id}：例句“{sentence}”应命中而未命中"
        for sentence in entry.miss:
            if entry.id in {word.id for word, _, _ in finder.find(sentence)}:
                yield f"{entry.id}：例句“{sentence}”不应命中而命中"
