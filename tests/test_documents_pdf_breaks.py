"""PDF: numbers that begin on one page and end on the next; streams that unpack to more than a machine has."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator

import pytest
from document_files_2 import check_digit, number, pdf, shown, stream

from govcrawl.extract import documents
from govcrawl.extract.documents import pdf as reader
from govcrawl.extract.documents.broken_numbers import is_identity_number
from govcrawl.extract.documents.errors import TooLarge
from govcrawl.extract.documents.limits import MB, Limits
from govcrawl.model.documents import DAMAGED, READ, TOO_LARGE

LIMITS = Limits()
NUMBERS = [number(n) for n in range(1, 122)]
OWN = [number(n) for n in range(200, 230)]
"""What each page breaks within itself."""
HEADS = shown(40, 780, "姓名") + shown(100, 780, "身份证号码") + shown(200, 780, "电话")


def foot(n: int) -> str:
    return shown(290, 30, f"- {n} -")


def row(y: float, whole: str, cut: int) -> str:
    return shown(40, y, "甲乙") + shown(100, y, whole[:cut]) + shown(100, y - 12, whole[cut:]) + shown(200, y, "13900001111")


def table(numbers: list[str], cut: int) -> Iterator[str]:
    """A table with the same heads on each page; the last row of a page goes on at the top of the next."""
    for n in range(len(numbers) + 1):
        tail = shown(100, 764, numbers[n - 1][cut:]) if n else ""
        head = shown(40, 60, "丙丁") + shown(100, 60, numbers[n][:cut]) + shown(200, 60, "13900002222") if n < len(numbers) else ""
        yield HEADS + tail + row(700, OWN[n % len(OWN)], cut) + head + foot(n + 1)


def bare_table(numbers: list[str], cut: int) -> Iterator[str]:
    """Without heads and page numbers; the right cells of the last row go on too."""
    for n in range(len(numbers) + 1):
        tail = shown(100, 800, numbers[n - 1][cut:]) + shown(300, 800, "会") if n else shown(60, 820, "救助对象公示名单")
        head = shown(40, 42, "丙丁") + shown(100, 42, numbers[n][:cut]) + shown(300, 42, "某县某村委") if n < len(numbers) else ""
        yield tail + row(700, OWN[n % len(OWN)], cut) + head


def prose(numbers: list[str], cut: int) -> Iterator[str]:
    """Lines from margin to margin."""
    for n in range(len(numbers) + 1):
        tail = numbers[n - 1][cut:] + "）系本县低保对象，现予公示。" if n else "公示"
        head = "" if n == len(numbers) else shown(60, 60, "甲" * (47 - cut // 2) + numbers[n][:cut])
        yield shown(60, 780, tail) + head + foot(n + 1)


@pytest.mark.parametrize("layout", [table, bare_table, prose])
@pytest.mark.parametrize("cut", [9, 12, 15])
def test_all_120_numbers_broken_between_two_pages_are_joined_and_none_invented(
    layout: Callable[[list[str], int], Iterator[str]], cut: int
) -> None:
    document = reader.read(pdf(layout(NUMBERS[:120], cut)), LIMITS)
    found = [(piece.locator, word) for piece in document.pieces for word in _words(piece.text)]
    assert [word for _, word in found if word not in OWN] == NUMBERS[:120]
    assert all(f"第{n}页" == place for n, place in enumerate((place for place, word in found if word not in OWN), 1))
    assert not any(each[cut:] in piece.text.splitlines() for each in NUMBERS[:120] for piece in document.pieces)


def _words(text: str) -> list[str]:
    runs = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in text).split()
    return [run for run in runs if is_identity_number(run)]


def wrong(text: str) -> str:
    return text[:17] + ("1" if text[17] != "1" else "2")


N, CUT = NUMBERS[0], 12
BAD_DATE = "990037195113020"[:14] + "007"
BAD_DATE += check_digit(BAD_DATE)
SAME = row(700, OWN[0], CUT)
TRAPS: dict[str, tuple[str, str]] = {
    "nothing shows that the column breaks numbers": (shown(100, 60, N[:CUT]), shown(100, 780, N[CUT:])),
    "another length is broken elsewhere": (row(700, OWN[0], 9) + shown(100, 60, N[:CUT]), shown(100, 780, N[CUT:])),
    "wrong check digit": (SAME + shown(100, 60, N[:CUT]), shown(100, 780, wrong(N)[CUT:])),
    "month 13": (SAME + shown(100, 60, BAD_DATE[:CUT]), shown(100, 780, BAD_DATE[CUT:])),
    "the next column": (SAME + shown(100, 60, N[:CUT]), shown(200, 780, N[CUT:])),
    "text behind the head": (SAME + shown(100, 60, N[:CUT] + "元"), shown(100, 780, N[CUT:])),
    "text before the tail": (SAME + shown(100, 60, N[:CUT]), shown(100, 780, "第" + N[CUT:])),
    "a line below the head": (SAME + shown(100, 72, N[:CUT]) + shown(100, 60, "合计"), shown(100, 780, N[CUT:])),
    "a number below the head": (SAME + shown(100, 72, N[:CUT]) + shown(100, 60, "35"), shown(100, 780, N[CUT:])),
    "rows below the head": (SAME + shown(100, 160, N[:CUT]) + shown(100, 100, "622848001"), shown(100, 780, N[CUT:])),
    "a line above the tail": (SAME + shown(100, 60, N[:CUT]), shown(100, 780, "备注") + shown(100, 764, N[CUT:])),
    "a number above the tail": (SAME + shown(100, 60, N[:CUT]), shown(100, 780, "9527009") + shown(100, 764, N[CUT:])),
    "smaller print": (SAME + shown(100, 60, N[:CUT]), shown(100, 780, N[CUT:], 6)),
    "a short line of text": (shown(60, 60, "甲" * 20 + N[:CUT]), shown(60, 780, N[CUT:] + "号")),
}  # fmt: skip


@pytest.mark.parametrize(("upper", "lower"), TRAPS.values(), ids=TRAPS.keys())
def test_no_number_is_made_of_what_two_pages_do_not_share(upper: str, lower: str) -> None:
    document = reader.read(pdf([upper, lower]), LIMITS)
    assert [word for piece in document.pieces for word in _words(piece.text) if word not in OWN] == []


def test_a_page_between_them_parts_them() -> None:
    upper, lower = SAME + shown(100, 60, N[:CUT]), shown(100, 780, N[CUT:]) + SAME
    assert N in reader.read(pdf([upper, lower]), LIMITS).text
    assert N not in reader.read(pdf([upper, shown(60, 700, "附图"), lower]), LIMITS).text
    assert N not in reader.read(pdf([lower, upper]), LIMITS).text


def test_of_two_tails_that_fit_none_is_taken() -> None:
    """Two columns so near that either could be the one: nobody can say which."""
    upper = SAME + shown(100, 60, N[:CUT])
    assert N not in reader.read(pdf([upper, shown(95, 780, N[CUT:]) + shown(135, 780, N[CUT:])]), LIMITS).text


def test_one_number_goes_over_each_of_two_breaks() -> None:
    first, second = NUMBERS[:2]
    pages = [SAME + shown(100, 60, first[:CUT]), shown(100, 780, first[CUT:]) + shown(100, 60, second[:CUT]), shown(100, 780, second[CUT:])]
    text = reader.read(pdf(pages), LIMITS).text
    assert first in text and (second in text) is False, "the second break has no page beside it that shows how the column breaks"


# --- streams -------------------------------------------------------------------------------------------------------

TEXT = shown(60, 700, "名单正文")


def packed(blanks: int, times: int = 1) -> bytes:
    """The text behind so many blanks, deflated."""
    engine = zlib.compressobj(9)
    out = [engine.compress(b" " * MB) for _ in range(blanks)] + [engine.compress(TEXT.encode()), engine.flush()]
    body = b"".join(out)
    for _ in range(times - 1):
        body = zlib.compress(body, 9)
    return body


def with_stream(content: bytes, entries: str, more: dict[int, bytes] | None = None) -> bytes:
    return pdf([TEXT], more={11: stream(content, entries), **(more or {})}, page_entries="/Contents 11 0 R")


SMALL = Limits(unpacked_bytes=20 * MB)
BOMBS: dict[str, bytes] = {
    "30 MB": with_stream(packed(30), "/Filter/FlateDecode"),
    "30 MB in 1 KB": with_stream(packed(30, 2), "/Filter[/FlateDecode/FlateDecode]"),
    "a filter named elsewhere": with_stream(packed(30), "/Filter 12 0 R", {12: b"/FlateDecode"}),
    "many of 19 MB": pdf(
        [TEXT], more={n: stream(packed(19), "/Filter/FlateDecode") for n in range(11, 15)}, page_entries="/Contents 11 0 R"
    ),
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS.keys())
def test_a_stream_that_unpacks_without_end_is_too_large(body: bytes) -> None:
    """PDFium stops at 1 GB and says nothing; what stood behind is lost."""
    with pytest.raises(TooLarge, match="上限"):
        reader.read(body, SMALL)


def test_300_mb_cost_no_more_than_the_limit() -> None:
    body = with_stream(packed(300), "/Filter/FlateDecode")
    began = time.process_time()
    document = documents.read(body, "a.pdf")
    assert time.process_time() - began < 2
    assert (document.text_status, document.reason) == (TOO_LARGE, "PDF 内有数据流解压后超过上限200MB")


@pytest.mark.parametrize("times", [1, 2])
def test_a_stream_within_the_limit_is_read(times: int) -> None:
    filters = "/Filter[" + "/FlateDecode" * times + "]"
    assert "名单正文" in reader.read(with_stream(packed(15, times), filters), SMALL).text


def test_a_large_picture_is_no_bomb() -> None:
    """A plan of one metre in colour unpacks to 400 MB; nobody unpacks it here."""
    engine = zlib.compressobj(9)
    grey = b"".join([*(engine.compress(bytes(MB)) for _ in range(30)), engine.flush()])
    plan = stream(grey, "/Type/XObject/Subtype/Image/Width 6000/Height 5242/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode")
    document = documents.read(pdf([TEXT + "q 595 0 0 842 0 0 cm /I Do Q\n"], more={10: plan}), "a.pdf", SMALL)
    assert (document.text_status, document.pictures) == (READ, 1)


def test_a_document_without_a_readable_page_is_damaged() -> None:
    body = pdf([TEXT]).replace(b"/Kids[100 0 R]", b"/Kids[999 0 R]")
    document = documents.read(body, "a.pdf")
    assert (document.text_status, bool(document.reason)) == (DAMAGED, True)
