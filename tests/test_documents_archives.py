"""zip, 7z, rar: names, members, limits, passwords, hostile files; and mutated files of every format of this half."""

from __future__ import annotations

import ctypes.util
import random
import stat
import time
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from document_files_2 import DATA, number, packed, pdf, rar5, raw_named_zip, shown
from test_documents_ofd import PLACES, ofd

from govcrawl.extract import documents
from govcrawl.extract.documents import archives, doc, ppt
from govcrawl.extract.documents import ofd as ofd_reader
from govcrawl.extract.documents import pdf as pdf_reader
from govcrawl.extract.documents.errors import Damaged, Protected, TooLarge, Unknown, Unreadable
from govcrawl.extract.documents.limits import MB, Limits
from govcrawl.model.documents import DAMAGED, EMPTY, PASSWORD, READ, TOO_LARGE, DocumentText

LIMITS = Limits()
needs_libarchive = pytest.mark.skipif(ctypes.util.find_library("archive") is None, reason="libarchive is not installed")


def plain(body: bytes, path: str) -> DocumentText:
    return DocumentText(format="txt", text_status=READ, reason=body[:50].decode("utf-8", "replace"))


def members(body: bytes, limits: Limits = LIMITS) -> list[tuple[str, str, str | None]]:
    return [(member.path, member.document.text_status, member.document.reason) for member in archives.read(body, limits, plain).members]


def seven(name: str) -> bytes:
    return (DATA / f"{name}.7z").read_bytes()


def linked() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("up")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("a.txt", "甲")
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        (packed({"名单/甲.txt": "1", "乙.txt": "2"}), ["名单/甲.txt", "乙.txt"]),
        (raw_named_zip("补贴名单.txt".encode("gbk"), b"1"), ["补贴名单.txt"]),
        (raw_named_zip("补贴名单.txt".encode(), b"1"), ["补贴名单.txt"]),  # UTF-8 that does not say so
        (raw_named_zip("补贴名单.txt".encode(), b"1", flags=0x800), ["补贴名单.txt"]),
        (packed({"../../etc/x": "1", "/abs/y": "2", "C:\\z": "3"}), ["etc/x", "abs/y", "z"]),
        (packed({"__MACOSX/a": "1", "b/.DS_Store": "2", "b/._c": "3", "b/c": "4"}), ["b/c"]),
        (linked(), ["a.txt"]),
        pytest.param(rar5([("名单/甲.txt", b"1"), ("乙.txt", b"2")]), ["名单/甲.txt", "乙.txt"], marks=needs_libarchive),
        pytest.param(rar5([("甲.txt", b"1")], link=("up", "../../etc/passwd")), ["甲.txt"], marks=needs_libarchive),
        pytest.param(rar5([("../../甲.txt", b"1")]), ["甲.txt"], marks=needs_libarchive),
        pytest.param(seven("plain"), ["名单.csv"], marks=needs_libarchive),
    ],
    ids=["zip", "gbk", "utf-8", "flagged", "outside", "chatter", "zip link", "rar", "rar link", "rar outside", "7z"],
)
def test_members_and_their_names(body: bytes, paths: list[str]) -> None:
    document = archives.read(body, LIMITS, plain)
    assert [member.path for member in document.members] == paths
    assert [piece.text for piece in document.pieces if piece.kind == "name"] == paths
    assert (document.text_status, document.reason, document.truncated) == (READ, None, False)


@needs_libarchive
def test_content_of_7z_and_rar() -> None:
    assert number(1) in (members(seven("plain"))[0][2] or "")
    assert members(rar5([("甲.txt", "内容".encode())])) == [("甲.txt", READ, "内容")]


