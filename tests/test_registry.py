"""Targets from addresses and registry files: good rows are read, bad rows are named, broken files are refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from govcrawl.errors import RegistryError, UsageError
from govcrawl.model.targets import Target
from govcrawl.registry import BadRow, is_skipped, lint, read_targets, supplement


@pytest.mark.parametrize(
    ("argument", "url", "site", "start"),
    [
        ("www.qinghe.gov.cn", "http://www.qinghe.gov.cn/", "www.qinghe.gov.cn", None),
        ("HTTPS://WWW.Qinghe.GOV.cn", "https://www.qinghe.gov.cn/", "www.qinghe.gov.cn", None),
        ("http://www.qinghe.gov.cn:80/", "http://www.qinghe.gov.cn/", "www.qinghe.gov.cn", None),
        ("http://127.0.0.1:8043", "http://127.0.0.1:8043/", "127.0.0.1:8043", None),
        ("www.qinghe.gov.cn/zwgk/zcwj/", "http://www.qinghe.gov.cn/", "www.qinghe.gov.cn", "http://www.qinghe.gov.cn/zwgk/zcwj/"),
        ("http://www.qinghe.gov.cn/index.html#top", "http://www.qinghe.gov.cn/", "www.qinghe.gov.cn", None),
        ("http://www.qinghe.gov.cn/index.jsp?id=3", "http://www.qinghe.gov.cn/", "www.qinghe.gov.cn", "http://www.qinghe.gov.cn/index.jsp?id=3"),
        ("www.qinghe.gov.cn/公开/a b.html".replace(" ", "%20"), "http://www.qinghe.gov.cn/", "www.qinghe.gov.cn",
         "http://www.qinghe.gov.cn/%E5%85%AC%E5%BC%80/a%20b.html"),
        ("清河.政务", "http://xn--4kqr16l.xn--zfr164b/", "xn--4kqr16l.xn--zfr164b", None),
    ],
)  # fmt: skip
def test_an_address_is_a_target(argument: str, url: str, site: str, start: str | None) -> None:
    targets, bad = read_targets(argument)
    assert bad == []
    if argument == "清河.政务":
        assert targets[0].url.startswith("http://xn--") and targets[0].url.endswith(".xn--zfr164b/")
        return
    assert targets == [Target(url=url, site=site, start=start)]


@pytest.mark.parametrize(
    "argument", ["", "ftp://www.qinghe.gov.cn/", "清河县", "http://", "www..gov.cn", "a b.gov.cn", "http://www.qinghe.gov.cn:port/"]
)
def test_what_is_no_address_is_refused(argument: str) -> None:
    with pytest.raises(UsageError, match="既不是网址也不是名录文件"):
        read_targets(argument)


# ---------------------------------------------------------------- files

FULL = {
    "网站标识码": "3212830001", "网站名称": "清河县人民政府", "首页网址": "http://www.qinghe.gov.cn/", "主办单位": "清河县人民政府办公室",
    "主管单位": "江东市人民政府办公室", "网站类型": "政府门户", "级别": "县级", "类别": "A类", "行政序列": "3", "对外服务职能": "是",
    "ICP备案号": "苏ICP备12345678号", "公安备案号": "苏公网安备32128302000001号", "状态": "临时下线", "起止": "2026年11月1日至2026年12月1日",
    "批准文号": "清政办函〔2026〕8号", "其他域名": "qinghe.gov.cn、http://old.qinghe.gov.cn/", "办事平台域名": "zwfw.jiangdong.gov.cn",
    "互动平台域名": "hd.jiangdong.gov.cn", "检查依据": "江政办发〔2026〕1号 江东市人民政府办公室", "允许时段": "22点至次日6点",
}  # fmt: skip
AS_TARGET = Target(
    url="http://www.qinghe.gov.cn/", site="3212830001", site_code="3212830001", name="清河县人民政府", organizer="清河县人民政府办公室",
    supervisor="江东市人民政府办公室", type="政府门户", level="县级", class_="A类", admin_order=3, public_services=True, icp_number="苏ICP备12345678号",
    police_number="苏公网安备32128302000001号", state="临时下线", state_from="2026-11-01", state_to="2026-12-01", state_ground="清政办函〔2026〕8号",
    hosts=("qinghe.gov.cn", "old.qinghe.gov.cn"), service_hosts=("zwfw.jiangdong.gov.cn",), message_hosts=("hd.jiangdong.gov.cn",),
    basis="江政办发〔2026〕1号 江东市人民政府办公室", hours="22-6",
)  # fmt: skip
ENGLISH = {
    "网站标识码": "site_code", "网站名称": "name", "首页网址": "url", "主办单位": "organizer", "主管单位": "supervisor", "网站类型": "type", "级别": "level",
    "类别": "class", "行政序列": "admin_order", "对外服务职能": "public_services", "ICP备案号": "icp_number", "公安备案号": "police_number",
    "状态": "state", "起止": "state_period", "批准文号": "state_ground", "其他域名": "hosts", "办事平台域名": "service_hosts",
    "互动平台域名": "message_hosts", "检查依据": "basis", "允许时段": "hours",
}  # fmt: skip


def csv_file(path: Path, rows: list[dict[str, str]], encoding: str = "utf-8-sig", delimiter: str = ",") -> Path:
    head = list(rows[0])
    lines = [delimiter.join(head), *(delimiter.join(row.get(h, "") for h in head) for row in rows)]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def sheet(path: Path, table: list[list[Any]], name: str = "名录", before: bool = False) -> Path:
    book = xlsxwriter.Workbook(str(path))
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    if before:
        book.add_worksheet("填报说明").write(0, 0, "请逐行填写")
    page = book.add_worksheet(name)
    for r, row in enumerate(table):
        for c, value in enumerate(row):
            if isinstance(value, date):
                page.write_datetime(r, c, value, day)  # type: ignore[arg-type]
            elif value is not None:
                page.write(r, c, value)
    book.close()
    return path


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8-sig", ","), ("utf-8", ","), ("gb18030", ","), ("utf-16", "\t"), ("gb18030", ";")]
)
@pytest.mark.parametrize("english", [False, True])
def test_csv_in_every_encoding_and_language(tmp_path: Path, encoding: str, delimiter: str, english: bool) -> None:
    row = {ENGLISH[k]: v for k, v in FULL.items()} if english else FULL
    targets, bad = read_targets(str(csv_file(tmp_path / "名录.csv", [row], encoding, delimiter)))
    assert bad == []
    assert targets == [AS_TARGET]


def test_xlsx_with_title_numbers_and_dates(tmp_path: Path) -> None:
    head = ["序号", "网站标识码（10位）", "* 首页网址", "网站名称", "对外服务职能（是/否）", "行政序列", "状态", "开始日期", "截止日期"]
    table: list[list[Any]] = [
        ["清河县政府网站名录"],
        head,
        [1, 3212830001, "www.qinghe.gov.cn", "清河县人民政府", "有", 1, "正常", None, None],
        [],
        [2, "bm14000002", "fgj.qinghe.gov.cn/jsp/", "清河县发展和改革局", "否", 2.0, "关停", date(2026, 9, 1), None],
    ]
    targets, bad = read_targets(str(sheet(tmp_path / "名录.xlsx", table, before=True)))
    assert bad == []
    assert targets[0] == Target(
        url="http://www.qinghe.gov.cn/", site="3212830001", site_code="3212830001", name="清河县人民政府", admin_order=1
    )
    assert targets[1] == Target(
        url="http://fgj.qinghe.gov.cn/jsp/", site="bm14000002", site_code="bm14000002", name="清河县发展和改革局", admin_order=2, public_services=False,
        state="关停", state_from="2026-09-01",
    )  # fmt: skip


def test_of_several_fitting_columns_the_plainest_is_read(tmp_path: Path) -> None:
    row = {"域名": "qinghe.gov.cn", "首页网址": "www.qinghe.gov.cn/portal/", "网址": "x.gov.cn"}
    targets, bad = read_targets(str(csv_file(tmp_path / "a.csv", [row])))
    assert (bad, [t.url for t in targets]) == ([], ["http://www.qinghe.gov.cn/portal/"])


@pytest.mark.parametrize("top", ["sites:\n", ""])
def test_yml(tmp_path: Path, top: str) -> None:
    path = tmp_path / "sites.yml"
    path.write_text(
        f"{top}- url: www.qinghe.gov.cn\n  site_code: 3212830001\n  public_services: false\n  hosts: [qinghe.gov.cn]\n"
        "- https://fgj.qinghe.gov.cn\n- 首页网址: edu.qinghe.gov.cn\n  主办单位: 清河县教育局\n",
        encoding="utf-8",
    )
    targets, bad = read_targets(str(path))
    assert bad == []
    assert targets == [
        Target(url="http://www.qinghe.gov.cn/", site="3212830001", site_code="3212830001", public_services=False, hosts=("qinghe.gov.cn",)),
        Target(url="https://fgj.qinghe.gov.cn/", site="fgj.qinghe.gov.cn"),
        Target(url="http://edu.qinghe.gov.cn/", site="edu.qinghe.gov.cn", organizer="清河县教育局"),
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"首页网址": ""}, "没有首页网址"),
        ({"首页网址": "待定"}, "不是域名"),
        ({"首页网址": "ftp://a.gov.cn"}, "不支持的协议 ftp"),
        ({"网站标识码": "321283001"}, "应为10位数字，或 bm 加8位数字"),
        ({"网站标识码": "N000000672"}, "应为10位数字"),
        ({"对外服务职能": "不详"}, "应为 是/否 或 有/无"),
        ({"行政序列": "三"}, "应为整数"),
        ({"状态": "良好"}, "状态“良好”不认识"),
        ({"起止": "另行通知"}, "应为两个日期"),
        ({"起止": "2026-12-01至2026-11-01"}, "起止日期颠倒"),
        ({"其他域名": "qinghe.gov.cn、本县"}, "其他域名：“本县”不是域名"),
        ({"允许时段": "夜间"}, "应为整点，如 22-6"),
        ({"允许时段": "25-6"}, "应为整点"),
        ({"网站标识码": "3212839999"}, "首页网址 www.ok.gov.cn 与第 2 行重复"),
        ({"首页网址": "https://www.ok.gov.cn"}, "首页网址 www.ok.gov.cn 与第 2 行重复"),
        ({"首页网址": "www.other.gov.cn"}, "网站标识码 3212830009 与第 2 行重复"),
    ],
)
def test_a_bad_row_is_named_and_stops_nobody(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    good = dict.fromkeys(FULL, "") | {"首页网址": "www.ok.gov.cn", "网站标识码": "3212830009"}
    bad_row = good | {"网站名称": "坏行"} | change
    last = dict.fromkeys(FULL, "") | {"首页网址": "www.last.gov.cn"}
    targets, bad = read_targets(str(csv_file(tmp_path / "a.csv", [good, bad_row, last])))
    assert [t.url for t in targets] == ["http://www.ok.gov.cn/", "http://www.last.gov.cn/"]
    assert [(b.file, b.place, b.text) for b in bad] == [("a.csv", "第 3 行", "坏行")]
    assert reason in bad[0].reason
    assert str(bad[0]) == f"a.csv 第 3 行（坏行）：{bad[0].reason}"


def test_near_misses_are_no_duplicates(tmp_path: Path) -> None:
    urls = [("a.gov.cn", ""), ("www.a.gov.cn", ""), ("a.gov.cn/b/", "3212830001"), ("a.gov.cn:8080", "")]
    targets, bad = read_targets(str(csv_file(tmp_path / "a.csv", [{"首页网址": u, "网站标识码": c} for u, c in urls])))
    assert bad == []
    assert len({t.site for t in targets}) == 4


def test_two_sites_of_one_host_need_codes(tmp_path: Path) -> None:
    urls = [("a.gov.cn/b/", ""), ("a.gov.cn/c/", "")]
    targets, bad = read_targets(str(csv_file(tmp_path / "a.csv", [{"首页网址": u, "网站标识码": c} for u, c in urls])))
    assert [t.url for t in targets] == ["http://a.gov.cn/b/"]
    assert bad == [BadRow("a.csv", "第 3 行", "与第 2 行同在 a.gov.cn，须填写网站标识码以区分", "a.gov.cn/c/")]


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("a.csv", b"\xff\xff\xfe\x81", "既不是 UTF-8 也不是 GB18030"),
        ("a.csv", "名称,备注\n清河县,无\n".encode(), "没有“首页网址”（url）这一列"),
        ("a.csv", "首页网址,首页网址\na.gov.cn,b.gov.cn\n".encode(), "出现了两次"),
        ("a.csv", '首页网址,名称\n"a.gov.cn,x\n'.encode(), "无法读取"),
        ("a.csv", "首页网址,名称\n".encode(), "没有网站"),
        ("a.csv", b"", "文件是空的"),
        ("a.xlsx", b"PK\x03\x04 broken", "无法读取"),
        ("a.yml", b"sites: [", "无法读取"),
        ("a.yml", b"url: a\nurl: b\n", "重复"),
        ("a.yml", b"- url: a.gov.cn\n  url: b.gov.cn\n", "重复"),
        ("a.yml", b"sites: text\n", "应为网站列表"),
        ("a.txt", b"a.gov.cn", "不支持的格式"),
    ],
)
def test_a_malformed_file_is_refused_by_name(tmp_path: Path, name: str, body: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    with pytest.raises(RegistryError) as caught:
        read_targets(str(path))
    assert said in str(caught.value)
    assert name in str(caught.value)


def test_a_missing_file_and_a_misspelt_key(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"名录文件不存在：none\.csv"):
        read_targets(str(tmp_path / "none.csv"))
    path = tmp_path / "a.yml"
    path.write_text("- url: a.gov.cn\n  organiser: 清河县\n- url: b.gov.cn\n", encoding="utf-8")
    targets, bad = read_targets(str(path))
    assert [t.site for t in targets] == ["b.gov.cn"]
    assert bad == [BadRow("a.yml", "第 1 条", "不认识的键：organiser", "a.gov.cn")]


# ---------------------------------------------------------------- states


@pytest.mark.parametrize(
    ("state", "first", "last", "as_of", "skipped"),
    [
        ("正常", None, None, "2026-11-16", False),
        ("正常", "2026-01-01", None, "2026-11-16", False),
        ("关停", None, None, "2026-11-16", True),
        ("已关停", "2026-11-16", None, "2026-11-16", True),
        ("关停", "2026-11-17", None, "2026-11-16", False),
        ("永久下线", "2026-01-01", "2026-02-01", "2026-11-16", True),
        ("临时下线", "2026-11-01", "2026-11-30", "2026-11-16", True),
        ("临时下线", "2026-11-01", "2026-11-15", "2026-11-16", False),
        ("临时下线", "2026-11-01", "2026-11-16", "2026-11-16", True),
        ("临时下线", None, None, "2026-11-16", True),
        ("迁移", "2026-11-20", "2026-12-20", "2026-11-16", False),
    ],
)
def test_closed_and_suspended_sites_are_skipped_in_their_period(
    state: str, first: str | None, last: str | None, as_of: str, skipped: bool
) -> None:
    target = Target(
        url="http://a.gov.cn/", site="a.gov.cn", state=state, state_from=first, state_to=last, state_ground="清政办函〔2026〕8号"
    )
    reason = is_skipped(target, as_of)
    assert (reason is not None) == skipped
    if reason:
        assert state in reason
        assert "清政办函〔2026〕8号" in reason


@pytest.mark.parametrize("state", ["正常", "在线", "永久下线", "已关停", "临时下线", "迁移", "升级改版"])
def test_states_of_real_registries_are_read(tmp_path: Path, state: str) -> None:
    targets, bad = read_targets(str(csv_file(tmp_path / "a.csv", [{"首页网址": "a.gov.cn", "状态": state}])))
    assert bad == []
    assert (is_skipped(targets[0], "2026-11-16") is None) == (state in ("正常", "在线"))


def test_a_registry_supplements_an_address() -> None:
    rows = [
        Target(url="http://www.a.gov.cn/", site="3212830001", site_code="3212830001", hosts=("a2.gov.cn",)),
        Target(url="http://b.gov.cn/", site="b"),
    ]
    asked = [Target(url="http://a.gov.cn/", site="a.gov.cn", start="http://a.gov.cn/x/"), Target(url="http://c.gov.cn/", site="c.gov.cn")]
    told = supplement(asked, rows)
    assert (told[0].site, told[0].start, told[0].url) == ("3212830001", "http://a.gov.cn/x/", "http://www.a.gov.cn/")
    assert told[1] == asked[1]
    assert supplement([Target(url="http://a2.gov.cn/", site="a2.gov.cn")], rows)[0].site == "3212830001"


def test_lint_says_what_is_missing_or_odd(tmp_path: Path) -> None:
    rows = [
        {"首页网址": "www.a.gov.cn", "网站标识码": "3212830001", "网站名称": "甲", "主办单位": "甲办", "状态": "", "批准文号": ""},
        {"首页网址": "www.b.com", "网站标识码": "9912830002", "网站名称": "乙", "主办单位": "", "状态": "临时下线", "批准文号": ""},
        {"首页网址": "", "网站标识码": "", "网站名称": "丙", "主办单位": "", "状态": "", "批准文号": ""},
    ]
    lines = lint(csv_file(tmp_path / "a.csv", rows))
    assert lines[0] == "a.csv 第 4 行（丙）：没有首页网址"
    assert all(line.startswith("乙：") for line in lines[1:])
    assert len(lines) == 6
    for said in ("没有主办单位", "没有批准文号", "没有截止日期", "不是省级行政区划代码", "不以 .gov.cn 结尾"):
        assert any(said in line for line in lines), said
