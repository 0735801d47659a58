"""`page save` and `page explain`: the crawler's own fetch, the reading's own reasons, and an odd site mended by a file."""

from __future__ import annotations

import io
import json
import random
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from crawl_lab import Net, Reply, serving
from evidence_lab import HOME as LAB_HOME
from evidence_lab import Lab
from main_job import QUICK, govcrawl
from typer.testing import CliRunner

from evals import corpora
from govcrawl import explaining, keeping, reading, rulebook
from govcrawl.cli import app
from govcrawl.errors import FetchError, OutputError, RulebookError, UsageError
from govcrawl.explaining import Explained, terms
from govcrawl.extract.documents.sniff import FAMILIES
from govcrawl.model.facts import DATA, Context
from govcrawl.model.items import RECORDS
from govcrawl.rulebook import reader
from govcrawl.rulebook.models import SiteSpec
from govcrawl.settings import USER_AGENT

HOME = "http://www.guai.gov.cn/"
HTML = {"content-type": "text/html; charset=utf-8"}
SCOPE = reading.Scope(home=HOME, hosts=frozenset({"www.guai.gov.cn"}), family=frozenset(), today="2026-11-16")
ODD = """<html><head><title>怪山县人民政府</title></head><body><table>
<tr><td><div class="bt">关于停水的通知</div></td></tr><tr><td class="rq">2026-11-05</td></tr>
<tr><td><div class="zw">因管道检修，十一月六日全天停水，请提前储水。</div></td></tr>
<tr><td><ul><li><a href="/wj/9.jsp">怪山县关于修路的通知</a></li><li><a href="/wj/8.jsp">怪山县关于绿化的通知</a></li>
<li><a href="/wj/7.jsp">怪山县关于防汛的通知</a></li></ul></td></tr></table></body></html>"""
POLICY = """<html><head><title>通知_怪山县人民政府</title><meta name="ColumnName" content="政策文件"><meta name="PubDate" content="2026-11-04"></head><body>
<div class="header"><a href="/"><img src="/l.png" alt="怪山县人民政府"></a><a href="/tzgg/">通知公告</a></div>
<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/zc/">政策文件</a></div>
<table><tr><td>索引号：</td><td>014/2026-001</td><td>发文机关：</td><td>怪山县人民政府</td></tr>
<tr><td>发文字号：</td><td>怪政发〔2026〕3号</td><td>成文日期：</td><td>2026年11月1日</td></tr><tr><td>发布日期：</td><td>2026-11-03</td></tr></table>
<h1>怪山县人民政府关于修路的通知</h1><div class="TRS_Editor"><p>各乡镇人民政府：</p><p>现就全县修路工作通知如下，请认真组织落实。</p></div>
</body></html>"""


def explained(html: str, path: str = "wj/12.jsp", **context: Any) -> Explained:
    return explaining.explain(reading.Exchange(HOME + path, 200, HTML, html.encode()), Context(**context), SCOPE)


def fact(out: Explained, name: str) -> Any:
    return next(f for f in out.facts if f.field == name)


# -- explain -----------------------------------------------------------------------------


def test_a_policy_page_is_accounted_for_field_by_field() -> None:
    out = explained(POLICY, "zc/1.html")
    assert (out.kind, out.decided_by) == ("policy", "labels")
    assert {"index_number", "doc_number", "issuer", "issued_on"} <= set(out.labels["policy"])
    assert out.column == {"name": "政策文件", "source": "meta", "type": "政策文件", "type_by": "name", "tag": None}
    assert (fact(out, "title").source, fact(out, "title").locator) == ("heading", "/html/body/h1")
    number = fact(out, "doc_number")
    assert (number.value, number.source, number.raw, number.locator) == (
        "怪政发〔2026〕3号", "label", "发文字号：", "/html/body/table/tr[2]/td[2]",
    )  # fmt: skip
    assert [(f.value, f.source) for f in out.facts if f.field == "published_on"] == [("2026-11-03", "visible"), ("2026-11-04", "meta")]
    assert (out.body["how"], out.body["element"]) == ("container", "div.TRS_Editor")
    assert out.breadcrumb == ["首页", "政策文件"] and out.site_file == {
        "path": "rules/sites/www.guai.gov.cn.yml",
        "exists": False,
        "applied": [],
    }