UNREADABLE = [
    ("zip cut", packed({"a": "x" * 99})[:-30], Damaged, "没有下载完整"),
    ("too many", packed({str(n): "" for n in range(10_000)}, zipfile.ZIP_STORED), TooLarge, "10000个文件"),
    ("bomb", packed({"a": bytes(30 * MB)}), TooLarge, "压缩炸弹"),
    ("too much", packed({"a": random.Random(1).randbytes(3 * MB)}, zipfile.ZIP_STORED), TooLarge, "上限2MB"),
    ("rar with hidden names", rar5([], hidden=True), Protected, "密码"),
]
if ctypes.util.find_library("archive"):
    UNREADABLE += [
        ("7z with a password", seven("content"), Protected, "密码"),
        ("7z with hidden names", seven("names"), Protected, "密码"),
        ("7z cut", seven("plain")[:-20], Damaged, "损坏"),
        ("rar cut", rar5([("甲.txt", b"1" * 5000)])[:-3000], Damaged, "损坏"),
        ("rar too much", rar5([("甲.txt", random.Random(1).randbytes(3 * MB))]), TooLarge, "上限"),
    ]


@pytest.mark.parametrize(("body", "error", "word"), [row[1:] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE])
def test_why_it_cannot_be_read(body: bytes, error: type[Unreadable], word: str) -> None:
    limits = Limits(unpacked_bytes=2 * MB) if "上限" in word else LIMITS
    with pytest.raises(error) as told:
        archives.read(body, limits, plain)
    assert word in told.value.reason


def test_an_encrypted_zip_keeps_the_names_of_its_members() -> None:
    document = archives.read(raw_named_zip("名单.xlsx".encode("gbk"), b"1", flags=1), LIMITS, plain)
    assert (document.format, document.text_status, document.reason) == ("zip", PASSWORD, "压缩包已加密，需要密码")
    assert [(m.path, m.document.text_status) for m in document.members] == [("名单.xlsx", PASSWORD)]


def test_an_empty_archive() -> None:
    document = archives.read(packed({}), LIMITS, plain)
    assert (document.text_status, document.reason) == (EMPTY, "压缩包内没有文件")


def test_forged_sizes_cost_one_member() -> None:
    start = time.process_time()
    document = archives.read(raw_named_zip(b"a.txt", bytes(80 * MB), claimed=1_000), LIMITS, plain)
    assert [member.document.text_status for member in document.members] == [DAMAGED]
    assert (document.truncated, document.reason) == (True, "1个文件未能解压")
    assert time.process_time() - start < 4


@needs_libarchive
def test_more_members_than_the_limit_leave_the_first() -> None:
    document = archives.read(rar5([(f"{n}.txt", b"") for n in range(30)]), Limits(members=20), plain)
    assert (len(document.members), document.truncated, document.reason) == (20, True, "压缩包内文件超过上限20个")


def test_one_bad_member_leaves_the_others() -> None:
    body = bytearray(packed({"a.txt": "甲" * 50, "b.txt": "乙" * 50}, zipfile.ZIP_STORED))
    at = body.index("甲".encode())
    body[at] ^= 0xFF
    document = archives.read(bytes(body), LIMITS, plain)
    assert [(m.path, m.document.text_status) for m in document.members] == [("a.txt", DAMAGED), ("b.txt", READ)]
    assert document.truncated


