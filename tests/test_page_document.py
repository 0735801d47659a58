"""Page: encoding, one parse, regions, text; hostile bytes end in bounded time."""

from __future__ import annotations

import time

import pytest

from govcrawl.page import document, encoding

HTML = {"content-type": "text/html"}
URL = "http://www.qinghe.gov.cn/zwgk/a.html"
WORDS = "清和县人民政府关于印发办法的通知"


def page(body: str | bytes, **headers: str) -> document.Page:
    return document.parse(body.encode() if isinstance(body, str) else body, {**HTML, **headers}, URL)


@pytest.mark.parametrize(
    ("body", "content_type", "name"),
    [
        (f"<meta charset=utf-8><p>{WORDS}".encode(), "text/html", "utf-8"),
        (f"<meta charset=gb2312><p>{WORDS}".encode("gbk"), "text/html", "gb18030"),
        (f"<p>{WORDS}".encode("gbk"), "text/html", "gb18030"),
        (f"<p>{WORDS}".encode("gbk"), "text/html; charset=UTF-8", "gb18030"),
        (f"<meta charset=gb2312><p>{WORDS}".encode(), "text/html; charset=GBK", "utf-8"),
        (b"\xef\xbb\xbf" + WORDS.encode(), "text/html; charset=gbk", "utf-8"),
        (b"\xff\xfe" + WORDS.encode("utf-16-le"), "text/html", "utf-16-le"),
        (WORDS.encode("utf-16-le"), "text/html", None),
        ("<meta charset=big5><p>清和縣人民政府".encode("big5"), "text/html", "big5"),
        (b"<meta charset=gbk><p>plain", "text/html", "gb18030"),
        (b"<meta charset=nonsense><p>plain", "text/html", "utf-8"),
    ],
)
def test_the_bytes_decide(body: bytes, content_type: str, name: str | None) -> None:
    text, found = encoding.decode(body, {"content-type": content_type})
    if name:
        assert found == name
        assert "plain" in text or "清和" in text


def test_a_gbk_include_in_a_utf8_page_and_the_other_way_round() -> None:
    mixed = f"<div>{WORDS * 4}</div><div>".encode() + "主办单位".encode("gbk") + b"</div>"
    assert "主办单位" in encoding.decode(mixed, HTML)[0] and WORDS in encoding.decode(mixed, HTML)[0]
    other = f"<div>{WORDS * 4}</div><div>".encode("gbk") + "主办单位".encode() + b"</div>"
    assert "主办单位" in encoding.decode(other, HTML)[0] and WORDS in encoding.decode(other, HTML)[0]


def test_a_broken_byte_costs_one_character() -> None:
    text, name = encoding.decode(WORDS.encode() + b"\xe6\x96", HTML)
    assert name == "utf-8" and text.startswith(WORDS)


def test_text_breaks_at_blocks_and_nowhere_else() -> None:
    shown = page("<body><p>二<span>〇二六</span>年<b>中</b>国</p><p>1<!-- x -->3</p><td>a</td><td>b</td>x<br>y").text
    assert shown.split("\n") == ["二〇二六年中国", "13", "a", "b", "x", "y"]


def test_scripts_styles_noscript_and_titles_are_no_text() -> None:
    p = page(
        "<head><title>名</title><style>a{}</style></head><body>文<script>var a='字'</script><noscript>请启用</noscript><template>模板</template>末</body>"
    )
    assert p.text == "文末" and p.head_title == "名"
    assert [s.text for s in p.scripts] == ["var a='字'"]


LAYOUT = """<body><div class="top-header"><img src=l.png alt="清和县人民政府"></div><div class="nav"><ul><li><a href=/>首页</a></li></ul></div>
<div class="crumbs">位置：<a href=/>首页</a></div><h1>标题在此处</h1><div class=info>发布时间：2026-01-05</div>
<div id="zoom"><p>正文第一段，写得够长。</p><div class="footer">正文里的页脚</div></div><div>相关链接：<a href=b>b</a></div><div class="footer">主办单位：清和县</div></body>"""