@pytest.mark.parametrize(
    ("html", "context", "kind", "by"),
    [
        (POLICY, {"home": True}, "home", "home"),
        ("<frameset><frame src=a.htm></frameset>", {}, "frame", "frame"),
        ("<html><body><h1>404</h1><p>抱歉，您访问的页面不存在</p></body></html>", {}, "error", "error"),
        (ODD, {}, "list", "list"),
        (
            "<html><body><h1>关于放假的通知</h1><div id=zoom><p>元旦放假一天，请各单位安排好值班。</p></div></body></html>",
            {},
            "content",
            "text",
        ),
    ],
)
def test_the_step_that_decided_is_named(html: str, context: dict[str, Any], kind: str, by: str) -> None:
    out = explained(html, "" if context else "a/1.html", **context)
    assert (out.kind, out.decided_by) == (kind, by)
    assert "\n".join(explaining.lines(out)).count("依据：") == 1


def test_the_account_is_that_of_the_reading_itself() -> None:
    """Kind, title, dates and lists are those that a crawl stores, on every page of a whole simulated site."""
    site = next(origin for origin in corpora.portal() if origin.host == "www.anhe.gov.cn")
    scope = reading.Scope(home=site.home, hosts=frozenset({site.host}), family=frozenset(), today=site.as_of)
    assert len(site.answers) > 60
    for answer in site.answers:
        exchange = corpora.exchange_of(answer)
        facts, out = reading.read(exchange, answer.context, scope).facts, explaining.explain(exchange, answer.context, scope)
        assert (out.kind, len(out.lists), out.pager["pages"]) == (facts.kind, len(facts.lists), facts.pager)
        assert [f.value for f in out.facts if f.field == "title"] == ([facts.title] if facts.title and out.body else [])
        assert [f.value for f in out.facts if f.field == "published_on"] == [d.value for d in facts.dates]


def test_an_answer_of_an_endpoint_is_explained_too() -> None:
    body = '{"total": 2, "rows": [{"title": "怪山县关于修路的通知", "url": "/zc/1.html", "pubDate": "2026-11-03"}, {"title": "怪山县关于停水的通知", "url": "/zc/2.html", "pubDate": "2026-11-02"}]}'
    exchange = reading.Exchange(HOME + "api/list", 200, {"content-type": "application/json"}, body.encode())
    out = explaining.explain(exchange, Context(role=DATA, parent=HOME + "zc/"), SCOPE)
    assert (out.kind, out.lists[0]["rows"], out.pager["total"]) == ("data", 2, 2)
    assert any("2 行" in line for line in explaining.lines(out))


NUMBERED = """<html><head><title>办件_怪山县</title></head><body><div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/bs/">办事服务</a></div>
<h1>残疾人证办理</h1><table><tr><td>事项名称</td><td>残疾人证办理</td></tr><tr><td>设定依据</td><td>《残疾人保障法》第二条</td></tr>
<tr><td>申请条件</td><td>本县户籍</td></tr><tr><td>办理材料</td><td>身份证</td></tr><tr><td>办理地点</td><td>县政务中心</td></tr>
<tr><td>收费标准</td><td>不收费</td></tr><tr><td>联系电话</td><td>0000-1234567</td></tr><tr><td>办理流程</td><td>申请、受理、办结</td></tr></table></body></html>"""


@pytest.mark.parametrize(("html", "path"), [(POLICY, "zc/1.html"), (ODD, "wj/12.jsp"), (NUMBERED, "bs/1.html"), (ODD, "")])
def test_what_people_read_has_chinese_names_and_json_has_ours(html: str, path: str) -> None:
    out = explained(html, path, home=not path)
    shown = list(explaining.lines(out))
    told = "\n".join(line for line in shown if not line.startswith(("http", "meta", "特例文件", "　kinds", "　columns", "　body")))
    for name in re.findall(r"(?<![\w./@'<-])[a-z]+_[a-z_]+(?![\w./])", told):
        raise AssertionError(name)
    assert not re.search(r"^　[A-Za-z]+ = ", told, re.M) and "None" not in told and "{" not in told and "True" not in told
    assert ("　标题 = " in told) and not any(line.startswith("　title") for line in shown)
    assert {"kind", "decided_by", "facts", "file", "body"} <= set(json.loads("".join(keeping.told(out, as_json=True))))


