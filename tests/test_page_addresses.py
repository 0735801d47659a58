"""Addresses: canonical form and key (contract "Addresses")."""

from __future__ import annotations

import pytest

from govcrawl.page import addresses

BASE = "http://www.qinghe.gov.cn/zwgk/zcwj/index.html?id=3"


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("list.html", "http://www.qinghe.gov.cn/zwgk/zcwj/list.html"),
        ("./a/../b.html", "http://www.qinghe.gov.cn/zwgk/zcwj/b.html"),
        ("../../", "http://www.qinghe.gov.cn/"),
        ("../../../../x.html", "http://www.qinghe.gov.cn/x.html"),
        ("/", "http://www.qinghe.gov.cn/"),
        ("//www.a.gov.cn/b", "http://www.a.gov.cn/b"),
        ("HTTP://WWW.A.GOV.CN:80/B.html#top", "http://www.a.gov.cn/B.html"),
        ("https://www.a.gov.cn:443", "https://www.a.gov.cn/"),
        ("http://www.a.gov.cn:8080/x", "http://www.a.gov.cn:8080/x"),
        ("http:\\\\www.a.gov.cn\\b\\c.html", "http://www.a.gov.cn/b/c.html"),
        ("http:///www.a.gov.cn/x", "http://www.a.gov.cn/x"),
        ("  http://www.a.gov.cn/\n x.html ", "http://www.a.gov.cn/%20x.html"),
        ("?id=4", "http://www.qinghe.gov.cn/zwgk/zcwj/index.html?id=4"),
        ("/文件/附件 1.doc", "http://www.qinghe.gov.cn/%E6%96%87%E4%BB%B6/%E9%99%84%E4%BB%B6%201.doc"),
        ("/%E6%96%87/a", "http://www.qinghe.gov.cn/%E6%96%87/a"),
        ("/100%/a", "http://www.qinghe.gov.cn/100%25/a"),
        ("/a;jsessionid=1A2B3C.node1?x=1", "http://www.qinghe.gov.cn/a?x=1"),
        ("/a?PHPSESSID=abc&x=1", "http://www.qinghe.gov.cn/a?x=1"),
        ("/a?x=1&jsessionid=abc", "http://www.qinghe.gov.cn/a?x=1"),
        ("/(S(3nqzx0552ckxd5v2lrr1kf55))/a.aspx", "http://www.qinghe.gov.cn/a.aspx"),
        ("/a?sid=4", "http://www.qinghe.gov.cn/a?sid=4"),
        ("http://user@www.a.gov.cn/x", "http://www.a.gov.cn/x"),
        ("http://清和县.政务/", "http://xn--5nr9rk52d.xn--zfr164b/"),
        ("index.html", "http://www.qinghe.gov.cn/zwgk/zcwj/index.html"),
        ("www.a.gov.cn/x", "http://www.qinghe.gov.cn/zwgk/zcwj/www.a.gov.cn/x"),
    ],
)  # fmt: skip
def test_canonical(href: str, url: str) -> None:
    assert addresses.canonical(href, BASE) == url


@pytest.mark.parametrize(
    "href",
    ["", "  ", "#", "#top", "javascript:;", "javascript:void(0)", "JavaScript:doPrint()", "mailto:a@b.cn", "tel:0599-5550101", "data:image/png;base64,AA",
     "about:blank", "http://", "https:///", "http://a b.cn/", "http://a.gov.cn:99999/", "ftp://a.gov.cn/x", "weixin://dl", "http://a..gov.cn/", "/" + "x" * 5000],
)  # fmt: skip
def test_nothing_to_fetch(href: str) -> None:
    assert addresses.canonical(href, BASE) is None


def test_query_letters_take_the_page_charset_and_paths_always_utf8() -> None:
    url = addresses.canonical("/查?q=文", BASE, "gb18030")
    assert url == "http://www.qinghe.gov.cn/%E6%9F%A5?q=%CE%C4"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a.gov.cn/x", "https://a.gov.cn/x"),
        ("http://a.gov.cn/zwgk/", "http://a.gov.cn/zwgk/index.html"),
        ("http://a.gov.cn/zwgk/default.aspx", "http://a.gov.cn/zwgk/index.shtml"),
        ("http://a.gov.cn/x?b=2&a=1", "http://a.gov.cn/x?a=1&b=2"),
        ("http://a.gov.cn/%E6%96%87", "http://a.gov.cn/%e6%96%87"),
        ("http://a.gov.cn/x?a=1&_=1699999999999", "http://a.gov.cn/x?a=1"),
        ("http://a.gov.cn/x?utm_source=wx", "http://a.gov.cn/x"),
    ],
)
def test_same_key(one: str, other: str) -> None:
    assert addresses.key(one) == addresses.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.a.gov.cn/", "http://a.gov.cn/"),
        ("http://a.gov.cn/zwgk", "http://a.gov.cn/zwgk/"),
        ("http://a.gov.cn/index_1.html", "http://a.gov.cn/index.html"),
        ("http://a.gov.cn/x?id=1", "http://a.gov.cn/x?id=2"),
        ("http://a.gov.cn/x?t=12", "http://a.gov.cn/x"),
        ("http://a.gov.cn:8080/", "http://a.gov.cn/"),
    ],
)
def test_other_key(one: str, other: str) -> None:
    assert addresses.key(one) != addresses.key(other)


def test_key_fits_a_signed_column() -> None:
    keys = [addresses.key(f"http://a.gov.cn/{n}") for n in range(200)]
    assert all(0 <= k < 2**63 for k in keys) and len(set(keys)) == 200


@pytest.mark.parametrize(
    ("url", "host", "count"), [("http://www.a.gov.cn/", "www.a.gov.cn", 0), ("http://a.gov.cn:81/b/c.html?x=/d", "a.gov.cn", 2)]
)
def test_parts(url: str, host: str, count: int) -> None:
    assert (addresses.host(url), addresses.segments(url)) == (host, count)
