"""Registries as offices send them: each odd file is read, or refused in a sentence that names file, place and value; good rows always run."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import PasswordError

from govcrawl import inspection, pinning, tables
from govcrawl.errors import GovcrawlError, RegistryError, UsageError
from govcrawl.registry import read_registry, read_targets

HEAD = "网站标识码,网站名称,首页网址,主办单位,其他域名,状态\n"


def put(folder: Path, name: str, body: bytes) -> Path:
    path = folder / name
    path.write_bytes(body)
    return path


def workbook(draw: Callable[[Any], None]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    draw(book)
    book.close()
    return out.getvalue()


def plain(book: Any) -> None:
    sheet = book.add_worksheet("名录")
    sheet.write_row(0, 0, ["网站名称", "首页网址"])
    sheet.write_row(1, 0, ["甲县", "www.a.gov.cn"])


TABLE = "网站名称,首页网址\n甲县,www.a.gov.cn\n"


# -- what the bytes are, whatever the name says


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("真表.csv", workbook(plain)), ("真表.xls", workbook(plain)), ("文本.xls", TABLE.replace(",", "\t").encode("gb18030")),
        ("文本.xlsx", TABLE.encode()), ("带标记.csv", TABLE.encode("utf-8-sig")), ("无标记.csv", TABLE.encode("utf-16-le")),
        ("大端.csv", TABLE.encode("utf-16-be")), ("有标记.csv", TABLE.encode("utf-16")),
    ],
)  # fmt: skip
def test_a_table_is_read_by_its_bytes(tmp_path: Path, name: str, body: bytes) -> None:
    targets, bad = read_targets(str(put(tmp_path, name, body)))
    assert ([(t.url, t.name) for t in targets], bad) == ([("http://www.a.gov.cn/", "甲县")], [])


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("空.csv", b"", "文件是空的"), ("空.xlsx", b"", "文件是空的"), ("空.yml", b"", "文件是空的"), ("空行.csv", b"\r\n\r\n", "文件是空的"),
        ("网页.xls", b"<html><table><tr><td>www.a.gov.cn", "内容是网页或 XML"),
        ("老表.xls", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "内容是网页或 XML"),
        ("半截.xlsx", workbook(plain)[:900], "不是完好的 Excel 文件"), ("压缩包.xlsx", b"PK\x03\x04rest", "不是完好的 Excel 文件"),
        ("引号.csv", (HEAD + '1,"甲,www.a.gov.cn\n').encode(), "第 2 行附近的引号不成对"),
        ("乱码.csv", HEAD.encode() + b"\xff\xfe\xff", "既不是 UTF-8 也不是 GB18030 编码"), ("图片.csv", b"\x89PNG\x00\x01\x00\x00\x00a" * 50, "不是文本文件"),
        ("无列.csv", "网站名称,备注\n甲县,无\n".encode(), "前 30 行中没有“首页网址”"), ("错.yml", b"sites:\n - url: [\n", "第 3 行：YAML 写法有误"),
        ("国标.yml", "- 首页网址: a.gov.cn\n".encode("gb18030"), "不是 UTF-8 编码"), ("名单.txt", b"www.a.gov.cn\n", "不支持的格式"),
    ],
)  # fmt: skip
def test_what_is_no_registry_is_refused_by_name_and_reason(tmp_path: Path, name: str, body: bytes, said: str) -> None:
    with pytest.raises(RegistryError) as caught:
        read_targets(str(put(tmp_path, name, body)))
    assert str(caught.value).count(name) == 1 and said in str(caught.value) and caught.value.exit_code == 2
    assert not any(word in str(caught.value) for word in ("Error", "invalid", "EOCD", "unexpected"))


def test_a_folder_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "名录.csv").mkdir()
    with pytest.raises(RegistryError, match="名录.csv 是文件夹，不是名录文件"):
        read_targets(str(tmp_path / "名录.csv"))
    with pytest.raises(UsageError, match="是文件夹，不是网址，也不是名录文件"):
        read_targets(str(tmp_path))


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "名录.xlsx", workbook(plain))

    def refused(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(RegistryError, match="名录文件 名录.xlsx 无法读取：没有权限"):
        read_registry(path)


def test_a_workbook_with_a_password_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: Any) -> Any:
        raise PasswordError("Workbook is password protected")

    monkeypatch.setattr(tables, "CalamineWorkbook", type("Locked", (), {"from_filelike": staticmethod(locked)}))
    with pytest.raises(RegistryError, match="设有打开密码"):
        read_registry(put(tmp_path, "名录.xlsx", workbook(plain)))


# -- sheets


def test_a_hidden_sheet_is_not_read(tmp_path: Path) -> None:
    def draw(book: Any) -> None:
        old = book.add_worksheet("旧")
        old.write_row(0, 0, ["首页网址"])
        old.write_row(1, 0, ["www.old.gov.cn"])
        old.hide()
        new = book.add_worksheet("新")
        new.activate()
        new.set_first_sheet()
        new.write_row(0, 0, ["首页网址"])
        new.write_row(1, 0, ["www.new.gov.cn"])

    targets, bad = read_targets(str(put(tmp_path, "名录.xlsx", workbook(draw))))
    assert ([t.site for t in targets], bad) == (["www.new.gov.cn"], [])


def test_a_registry_in_a_hidden_sheet_only_is_refused_by_its_name(tmp_path: Path) -> None:
    def draw(book: Any) -> None:
        book.add_worksheet("封面").activate()
        hidden = book.add_worksheet("库")
        hidden.write_row(0, 0, ["首页网址"])
        hidden.write_row(1, 0, ["www.a.gov.cn"])
        hidden.hide()

    with pytest.raises(RegistryError, match="隐藏的工作表“库”有，但隐藏的表不读"):
        read_targets(str(put(tmp_path, "名录.xlsx", workbook(draw))))


def test_a_second_sheet_of_sites_is_named_and_not_passed_over_in_silence(tmp_path: Path) -> None:
    def draw(book: Any) -> None:
        for name, host in (("县直", "www.a.gov.cn"), ("乡镇", "www.b.gov.cn")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["首页网址"])
            sheet.write_row(1, 0, [host])
            sheet.write_row(2, 0, ["待定"])

    targets, bad = read_targets(str(put(tmp_path, "名录.xlsx", workbook(draw))))
    assert [t.site for t in targets] == ["www.a.gov.cn"]
    assert [str(b) for b in bad] == [
        "名录.xlsx 工作表“县直”第 3 行（待定）：“待定”不是域名",
        "名录.xlsx 工作表“乡镇”：也有“首页网址”这一列，没有读：请并入第一张表，或另存为单独的文件",
    ]


def test_merged_cells_titles_groups_and_a_header_of_two_rows(tmp_path: Path) -> None:
    def draw(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 5, "清河县政府网站名录")
        for column, name in enumerate(("序号", "网站名称", "首页网址", "主办单位")):
            sheet.merge_range(1, column, 2, column, name)
        sheet.merge_range(1, 4, 1, 5, "起止")
        sheet.write_row(2, 4, ["开始日期", "截止日期"])
        sheet.merge_range(3, 0, 3, 5, "一、县直部门")
        sheet.write_row(4, 0, [1, "甲局", "www.a.gov.cn"])
        sheet.write_row(5, 0, [2, "乙局", "www.b.gov.cn"])
        sheet.merge_range(4, 3, 5, 3, "县政府办公室")
        sheet.write(4, 4, "2026-11-01")
        sheet.write(6, 0, 3)  # a number printed ahead
        sheet.write_row(8, 0, [4, "丙局", ""])

    targets, bad = read_targets(str(put(tmp_path, "名录.xlsx", workbook(draw))))
    assert [(t.name, t.organizer, t.state_from) for t in targets] == [
        ("甲局", "县政府办公室", "2026-11-01"),
        ("乙局", "县政府办公室", None),
    ]
    assert [str(b) for b in bad] == ["名录.xlsx 第 9 行（丙局）：没有首页网址"]


# -- rows


def test_each_bad_row_is_named_with_its_value_and_the_others_run(tmp_path: Path) -> None:
    rows = (
        "无,甲,www.a.gov.cn,无,无,/\n,乙,,,,\n321283,丙,www.c.gov.cn,,,\n,丁,www.a.gov.cn,,,\n,戊,ｗｗｗ．ｅ．ｇｏｖ．ｃｎ,,,\n"
        ",己,ｈｔｔｐ：／／www.f.gov.cn／zwgk/,,,运行中\n,庚,www.g.gov.cn、www.h.gov.cn,,,\n,辛,[2001:db8::1],,,\n,壬,300.1.2.3,,,\n"
        ",癸,www.j.gov.cn:99999,,,\n,子,www.k.gov.cn,某局,办公室,正常,多\n,丑,http://user:secret@www.l.gov.cn/,,,\n,,http://u:secret@www.m.gov.cn/,,,\n"
    )
    targets, bad = read_targets(str(put(tmp_path, "名录.csv", (HEAD + rows).encode("gb18030"))))
    assert [(t.name, t.url, t.organizer, t.hosts) for t in targets] == [
        ("甲", "http://www.a.gov.cn/", None, ()),
        ("戊", "http://www.e.gov.cn/", None, ()),
        ("己", "http://www.f.gov.cn/zwgk/", None, ()),
    ]
    assert [str(b) for b in bad] == [
        "名录.csv 第 3 行（乙）：没有首页网址",
        "名录.csv 第 4 行（丙）：网站标识码“321283”应为10位数字，或 bm 加8位数字",
        "名录.csv 第 5 行（丁）：首页网址 www.a.gov.cn 与第 2 行重复",
        "名录.csv 第 8 行（庚）：“www.g.gov.cn、www.h.gov.cn”是几个网址，一处只能写一个",
        "名录.csv 第 9 行（辛）：“[2001:db8::1]”：不能直接用 IPv6 地址检查，请写域名",
        "名录.csv 第 10 行（壬）：“300.1.2.3”不是域名，也不是 IP 地址",
        "名录.csv 第 11 行（癸）：端口“99999”有误，应为 1 至 65535 的整数",
        "名录.csv 第 12 行（子）：比表头多出 1 格（“多”）：有逗号的内容须加引号",
        "名录.csv 第 13 行（丑）：网址中不要写用户名和密码",
        "名录.csv 第 14 行（http://……@www.m.gov.cn/）：网址中不要写用户名和密码",
    ]


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("ｗｗｗ．ａ．ｇｏｖ．ｃｎ", "http://www.a.gov.cn/"), ("ｈｔｔｐｓ：／／ｗｗｗ．ａ．ｇｏｖ．ｃｎ", "https://www.a.gov.cn/"), ("“www.a.gov.cn”", "http://www.a.gov.cn/"),
        ("www。a。gov。cn。", "http://www.a.gov.cn/"), ("www.a.gov.cn；", "http://www.a.gov.cn/"), ("//www.a.gov.cn/", "http://www.a.gov.cn/"),
        ("中国政务.政务", "http://xn--fiq71iw9dfvs.xn--zfr164b/"), ("10.1.2.3:8080", "http://10.1.2.3:8080/"), ("localhost:80", "http://localhost/"),
    ],
)  # fmt: skip
def test_what_an_input_method_leaves_falls_away(typed: str, url: str) -> None:
    assert [t.url for t in read_targets(typed)[0]] == [url]


def test_full_width_signs_in_a_path_stay() -> None:
    [target] = read_targets("www.a.gov.cn/附件（一）。html")[0]
    assert target.start == "http://www.a.gov.cn/%E9%99%84%E4%BB%B6%EF%BC%88%E4%B8%80%EF%BC%89%E3%80%82html"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2001:db8::1", "不能直接用 IPv6 地址检查"), ("http://[2001:db8::1]:80/", "不能直接用 IPv6 地址检查"), ("http:/www.a.gov.cn", "协议写法有误"),
        ("http://http://www.a.gov.cn", "协议写法有误"), ("https://", "中没有域名"), ("#N/A", "中没有域名"), ("1.2.3", "也不是 IP 地址"),
        ("www.a.gov.cn:0", "端口“0”有误"), ("www.a.gov.cn:http", "端口“http”有误"), ("www.a.gov.cn,www.b.gov.cn", "是几个网址"),
        ("www a.gov.cn", "“www a.gov.cn”中有空格"), ("http://u:secret@www.a.gov.cn", "不要写用户名和密码"), ("甲县政府网", "“甲县政府网”不是域名"), ("a" * 5000, "不是域名"),
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_its_value(typed: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_targets(typed)
    assert said in str(caught.value) and "secret" not in str(caught.value)


# -- the command


def run(folder: Path, *arguments: str, **options: Any) -> list[str]:
    told: list[str] = []
    with pytest.raises(GovcrawlError) as caught:
        inspection.run(list(arguments), pinning.Options(store=f"sqlite:///{folder}/x.db", out=folder / "out", **options), say=told.append)
    return [*told, f"{caught.value.exit_code} {caught.value}"]


def test_a_registry_of_bad_rows_only_names_each_and_inspects_nothing(tmp_path: Path) -> None:
    path = put(tmp_path, "名录.csv", (HEAD + ",甲,待定,,,\n,乙,,,,\n").encode())
    assert run(tmp_path, str(path)) == [
        "名录.csv 第 2 行（甲）：“待定”不是域名",
        "名录.csv 第 3 行（乙）：没有首页网址",
        "2 没有可检查的网站：名录中的行均有错误",
    ]
    assert not (tmp_path / "x.db").exists()


def test_registry_takes_files_only(tmp_path: Path) -> None:
    [said] = run(tmp_path, "www.a.gov.cn", registry=Path("www.b.gov.cn"))
    assert said == "2 名录文件不存在：www.b.gov.cn"


def test_one_site_named_twice_is_inspected_once_and_said(tmp_path: Path) -> None:
    targets, problems = pinning.targets_of(["www.a.gov.cn/x/", "www.a.gov.cn/y/", "www.a.gov.cn/x/"], None)
    assert [t.start for t in targets] == ["http://www.a.gov.cn/x/"]
    assert problems == ["http://www.a.gov.cn/y/ 与 http://www.a.gov.cn/x/ 是同一个网站（www.a.gov.cn），这次只检查后者"]