def test_a_policy_page_in_words() -> None:
    told = list(explaining.lines(explained(POLICY, "zc/1.html")))
    assert "　发文字号 = 怪政发〔2026〕3号　[标签“发文字号：”]　/html/body/table/tr[2]/td[2]" in told
    assert (
        "标签（政策文件）：索引号，发文机关，发文字号，成文日期，发布日期" in told
        and "记录：政策文件　怪山县人民政府关于修路的通知" in told
    )


def test_every_name_that_may_be_shown_is_known() -> None:
    names = [key for keys in terms.label_keys().values() for key in keys]
    silent = {"site", "key", "published_source", "fetched_at", "snapshot", "rev"}
    shown = ("article", "policy_document", "interpretation", "message", "service_guide", "consultation", "leader")
    names += [spec.name for kind in shown for spec in fields(RECORDS[kind]) if spec.name not in silent]
    assert [name for name in names if not re.search(r"[\u4e00-\u9fff]", terms.field(name))] == []
    assert [kind for kind in RECORDS if not re.search(r"[\u4e00-\u9fff]", terms.record(kind))] == []
    assert set(FAMILIES) == set(terms.FORMATS)


# -- no page -----------------------------------------------------------------------------


def _zip(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


NO_PAGES = [
    (random.Random(7).randbytes(5000), "不是网页：无法识别的文件格式（5000 字节）", None),
    (b"", "不是网页：文件为空（0 字节）", None),
    (b"\x89PNG\r\n\x1a\n" + bytes(40), "不是网页：图片（48 字节）", "picture"),
    (b"%PDF-1.4\n<html>%%EOF", "不是网页：PDF 文件（20 字节）", "pdf"),
    (b"MZ" + bytes(100), "不是网页：可执行程序（102 字节）", None),
    ("关于停水的通知，十一月六日全天停水。".encode(), "不是网页：纯文本（54 字节）", "txt"),
    (_zip(a=b"x", b=b"y"), "不是网页：zip 压缩包", "zip"),
]


@pytest.mark.parametrize(("body", "said", "form"), NO_PAGES, ids=[said for _, said, _ in NO_PAGES])
def test_what_is_no_page_is_called_what_it_is(body: bytes, said: str, form: str | None, tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_bytes(body)
    done = CliRunner().invoke(app, ["page", "explain", str(file)])
    assert done.exit_code == 0 and done.stdout.splitlines()[1].startswith(said) and "页面类别" not in done.stdout, done.output
    out = json.loads(CliRunner().invoke(app, ["page", "explain", str(file), "--json"]).stdout)
    assert (out["kind"], out["decided_by"], out["file"]["format"], out["facts"]) == ("other", "bytes", form, [])


@pytest.mark.parametrize(
    ("html", "status", "kind"),
    [
        ("<p>停水", 200, "list"),
        ("通知：<br>十一月六日全天停水", 200, "list"),
        ("", 404, "error"),
        ("Not Found", 404, "error"),
        ('<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html><body><p>停水</p></body></html>', 200, "list"),
    ],
)
def test_a_poor_page_and_an_error_are_what_the_reading_says(html: str, status: int, kind: str) -> None:
    exchange = reading.Exchange(HOME + "a/1.html", status, HTML, html.encode())
    out = explaining.explain(exchange, Context(), SCOPE)
    assert out.file == {} and out.kind == reading.read(exchange, Context(), SCOPE).facts.kind == kind


def test_a_sealed_page_names_the_command_that_opens_it(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.page("a.html", POLICY.encode())
    lab.page("secret.html", POLICY.encode(), private=True)
    lab.writer.close()
    lab.seal()
    lab.end()
    store = ["--store", f"sqlite:///{tmp_path}/govcrawl.db"]
    (tmp_path / "evidence.yml").write_text("sealed: {readers: {检查组长: [王明]}}\n", encoding="utf-8")
    fine = CliRunner().invoke(app, ["page", "explain", LAB_HOME + "a.html", "--run", lab.run_id, *store])
    assert fine.exit_code == 0 and "政策文件页" in fine.stdout
    for command in ("explain", "save"):
        error = CliRunner().invoke(app, ["page", command, LAB_HOME + "secret.html", "--run", lab.run_id, *store]).exception
        assert isinstance(error, FetchError) and error.exit_code == 4 and "已封存" in str(error)
        words = re.search(r"govcrawl (evidence sealed \S+ --run \S+ --as) 查看人 --reason 事由", str(error))
        assert words is not None
        shown = CliRunner().invoke(app, [*words[1].split(), "王明", "--reason", "复核", *store])
        assert shown.exit_code == 0 and "secret.html" in shown.stdout, "the command that is named does open it"


def test_a_run_of_a_store_that_is_not_there_makes_none(tmp_path: Path) -> None:
    for command in ("explain", "save"):
        done = CliRunner().invoke(app, ["page", command, HOME, "--run", "20260101-000000", "--store", f"sqlite:///{tmp_path}/typo.db"])
        assert isinstance(done.exception, UsageError) and "没有存储" in str(done.exception) and not list(tmp_path.iterdir())


def test_personal_numbers_are_masked_in_what_is_shown() -> None:
    number = "330102199003070019"[:17]
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    number += "10X98765432"[sum(int(c) * w for c, w in zip(number, weights, strict=True)) % 11]
    html = f"<html><body><h1>关于{number}的公示</h1><div id=zoom><p>{number}</p><p>现予公示，如有异议请来电反映。</p></div></body></html>"
    for as_json in (True, False):
        shown = "\n".join(keeping.told(explained(html), as_json=as_json))
        assert number not in shown and number[:1] + "*" * 16 + number[-1] in shown


# -- an odd site mended by a file --------------------------------------------------------


@pytest.fixture
def mended(tmp_path: Path) -> Iterator[Path]:
    """The rules of the project in a folder of their own, to which a test may add a site's file."""
    rules = tmp_path / "rules"
    shutil.copytree(rulebook.root(), rules)
    patch = pytest.MonkeyPatch()
    rulebook.reload()
    patch.setattr(rulebook, "root", lambda: rules)
    yield rules
    patch.undo()
    rulebook.reload()


def test_an_odd_page_is_mended_in_a_file_of_seven_lines(mended: Path) -> None:
    """The worked example of rules/sites/README.md, told of another host: explain, write the file, explain again."""
    before = explained(ODD)
    assert (before.kind, before.body["element"], fact(before, "title").value) == ("list", "td", "怪山县人民政府")
    example = (rulebook.root() / "sites" / "README.md").read_text(encoding="utf-8").split("```yaml\n")[2].split("```")[0]
    file = mended / "sites" / "www.guai.gov.cn.yml"
    file.write_text(example.replace("www.example.gov.cn", "www.guai.gov.cn"), encoding="utf-8")
    rulebook.site_spec.cache_clear()
    assert rulebook.check(thorough=False) == []
    after = explained(ODD)
    assert (after.kind, after.decided_by) == ("content", "site")
    assert (fact(after, "title").value, fact(after, "title").source) == ("关于停水的通知", "site")
    day = fact(after, "published_on")
    assert (day.value, day.source, day.locator) == ("2026-11-05", "visible", "/html/body/table/tr[2]/td")
    assert after.body["element"] == "div.zw" and after.site_file["applied"] == ["kinds", "body", "titles", "dates"]
    record = reading.read(reading.Exchange(HOME + "wj/12.jsp", 200, HTML, ODD.encode()), Context(), SCOPE).facts.items[0]
    assert (record["kind"], record["title"], record["text"]) == (
        "article",
        "关于停水的通知",
        "因管道检修，十一月六日全天停水，请提前储水。",
    )
    assert explained(ODD, "xw/12.jsp").decided_by == "text", "the file speaks of /wj/ only"


HEAD: dict[str, Any] = {"host": "www.guai.gov.cn", "title": "怪山县", "source": "测试"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"kinds": {"/wj/(": "content"}}, "正则表达式"),
        ({"kinds": {"/wj/": "error"}}, "kinds"),
        ({"kinds": {"/wj/": "文章"}}, "kinds"),
        ({"body": ["div..zw"]}, "CSS 选择器"),
        ({"titles": ["div["]}, "CSS 选择器"),
        ({"dates": [5]}, "应为文本"),
        ({"skip": ["*"]}, "正则表达式"),
        ({"excuse": ["column-stale"]}, "excuse"),
    ],
)
def test_a_site_file_is_read_strictly(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(RulebookError, match=said):
        reader.build(HEAD | entry, SiteSpec, "rules/sites/www.guai.gov.cn.yml")


@pytest.mark.parametrize(("path", "kind"), [("/wj/12.jsp", "content"), ("/wj/", "list"), ("/xx/wj/12.jsp", None), ("/", None)])
def test_the_first_pattern_that_an_address_begins_with_names_its_kind(path: str, kind: str | None) -> None:
    spec = reader.build(HEAD | {"kinds": {r"/wj/\d+": "content", "/wj/": "list"}}, SiteSpec, "x")
    assert spec.kind_of(path) == kind


# -- save --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def net() -> Iterator[tuple[Net, str]]:
    gbk = POLICY.replace("<head>", '<head><meta charset="gb2312">').encode("gbk")
    found = Net({
        HOME + "zc/1.html": Reply(gbk, headers={"Content-Type": "text/html", "Last-Modified": "Tue, 03 Nov 2026 08:00:00 GMT"}),
        HOME + "old.html": Reply(status=302, headers={"Location": "/zc/1.html"}),
        HOME + "closed/1.html": Reply(b"<html>secret</html>", headers={"Content-Type": "text/html"}),
        HOME + "robots.txt": Reply(b"User-agent: *\nDisallow: /closed/\n", headers={"Content-Type": "text/plain"}),
        HOME + "waf.html": Reply("<html><title>安全验证</title><body>您的请求已被拦截</body></html>".encode(), 403, {"Content-Type": "text/html"}),
    })  # fmt: skip
    with serving(found) as proxy:
        yield found, proxy


@pytest.fixture
def through(net: tuple[Net, str], monkeypatch: pytest.MonkeyPatch) -> Net:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, net[1])
    monkeypatch.setenv("no_proxy", "")
    return net[0]


