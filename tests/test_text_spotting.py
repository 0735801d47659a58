"""Plain words in bytes: the quick look must see exactly what `in` sees."""

from __future__ import annotations

import pytest

from govcrawl.text.spotting import Spotter

WORDS = ("jiucuo", "link(", "找错", "&#25214;")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set()),
        ('<script src="/exposure/jiucuo.js">', {"jiucuo"}),
        ("我为政府网站找错", {"找错"}),
        ("a" * 100_000 + "link('3609000002')", {"link("}),  # behind what is searched in one stride
        ("jiucuojiucuo找错", {"jiucuo", "找错"}),
        ("JIUCUO links 找 错", set()),  # case counts; a word is whole
        ("\x00\xad找", set()),
    ],
)
def test_it_finds_what_in_finds(text: str, expected: set[str]) -> None:
    data = text.encode()
    spotter = Spotter(WORDS)
    assert {word.decode() for word in spotter.found(data)} == expected == {word for word in WORDS if word.encode() in data}
    assert spotter.any(data) is bool(expected)


def test_bytes_that_are_no_text_are_searched_too() -> None:
    assert Spotter((b"\xd5\xd2\xb4\xed",)).any("网站找错".encode("gb18030"))