@pytest.mark.parametrize("body", [seven("plain"), rar5([("甲.txt", b"1")])], ids=["7z", "rar"])
def test_without_the_library_the_status_says_so(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise OSError(name)

    monkeypatch.setattr(archives.importlib, "import_module", missing)
    with pytest.raises(Unknown, match="缺少解压组件"):
        archives.read(body, LIMITS, plain)


def test_twelve_archives_in_one_another_end_at_the_limit_of_depth() -> None:
    body = packed({"名单.txt": "甲乙丙的名单" * 5})
    for n in range(11):
        body = packed({f"{n}.zip": body})
    document = documents.read(body, "a.zip")
    assert document.text_status == READ
    assert document.members[-1].document.text_status == TOO_LARGE
    assert document.members[-1].path == "10.zip!/9.zip!/8.zip!/7.zip"
    assert "嵌套" in (document.members[-1].document.reason or "")


@pytest.mark.parametrize(
    ("name", "body", "form"),
    [
        ("名单.wps", (DATA / "places.doc").read_bytes(), "doc"), ("名单.xls", (DATA / "places.doc").read_bytes(), "doc"), ("汇报.dps", (DATA / "places.ppt").read_bytes(), "ppt"),
        ("a.doc", ofd(PLACES), "ofd"), ("b", pdf([shown(60, 700, "公示名单")]), "pdf"), ("c.docx", packed({"名单.txt": "甲乙丙"}), "zip"),
        pytest.param("d.zip", seven("plain"), "7z", marks=needs_libarchive), pytest.param("e.zip", rar5([("甲.txt", "名单".encode())]), "rar", marks=needs_libarchive),
    ],
)  # fmt: skip
def test_told_apart_by_content(name: str, body: bytes, form: str) -> None:
    document = documents.read(body, name)
    assert (document.format, document.text_status) == (form, READ)
    assert all(inner.document.text_status == READ for inner in document.members)


def test_members_are_read_like_files() -> None:
    inner = packed({"内/名单.doc": (DATA / "places.doc").read_bytes()})
    document = documents.read(packed({"外.zip": inner, "公示.pdf": pdf([shown(60, 700, f"公示 {number(3)}")])}), "a.zip")
    found = {path: number(1) in part.text or number(3) in part.text for path, part in document.parts()}
    assert found == {"": False, "外.zip": False, "外.zip!/内/名单.doc": True, "公示.pdf": True}


SEEDS: dict[str, tuple[Callable[..., DocumentText], bytes]] = {
    "doc": (doc.read, (DATA / "object.doc").read_bytes()),
    "ppt": (ppt.read, (DATA / "places.ppt").read_bytes()),
    "pdf": (
        pdf_reader.read,
        pdf([shown(60, 700, "公示名单") + shown(60, 688, number(1)[:12]) + shown(60, 676, number(1)[12:])] * 3, info="/Title(x)"),
    ),
    "ofd": (ofd_reader.read, ofd(PLACES)),
    "ofd-stored": (ofd_reader.read, packed(PLACES, zipfile.ZIP_STORED)),
    "zip": (archives.read, packed({"名单.txt": "甲" * 100, "b/c.txt": "乙"})),
    "7z": (archives.read, seven("plain")),
    "rar": (archives.read, rar5([("甲.txt", b"1" * 300)], link=("up", "../x"))),
}


def mutated(body: bytes, chance: random.Random) -> bytes:
    """One of: bytes changed, numbers made extreme, a part cut out, doubled, moved, the end cut off."""
    data = bytearray(body)
    for _ in range(chance.choice((1, 1, 3, 12))):
        at = chance.randrange(max(1, len(data)))
        kind = chance.randrange(6)
        if kind == 0:
            data[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            data[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\x01\0\0\0"))
        elif kind == 2:
            del data[at : at + chance.randrange(200)]
        elif kind == 3:
            data[at:at] = data[at : at + chance.randrange(400)]
        elif kind == 4:
            part = data[at : at + 64]
            to = chance.randrange(max(1, len(data)))
            data[to : to + 64] = part
        else:
            del data[max(at, len(data) // 2) :]
    return bytes(data)


@pytest.mark.parametrize("form", SEEDS)
def test_mutated_files_give_a_document_or_a_reason(form: str) -> None:
    reader, body = SEEDS[form]
    chance = random.Random(form)
    read = 0
    for _ in range(60):
        hurt = mutated(body, chance)
        start = time.process_time()
        try:
            document = reader(hurt, LIMITS, plain)
        except Unreadable as error:
            assert error.reason
        else:
            assert isinstance(document, DocumentText)
            read += 1
        assert time.process_time() - start < 2
    assert read < 60 or form == "pdf"  # the changes do hurt