def test_a_page_is_saved_as_the_bytes_that_came_with_a_row_to_be_checked(net: tuple[Net, str], tmp_path: Path) -> None:
    """As a user does it, in processes of their own: one page and its robots.txt are asked for, nothing that the page links to."""
    found, proxy = net
    found.asked.clear()
    done = govcrawl("page", "save", HOME + "old.html", "--out", "kept", cwd=tmp_path, proxy=proxy)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "kept/pages/1.html" and "核对" in done.stderr
    assert (tmp_path / "kept/pages/1.html").read_bytes() == found.answers[HOME + "zc/1.html"].body  # type: ignore[union-attr]
    assert set(found.asked) == {HOME + "robots.txt", HOME + "old.html", HOME + "zc/1.html"} and found.agents == {USER_AGENT}
    said = json.loads((tmp_path / "kept/expected.json").read_text(encoding="utf-8"))
    [row] = said["pages"]
    assert (row["url"], row["status"], row["kind"], row["checked"]) == (HOME + "zc/1.html", 200, "policy", False)
    assert row["headers"]["content-type"] == "text/html" and row["facts"]["doc_number"] == "怪政发〔2026〕3号"
    shown = govcrawl("page", "explain", "kept/pages/1.html", cwd=tmp_path)
    assert shown.returncode == 0 and "政策文件页（policy）" in shown.stdout and "编码 gb" in shown.stdout
    assert shown.stdout.startswith(HOME + "zc/1.html"), "address and headers come from expected.json beside the file"


