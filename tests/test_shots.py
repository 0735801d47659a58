"""Screenshots in a real browser, painted from stored bytes: what is marked, what is covered, what is not taken."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from evidence_lab import HOME, SITE, Lab, html
from PIL import Image, ImageChops

from govcrawl import browser, pinning
from govcrawl.browser import find_browser
from govcrawl.errors import UsageError
from govcrawl.evidence import album, blurring, shooting
from govcrawl.evidence.places import chosen, places_of
from govcrawl.model.facts import Context
from govcrawl.model.findings import Finding, Outcome

needs_browser = pytest.mark.skipif(find_browser() is None, reason="没有浏览器：截图测试跳过")
YELLOW, ORANGE, RED = (255, 225, 77), (255, 157, 59), (214, 0, 0)
IDENTITY, MOBILE, CARD = "11010119900307002X", "13912345678", "6228480402564890018"
OTHERS = ("110101 19900307 002X", "139-1234-5678")


def picture(lab: Lab, name: str = "0001.png") -> Image.Image:
    return Image.open(lab.shots / name).convert("RGB")


def colours(image: Image.Image) -> set[tuple[int, ...]]:
    """Which marking colours stand on the page part."""
    page = image.crop((0, 0, shooting.WIDTH, shooting.HEIGHT))
    found = {colour for _, colour in page.getcolors(maxcolors=1 << 24) or []}
    return found & {YELLOW, ORANGE, RED}


LINKS = "<p><a href='/a.html'>甲</a> <a href='/b.html'>乙</a></p>"
MARKED: list[tuple[str, str, dict[str, Any], set[tuple[int, ...]]]] = [
    ("typo", "<p>会议对工作进行了布署，要抓紧。</p>", {"value": "布署", "snippet": "对工作进行了布署，要抓紧"}, {YELLOW, ORANGE}),
    ("split", "<p>会议对<b>工</b>作进行\n了<i>布</i>署。</p>", {"value": "布署", "snippet": "对工作进行了布署"}, {YELLOW, ORANGE}),
    ("wide", "<p>原件,纸质(1份)</p>", {"snippet": "原件，纸质（1份）"}, {YELLOW}),
    (
        "word",
        "<p>须提交其他材料</p>",
        {"value": "其他材料", "evidence": [{"what": "text", "quote": "甲 其他材料"}], "snippet": None},
        {ORANGE},
    ),
    ("link", LINKS, {"locator": "(//a)[2]/@href", "value": HOME + "b.html", "snippet": "乙"}, {RED}),
    ("moved", LINKS, {"locator": "(//a)[9]/@href", "value": HOME + "b.html", "snippet": "乙"}, {RED}),
    ("other", LINKS, {"locator": "(//a)[1]/@href", "value": HOME + "b.html", "snippet": "乙"}, {RED}),
    ("empty", "<a href='#'>智能问答</a>", {"locator": "(//a)[5]/@href", "value": "智能问答", "snippet": "智能问答"}, {RED}),
    ("tbody", "<table><tr><td>甲</td></tr></table>", {"locator": "/html/body/table/tr/td"}, {RED}),
    ("items", LINKS, {"evidence": [{"what": "item", "url": HOME + "a.html", "date": "2026-01-05"}]}, {RED}),
    (
        "letter",
        "<table><tr><td>留言时间<td>2026年9月28日<tr><td>答复时间<td>2026-10-12</table>",
        {"evidence": [{"what": "labels", "asked_on": "2026-09-28", "replied_on": "2026-10-12", "shown": {"asked_on": "留言时间"}}]},
        {YELLOW},
    ),
    ("file", "<a href='/f/a.docx'>附件</a>", {"source_file": HOME + "f/a.docx!/x.doc", "locator": "批注1"}, {RED}),
    # traps: what is missing, hidden, or not on the page is not marked
    ("missing", "<p>办理材料：无</p>", {"value": "办理机构", "evidence": [{"what": "searched", "labels": ["办理机构"]}]}, set()),
    ("hidden", "<p style='display:none'>布署</p>", {"value": "布署", "snippet": "布署"}, set()),
    ("gone", "<p>部署</p>", {"value": "布署", "snippet": "工作布署"}, set()),
    ("script", "<p id='a'></p><script>document.getElementById('a').textContent='布署'</script>", {"snippet": "布署"}, set()),
    ("no path", LINKS, {"locator": "(//a)[1]/@href", "value": "查无此字", "snippet": "查无此字"}, set()),
]


@needs_browser
def test_each_kind_of_place_is_marked_in_its_colour_and_nothing_else_is(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    for n, (name, body, fields, _) in enumerate(MARKED):
        lab.page(f"{n}.html", html(body))
        lab.finding(f"{n}.html", rule=name, **fields)
    said = lab.shoot(None)
    assert said == {"taken": len(MARKED), "left_out": 0}
    shots = {shot.finding: shot for shot in album.Album(tmp_path, lab.run_id).shots}
    for finding, (name, _, _, wanted) in zip(lab.findings, MARKED, strict=True):
        shot = shots[finding.id]
        assert finding.shot == f"shots/{shot.file}"
        assert (colours(picture(lab, shot.file)), bool(shot.marked)) == (wanted, bool(wanted)), name


@needs_browser
def test_outside_the_mark_the_pixels_are_those_of_the_page(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.page("a.html", html("<h1>标题</h1><p>甲乙丙 布署 丁</p><p style='float:left'>戊</p>" * 3))
    lab.finding("a.html", rule="bare")
    lab.finding("a.html", rule="quote", value="布署", snippet="布署")
    lab.shoot()
    bare, marked = (picture(lab, f"000{n}.png").crop((0, 0, shooting.WIDTH, shooting.HEIGHT)) for n in (1, 2))
    left, top, right, bottom = ImageChops.difference(bare, marked).getbbox() or (0, 0, 0, 0)
    assert 0 < (right - left) < 60 and 0 < (bottom - top) < 40

    async def plain() -> bytes:
        async with browser.offline() as chromium:
            context = await shooting._context(chromium)
            tab = await context.new_page()
            await tab.set_content(html("<h1>标题</h1><p>甲乙丙 布署 丁</p><p style='float:left'>戊</p>" * 3).decode())
            return bytes(await tab.screenshot(type="png"))

    direct = Image.open(io.BytesIO(asyncio.run(plain()))).convert("RGB")
    assert ImageChops.difference(bare, direct).getbbox() is None, "the caption strip has touched the page"


PRIVATE_PAGE = f"""<table><tr><th>姓名<th>身份证号<th>联系电话<th>银行卡号<tr><td>石有田<td>{IDENTITY}<td>{MOBILE}<td>{CARD}
<tr><td>田丰收<td>{OTHERS[0]}<td>139<span>1234</span>5678<td>6228 4804 0256 4890 018</table>
<input value="{IDENTITY}"><img alt="{MOBILE}" src="/x.png"><p>咨询电话：0588-66601010，发布于2026-11-05 10:20:30</p><p title="{CARD}">{OTHERS[1]}</p>"""


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


@needs_browser
def test_covered_numbers_are_in_no_text_and_no_attribute_and_not_in_the_picture() -> None:
    async def both() -> tuple[str, bytes, bytes, int | None]:
        async with browser.offline() as chromium:
            context = await shooting._context(chromium)
            tab = await context.new_page()
            await tab.set_content(html(PRIVATE_PAGE).decode())
            before = await tab.screenshot(type="png")
            covered = await shooting._cover(tab.main_frame, private=True)
            shown = "document.documentElement.outerHTML + [...document.querySelectorAll('input')].map(i => i.value).join(' ')"
            return str(await tab.evaluate(shown)), before, await tab.screenshot(type="png"), covered

    text, before, after, covered = asyncio.run(both())
    assert covered and covered >= 8
    squeezed = _digits(text.replace("<span>", "").replace("</span>", ""))
    for number in (IDENTITY, MOBILE, CARD):
        assert number not in squeezed
    for kept in ("0588-66601010", "2026-11-05 10:20:30", "石有田", "139****5678", "6228***********0018"):
        assert kept in text, kept
    changed = ImageChops.difference(Image.open(io.BytesIO(before)).convert("RGB"), Image.open(io.BytesIO(after)).convert("RGB"))
    assert changed.getbbox() is not None


@needs_browser
def test_a_page_whose_numbers_cannot_be_covered_is_not_photographed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(tmp_path)
    lab.page("a.html", html(PRIVATE_PAGE), private=True)
    lab.finding("a.html", rule="privacy-phone", value="139****5678", snippet="139****5678")
    monkeypatch.setattr(shooting.scenes, "COVER", "() => {}")
    said = lab.shoot()
    assert said["taken"] == 0 and said["note"] == "1 张未能生成" and not list(lab.shots.glob("*.png"))


@needs_browser
def test_the_shot_of_a_sealed_page_is_covered_and_marked_by_its_masked_value(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.page("a.html", html(PRIVATE_PAGE), private=True)
    lab.finding("a.html", rule="privacy-phone", value="139****5678", snippet="139****5678")
    lab.shoot()
    lab.seal()
    shot = album.Album(tmp_path, lab.run_id).shots[0]
    assert shot.covered >= 8 and shot.marked == 1 and ORANGE in colours(picture(lab))
    again = Lab.__new__(Lab)
    again.__dict__.update(lab.__dict__)
    (lab.shots / "manifest.json").unlink()
    again.findings = [f.with_(shot=None) for f in lab.findings]
    assert again.shoot() == {"taken": 0, "left_out": 1, "note": "1 处没有可重现的网页"}, "sealed bytes are not opened for a picture"


@needs_browser
def test_nothing_of_a_page_reaches_the_network_and_what_the_run_has_is_used(tmp_path: Path) -> None:
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    out = f"http://127.0.0.1:{server.server_port}"
    lab = Lab(tmp_path)
    lab.page("s.css", b"body{background:#0a7d32}", kind="text/css", role="style")
    lab.page("inner.html", html("<p>内页布署</p>"))
    lab.page("secret.html", html(f"<p>手机 {MOBILE}</p>"), private=True)
    head = f"<link rel=stylesheet href=/s.css><meta http-equiv=refresh content='0;url={out}/away'><link rel=preconnect href={out}>"
    lab.page(
        "a.html",
        html(
            f"<img src={out}/x.png><iframe src=/inner.html></iframe><iframe src=/secret.html></iframe><script src={out}/y.js></script>",
            head,
        ),
    )
    lab.finding("a.html")
    try:
        said = lab.shoot()
    finally:
        server.shutdown()
    assert said["taken"] == 1 and asked == []
    page = picture(lab).crop((0, 0, shooting.WIDTH, shooting.HEIGHT))
    assert page.getpixel((1200, 700)) == (10, 125, 50), "the site's own style sheet was not used"


@needs_browser
def test_a_page_of_another_encoding_is_shown_as_it_was_read(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    text = (
        "<html><head><meta charset=utf-8><title>甲</title></head><body>" + "<p>会议对今冬明春水利工作进行了布署</p>" * 3 + "</body></html>"
    )
    lab.page("a.html", text.encode("gb18030"), kind="text/html")
    lab.finding("a.html", value="布署", snippet="水利工作进行了布署")
    lab.shoot()
    assert colours(picture(lab)) == {YELLOW, ORANGE}


@needs_browser
def test_the_manifest_numbers_hashes_and_explains_each_shot(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    taken = lab.page("a.html", html("<p>布署</p>"), rendered=True)
    lab.finding("a.html", value="布署", snippet="布署")
    lab.page("b.html", html("<p>布署</p>"))
    lab.finding("b.html", value="布署", snippet="布署")
    lab.shoot()
    said = json.loads((lab.shots / "manifest.json").read_text(encoding="utf-8"))
    assert said["run"] == lab.run_id and [s["number"] for s in said["shots"]] == [1, 2]
    first = said["shots"][0]
    assert first["sha256"] == hashlib.sha256((lab.shots / "0001.png").read_bytes()).hexdigest()
    assert (first["finding"], first["site"], first["url"]) == (lab.findings[0].id, SITE, HOME + "a.html")
    assert first["page"] == {"warc": taken.warc, "offset": taken.offset, "sha256": taken.sha256} and first["rendered"] is True
    assert first["taken_at"] == first["fetched_at"] == "2026-11-16T09:30:00+08:00" and first["as_of"] == "2026-11-16"
    image = picture(lab)
    assert image.size[0] == shooting.WIDTH and image.size[1] > shooting.HEIGHT + 100, "the caption strip is missing"


@needs_browser
def test_a_run_that_is_judged_again_finds_its_shots_and_new_ones_go_on_counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(tmp_path)
    lab.page("a.html", html("<p>布署 关健</p>"))
    lab.finding("a.html", value="布署", snippet="布署", rule="a")
    lab.shoot()
    bare = [f.with_(shot=None) for f in lab.findings]
    monkeypatch.setenv("GOVCRAWL_BROWSER", "")
    assert [f.shot for f in album.shown(tmp_path, bare)] == ["shots/0001.png"]
    assert [f.shot for f in album.shown(tmp_path, [f.with_(value="关健") for f in bare])] == [None], "other evidence, other picture"
    assert [f.shot for f in album.shown(tmp_path, [f.with_(as_of="2026-10-01") for f in bare])] == [None]
    assert [f.shot for f in album.shown(tmp_path, [f.with_(run="20261201-bbbbbb") for f in bare])] == ["shots/0001.png"], "a replay"
    monkeypatch.delenv("GOVCRAWL_BROWSER")
    lab.finding("a.html", value="关健", snippet="关健", rule="b")
    lab.shoot()
    assert [f.shot for f in lab.findings] == ["shots/0001.png", "shots/0002.png"]


def test_without_a_browser_there_is_no_shot_and_the_receipt_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVCRAWL_BROWSER", "")
    lab = Lab(tmp_path)
    lab.page("a.html", html("<p>布署</p>"))
    lab.finding("a.html")
    assert lab.shoot() == {"taken": 0, "left_out": 1, "note": "未截图：没有可用的浏览器"}
    assert lab.findings[0].shot is None
    assert lab.shoot(0) == {"taken": 0, "left_out": 1, "note": "按要求不截图"}


def test_what_is_no_page_or_was_not_read_has_no_shot(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.page("a.json", b"{}", kind="application/json")
    lab.finding("a.json")
    lab.finding("unknown.html")
    assert lab.shoot() == {"taken": 0, "left_out": 2, "note": "2 处没有可重现的网页"}


def _accused(ident: str, rule: str, severity: str, outcome: Outcome = Outcome.FAIL, indicator: str | None = "D1") -> Finding:
    return Finding(
        id=ident, rule=rule, outcome=outcome, site=SITE, object="page", url=HOME, message="", severity=severity, indicator=indicator
    )


def test_vetoes_come_first_then_the_severe_and_no_rule_fills_the_album() -> None:
    rows = [_accused(f"m{n}", "link-dead", "minor") for n in range(5)]
    rows += [_accused("veto", "column-stale", "minor"), _accused("severe", "privacy-phone", "severe"), _accused("typo", "typo", "minor")]
    rows += [_accused("review", "typo", "severe", Outcome.NEEDS_REVIEW), _accused("fact", "x", "severe", indicator=None)]
    rows += [_accused("unchecked", "typo", "severe", Outcome.NOT_CHECKED)]
    card = {"vetoes": [{"state": "candidate", "findings": ["veto"]}, {"state": "dismissed", "findings": ["m4"]}]}
    assert [f.id for f in chosen(rows, card, 5)] == ["veto", "severe", "review", "m0", "typo"]
    assert len(chosen(rows, card, None)) == 10 and chosen(rows, card, None)[-1].id == "fact"


@pytest.mark.parametrize(
    ("text", "private", "wanted"),
    [
        (f"身份证号：{IDENTITY}", False, "身份证号：1****************X"),
        (f"张三 手机 {MOBILE}", False, "张三 手机 139****5678"),
        ("发布于2026-11-05，值班电话0588-6660101", True, "发布于2026-11-05，值班电话0588-6660101"),
        ("0588-66601010", True, "0588-66601010"),
        ("订单 202611050001234567", True, "订单 2****************7"),
        ("订单 202611050001234567", False, "订单 202611050001234567"),
        (MOBILE, True, "139****5678"),
        ("１３９１２３４５６７８", True, "１３９****５６７８"),
        ("139 1234 5678", True, "139 **** 5678"),
        ("139****5678", True, "139****5678"),
    ],
)
def test_what_is_covered(text: str, private: bool, wanted: str) -> None:
    assert blurring.covered(text, private=private) == wanted
    assert blurring.covered(wanted, private=private) == wanted, "covering twice changes nothing"


def test_a_number_that_runs_over_several_nodes_is_covered_in_each() -> None:
    pieces = [("手机 139", True), ("1234", False), ("5678", False), ("139", True), ("1234", True)]
    assert blurring.pieces_covered(pieces, private=True) == ["手机 139", "****", "5678", "139", "1234"]


def test_what_a_finding_about_a_link_looks_for() -> None:
    finding = _accused("a", "link-dead", "minor").with_(locator="(//a)[3]/@href", value=HOME + "x", snippet="附件")
    places = places_of(finding)
    assert (places.xpath, places.text, places.target, places.quotes) == ("(//a)[3]", "附件", HOME + "x", [])


def test_style_sheets_are_asked_for_only_where_shots_are_wanted() -> None:
    from types import SimpleNamespace

    from govcrawl.spiders.site import SiteSpider

    body = (
        b"<head><link rel=stylesheet href=/a.css><LINK href='b.css?v=1&amp;x=2' type=text/css rel='stylesheet'><link rel=icon href=/i.ico>"
    )
    body += b"<link rel=stylesheet href=http://cdn.cn/c.css></head>"
    row: Any = SimpleNamespace(url=HOME + "x/i.html", context=Context(depth=1))
    for dress, wanted in ((True, [HOME + "a.css", HOME + "x/b.css?v=1&x=2"]), (False, [])):
        job = SimpleNamespace(plan=SimpleNamespace(dress=dress), own=lambda url: url.startswith(HOME))
        found = SiteSpider._styles(SimpleNamespace(job=job), row, body)  # type: ignore[arg-type]
        assert [url for url, _ in found] == wanted and {c.role for _, c in found} <= {"style"}


@pytest.mark.parametrize(
    ("said", "limit"), [("all", None), ("none", 0), ("0", 0), ("12", 12), ("-1", "bad"), ("viele", "bad"), ("", "bad")]
)
def test_the_number_of_shots_is_a_number_all_or_none(said: str, limit: object) -> None:
    options = pinning.Options(shots=said)
    if limit == "bad":
        with pytest.raises(UsageError, match="--shots"):
            pinning.refuse_nonsense(options)
    else:
        pinning.refuse_nonsense(options)
        assert shooting.parsed_limit(said) == limit