def test_regions_by_name_and_place() -> None:
    p = page(LAYOUT)
    assert p.body_source == "container" and "正文里的页脚" in p.main_text
    assert p.visible_text("nav") == "首页" and p.visible_text("footer") == "主办单位：清和县"
    assert "发布时间：2026-01-05" in p.visible_text("lead") and "相关链接" in p.visible_text("tail")
    assert "正文第一段" not in p.visible_text("lead") + p.visible_text("tail")
    assert p.title == "标题在此处"


def test_block_titles_named_hd_are_no_header() -> None:
    p = page("<body><div class=hd><a href=a>要闻</a></div><ul><li><a href=1>一条新闻的标题</a></li></ul></body>")
    assert p.visible_text("header") == "" and "要闻" in p.visible_text("body")


def test_a_footer_without_a_name_is_found_by_its_words() -> None:
    p = page(
        "<body><div><p>正文正文正文正文正文正文正文正文正文正文正文正文正文正文正文</p></div><table><tr><td>主办单位：清和县 苏ICP备99000001号</td></tr></table></body>"
    )
    assert "ICP" in p.visible_text("footer") and "正文" not in p.visible_text("footer")


def test_density_finds_a_nameless_body_and_never_the_menu() -> None:
    menu = "".join(f"<td><a href={n}>栏目名称{n}</a></td>" for n in range(30))
    text = "".join(f"<p>第{n}段的文字，足够长，是正文的一部分。</p>" for n in range(5))
    p = page(f"<body><table><tr>{menu}</tr></table><table><tr><td><h1>关于某事的通知</h1>{text}</td></tr></table></body>")
    assert p.body_source == "density" and "第4段" in p.main_text and "栏目名称3" not in p.main_text


def test_meta_first_filled_value_null_is_blank() -> None:
    p = page(
        '<meta name="SiteName" content=""><meta name="sitename" content="清和县"><meta name=PubDate content=null><meta name=ColumnName content=" ">'
    )
    assert p.meta["sitename"] == "清和县" and p.meta["pubdate"] == "" and p.meta["columnname"] == ""


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>关于检查的通知_清和县人民政府</title><body><p>文", "关于检查的通知"),
        ("<title>关于检查的通知 - 清和县人民政府</title><body><p>文", "关于检查的通知"),
        ("<meta name=ArticleTitle content=旧稿标题><title>首页</title><body><h1>真正的标题</h1>", "真正的标题"),
        ("<meta name=ArticleTitle content=关于检查的通知><title>关于检查的通知</title><body><h1>别的字样</h1>", "关于检查的通知"),
    ],
)
def test_title(html: str, title: str) -> None:
    assert page(html).title == title


def test_base_element() -> None:
    p = page('<head><base href="http://www.qinghe.gov.cn/b/"></head><body><a href="c.html">x</a>')
    assert p.canonical("c.html") == "http://www.qinghe.gov.cn/b/c.html"


@pytest.mark.parametrize(
    "body",
    [
        b"<body>" + b"<div>" * 100_000 + b"<p>end",
        b"<body><a " + b" ".join(b"a%d=1" % n for n in range(60_000)) + b">y</a><p>end",
        b"<body>" + b"<font>" * 600 + b"<p>end",
        b"<body>" + b"<!--" * 100_000,
        b"<body><p>" + b"&nbsp;" * 200_000,
        b"",
        b"\x00\x01\x02" * 1000,
        b"<?xml version='1.0' encoding='gbk'?><html><body><p>end",
    ],
    ids=["deep", "attributes", "fonts", "comments", "blanks", "empty", "binary", "xhtml"],
)
def test_hostile_bytes_end(body: bytes) -> None:
    start = time.process_time()
    p = page(body)
    assert isinstance(p.text, str)
    assert p.region_of(p.body_tree) == "body"
    assert time.process_time() - start < 8


def test_unclosed_tags_lose_nothing() -> None:
    assert "end" in page(b"<body>" + b"<font>" * 600 + b"<p>end").text