def test_a_proposal_counts_for_nothing_until_a_person_has_checked_it(through: Net, tmp_path: Path) -> None:
    file = keeping.save(keeping.fetched(HOME + "zc/1.html"), tmp_path / "www.guai.gov.cn")
    assert corpora.load(file.parent.parent).expected == []
    beside = file.parent.parent / "expected.json"
    said = json.loads(beside.read_text(encoding="utf-8"))
    del said["pages"][0]["checked"]
    beside.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    [truth] = corpora.load(file.parent.parent).expected
    assert (truth.kind, truth.facts["issuer"]) == ("policy", "怪山县人民政府")


def test_the_same_page_saved_again_replaces_its_row_and_another_page_stands_beside(through: Net, tmp_path: Path) -> None:
    kept = keeping.fetched(HOME + "zc/1.html")
    other = keeping.Kept(reading.Exchange(HOME + "xw/1.html", 200, HTML, ODD.encode()), Context(), SCOPE, HOME + "xw/1.html")
    names = [keeping.save(one, tmp_path / "k").name for one in (kept, other, kept)]
    assert names == ["1.html", "1-2.html", "1.html"]
    assert sorted(row["file"] for row in json.loads((tmp_path / "k/expected.json").read_text())["pages"]) == ["1-2.html", "1.html"]


