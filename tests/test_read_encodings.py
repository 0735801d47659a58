"""Bytes of pages → text: declared, wrongly declared, not at all; marks, mixtures, and words that were encoded twice."""

from __future__ import annotations

import codecs

import pytest

from govcrawl.page import document, encoding

WORDS = "安和县人民政府关于印发办法的通知"
PAGE = f"<html><head>{{meta}}<title>{WORDS}</title></head><body><div>{WORDS * 3}</div></body></html>"


def page(body: bytes, content_type: str = "text/html") -> document.Page:
    return document.parse(body, {"content-type": content_type}, "http://www.anhe.gov.cn/a.html")


def cp1252(text: str) -> bytes:
    """`text` as it looks when its UTF-8 was read as Windows-1252 and written as UTF-8 again."""
    return "".join(bytes([b]).decode("cp1252") if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(b) for b in text.encode()).encode()


@pytest.mark.parametrize("header", ["text/html", "text/html; charset=utf-8", "text/html; charset=GBK", "text/html; charset=ISO-8859-1"])
@pytest.mark.parametrize(
    "meta",
    ["", "<meta charset=utf-8>", '<meta http-equiv=Content-Type content="text/html; charset=gb2312">', "<meta charset=windows-1252>"],
)
@pytest.mark.parametrize(("charset", "name"), [("utf-8", "utf-8"), ("gbk", "gb18030"), ("gb18030", "gb18030")])
def test_whatever_is_declared_the_bytes_decide(charset: str, name: str, meta: str, header: str) -> None:
    found = page(PAGE.format(meta=meta).encode(charset), header)
    assert (found.encoding, found.head_title, found.text) == (name, WORDS, WORDS * 3)


@pytest.mark.parametrize(
    ("mark", "charset", "name"),
    [
        (codecs.BOM_UTF8, "utf-8", "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32-le"),
        (b"", "utf-16-le", "utf-16-le"),
    ],
)
def test_byte_order_marks(mark: bytes, charset: str, name: str) -> None:
    found = page(mark + PAGE.format(meta="<meta charset=gbk>").encode(charset), "text/html; charset=gbk")
    assert (found.encoding, found.head_title, found.text) == (name, WORDS, WORDS * 3)


def test_an_include_of_another_encoding_reads_in_the_tree_too() -> None:
    mixed = f"<body><div>{WORDS * 4}</div><p>".encode() + "主办单位：安和县".encode("gbk") + b"</p>"
    assert page(mixed).text.split("\n") == [WORDS * 4, "主办单位：安和县"]
    other = f"<body><div>{WORDS * 4}</div><p>".encode("gbk") + "主办单位".encode() + b"</p><p>" + "首页".encode() + b"</p>"
    assert page(other).text.split("\n") == [WORDS * 4, "主办单位", "首页"]


@pytest.mark.parametrize(
    "twice",
    [WORDS.encode().decode("latin-1").encode(), cp1252(WORDS), WORDS.encode().decode("gbk").encode()],
    ids=["latin-1", "windows-1252", "gbk"],
)
def test_a_title_encoded_twice_is_set_right(twice: bytes) -> None:
    found = page(b"<html><head><title>" + twice + b"</title></head><body><p>" + WORDS.encode() + b"</p></body></html>")
    assert (found.head_title, found.text) == (WORDS, WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "café Ärger Übung naïve façade élève 安和县 10×20 © 2026 · “引号” — ± 3℃",
        "鍏、锛这样的字单独出现也不改",
        "銆笔，人名用字：喆、堃、镕、玥、赟、淼",
        "αβγ абв ①②③ ㎡",
    ],
)
def test_what_is_right_stays_as_it_is(text: str) -> None:
    assert encoding.decode(f"<title>{text}</title>".encode(), {})[0] == f"<title>{text}</title>"


@pytest.mark.parametrize(
    ("declared", "charset", "text", "name"),
    [
        ("big5", "big5", "<p>清和縣人民政府關於印發辦法的通知", "big5"),
        ("big5", "gbk", "<p>安和县人民政府关于印发办法的通知，请认真贯彻执行", "gb18030"),
    ],
)
def test_a_declared_encoding_is_believed_where_it_makes_sense(declared: str, charset: str, text: str, name: str) -> None:
    found, used = encoding.decode(f"<meta charset={declared}>".encode() + text.encode(charset), {})
    assert (used, text in found) == (name, True)


def test_broken_bytes_and_none_at_all_never_raise() -> None:
    for body in (b"", b"\xff", b"\xfe\xff", b"\x81" * 50, bytes(range(256)) * 20, "安和".encode()[:-1], b"\xef\xbb\xbf"):
        assert isinstance(page(body).text, str)
