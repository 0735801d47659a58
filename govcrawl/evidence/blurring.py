"""Personal numbers out of what a screenshot shows: the page's text is covered before it is painted, letter for letter, so that nothing moves.

What the detectors see is covered on every page. Where they saw a person's data, every other long number goes too: a screenshot that hides a
hotline costs nothing, one that shows a citizen's number does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from govcrawl.detect import masking

_ANY = re.compile(r"(?<![0-9０-９*＊])[0-9０-９](?:[ \u3000\xa0\-－—.]?[0-9０-９]){10,}[XxＸｘ]?")
"""Matches "138 1234 5678" and "6228480402564890018", not "0588-6660101" (ten digits and more are telephone numbers of offices) nor "2026-11-05"."""
_DIGIT = re.compile(r"[0-9０-９XxＸｘ]")


def covered(text: str, *, private: bool) -> str:
    """The text with its personal numbers covered; its length stays.

    Args:
        private: of a page on which a detector saw personal data: every number of eleven digits or more is covered.
    """
    done = masking.text(text)
    if private:
        done = _ANY.sub(lambda found: _cover(found[0]), done)
    return done if len(done) == len(text) else re.sub(r"[0-9０-９]", "*", text)


_OFFICE = re.compile(r"0[1-9][0-9]{1,2}[-－—]?[2-8][0-9]{6,7}")
"""Matches "0588-66601010" and "05886660101", not "13912345678"."""


def _cover(run: str) -> str:
    if _OFFICE.fullmatch(run):
        return run
    places = [found.start() for found in _DIGIT.finditer(run)]
    head, tail = {11: (3, 4), 15: (1, 1), 18: (1, 1)}.get(len(places), (4, 4))
    letters = list(run)
    for place in places[head : len(places) - tail]:
        letters[place] = "*"
    return "".join(letters)


def pieces_covered(pieces: Sequence[tuple[str, bool]], *, private: bool) -> list[str]:
    """Texts of a page in the order they stand, each with whether it begins a new line; covered together, because a number may run over several."""
    whole = "".join(("\n" if fresh else "") + text for text, fresh in pieces)
    done = covered(whole, private=private)
    out, at = [], 0
    for text, fresh in pieces:
        at += fresh
        out.append(done[at : at + len(text)])
        at += len(text)
    return out