@pytest.mark.parametrize("text", ["[]", "{", '{"pages": [{}]}'])
def test_a_foreign_expected_json_is_not_overwritten(tmp_path: Path, text: str) -> None:
    (tmp_path / "expected.json").write_text(text)
    with pytest.raises(OutputError, match="不是这里的格式"):
        keeping.save(keeping.Kept(reading.Exchange(HOME, 200, HTML, ODD.encode()), Context(), SCOPE, HOME), tmp_path)
    assert (tmp_path / "expected.json").read_text() == text


@pytest.mark.parametrize(("url", "said"), [(HOME + "closed/1.html", "robots.txt 不允许")])
def test_what_cannot_be_had_is_said_in_words(through: Net, url: str, said: str) -> None:
    with pytest.raises(FetchError, match=said):
        keeping.fetched(url)


def test_a_shield_is_an_answer_and_is_explained_as_one(through: Net) -> None:
    out = keeping.account(keeping.fetched(HOME + "waf.html"))
    assert (out.kind, out.status) == ("shield", 403)


@pytest.mark.parametrize("url", ["mailto:a@b.cn", "http://", "javascript:void(0)"])
def test_no_address_no_fetch(url: str) -> None:
    with pytest.raises(UsageError, match="不是可以抓取的网址"):
        keeping.fetched(url)


# -- a stored run ------------------------------------------------------------------------


def test_a_page_of_a_run_is_explained_from_its_snapshot_with_what_the_site_adds(tmp_path: Path) -> None:
    """Without network: the bytes come from the WARC, the column from all pages of the run."""
    from govcrawl import demonstration

    with demonstration.portal().Portal() as portal:
        done = govcrawl(
            "inspect", "http://www.anhe.gov.cn/", "--as-of", "2026-11-16", "--out", "out", "--render", "never", *QUICK, cwd=tmp_path, proxy=portal.proxy_url
        )  # fmt: skip
    assert done.returncode in (0, 3, 4), done.stderr
    run = json.loads((tmp_path / "out/receipt.json").read_text())["run"]
    records = [json.loads(line) for line in (tmp_path / "out/records.jsonl").read_text().splitlines()]
    document = next(r for r in records if r["kind"] == "policy_document")
    store = ["--store", f"sqlite:///{tmp_path}/govcrawl.db"]
    shown = CliRunner().invoke(app, ["page", "explain", document["url"], "--run", run, "--json", *store])
    assert shown.exit_code == 0, shown.output
    out = json.loads(shown.stdout)
    assert out["place"]["column"] == document["column"] and out["place"]["column_type"] == "政策文件"
    assert out["place"]["records"][0]["published_on"] == document["published_on"]
    column = CliRunner().invoke(app, ["page", "explain", document["column"], "--run", run, *store]).stdout
    assert "本页是栏目“政策文件”" in column and "状态 正常" in column
    saved = CliRunner().invoke(app, ["page", "save", document["url"], "--run", run, "--out", str(tmp_path / "kept"), *store])
    assert saved.exit_code == 0 and corpora.load(tmp_path / "kept").host == "www.anhe.gov.cn"
    unknown = CliRunner().invoke(app, ["page", "explain", "http://www.anhe.gov.cn/nowhere", "--run", run, *store])
    assert isinstance(unknown.exception, UsageError) and "里没有" in str(unknown.exception)
    assert isinstance(CliRunner().invoke(app, ["page", "explain", HOME, "--run", "20260101-000000", *store]).exception, UsageError)
