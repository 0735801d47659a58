"""Two entries of one name in a zip: which of them is shown is each program's own choice, so both are read."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable, Iterable

import document_files as files
import pytest
from document_files import docx, packed, paragraph, unpacked
from document_files_2 import code, ofd_page, ofd_text
from test_documents_ofd import PLACES, entry

from govcrawl.extract.documents import Limits, read
from govcrawl.extract.documents.limits import MB
from govcrawl.model.documents import DAMAGED, READ, TOO_LARGE, DocumentText

SECRET = files.number(7)


def doubled(body: bytes, name: str, first: str | bytes) -> bytes:
    """The same package with another entry of this name in front."""
    return written([(name, first), *unpacked(body).items()])


def written(entries: Iterable[tuple[str, str | bytes]]) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # Duplicate name: 'a.txt'
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def behind(body: bytes, name: str, last: str | bytes) -> bytes:
    return written([*unpacked(body).items(), (name, last)])


WORD, SHEET, SHOW = docx(paragraph("公开的正文")), files.written_xlsx([["姓名", "证号"], ["甲", "略"]]), files.pptx_places()[0]


def word(text: str) -> bytes:
    return unpacked(docx(paragraph(text)))["word/document.xml"]


def sheet(text: str) -> str:
    row = f'<row r="2"><c r="B2" t="inlineStr"><is><t>{text}</t></is></c></row>'
    return f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{row}</sheetData></worksheet>'


def slide(text: str) -> bytes:
    return unpacked(SHOW)["ppt/slides/slide1.xml"].replace("标题".encode(), text.encode())


PAGE = ofd_page(ofd_text(20, 20, code(SECRET)))
PLACE = "Doc_0/Pages/Page_0/Content.xml"
CASES: dict[str, tuple[bytes, str, str, str | bytes]] = {
    "docx": (WORD, "公开的正文", "word/document.xml", word(SECRET)),
    "docx in other case": (WORD, "公开的正文", "Word/Document.xml", word(SECRET)),
    "docx with a backslash": (WORD, "公开的正文", "word\\document.xml", word(SECRET)),
    "docx header": (files.docx_places()[0], "正文", "word/header1.xml", f"<w:hdr {files.W}>{paragraph(SECRET)}</w:hdr>"),
    "xlsx": (SHEET, "略", "xl/worksheets/sheet1.xml", sheet(SECRET)),
    "pptx": (SHOW, "标题", "ppt/slides/slide1.xml", slide(SECRET)),
    "ofd": (packed(PLACES), "公示名单", PLACE, PAGE),
    "ofd entry": (packed(PLACES), "公示名单", "OFD.xml", entry(f"<ofd:Title>{SECRET}</ofd:Title>")),
}  # fmt: skip


@pytest.mark.parametrize("place", [doubled, behind], ids=["in front", "behind"])
@pytest.mark.parametrize("case", CASES)
def test_both_entries_of_one_name_are_read(case: str, place: Callable[[bytes, str, str | bytes], bytes]) -> None:
    body, shown, name, other = CASES[case]
    found = read(place(body, name, other), f"a.{case[:4].strip()}")
    assert found.text_status == READ and shown in found.text
    assert found.text.count(SECRET) == 1


@pytest.mark.parametrize("case", CASES)
def test_the_same_entry_twice_says_nothing_new(case: str) -> None:
    body, _, name, _ = CASES[case]
    same = unpacked(body).get(name)
    if same is not None:
        once, twice = read(body), read(doubled(body, name, same))
        assert (twice.text, twice.pictures, twice.pages, len(twice.members)) == (once.text, once.pictures, once.pages, len(once.members))


def test_an_embedded_file_of_one_name_is_read_twice_where_it_differs() -> None:
    body = docx(paragraph("正文"), {"word/embeddings/a.txt": "公开的附件"})
    assert [m.path for m in read(doubled(body, "word/embeddings/a.txt", "公开的附件")).members] == ["word/embeddings/a.txt"]
    found = read(doubled(body, "word/embeddings/a.txt", f"证号{SECRET}"))
    assert [(m.path, m.document.text) for m in found.members] == [
        ("word/embeddings/a.txt", "公开的附件"),
        ("word/embeddings/a.txt#2", f"证号{SECRET}"),
    ]


@pytest.mark.parametrize("place", [doubled, behind], ids=["in front", "behind"])
def test_a_damaged_entry_does_not_hide_the_other(place: Callable[[bytes, str, str | bytes], bytes]) -> None:
    found = read(place(WORD, "word/document.xml", "<w:document"), "a.docx")
    assert (found.text_status, found.truncated) == (READ, True)
    assert "公开的正文" in found.text and "同名部件" in (found.reason or "")


def test_two_damaged_entries_are_a_damaged_file() -> None:
    found = read(doubled(docx("", {"word/document.xml": "<x"}), "word/document.xml", "<y"), "a.docx")
    assert (found.text_status, found.reason) == (DAMAGED, "XML 结构已损坏")


def test_entries_without_end_are_read_up_to_a_limit() -> None:
    found = read(written([("word/document.xml", word(f"第{n}份")) for n in range(500)] + list(unpacked(WORD).items())), "a.docx")
    assert (found.text_status, found.truncated) == (READ, True)
    assert "公开的正文" in found.text and "501个同名部件" in (found.reason or "")


def test_all_versions_share_one_budget() -> None:
    found = read(doubled(WORD, "word/document.xml", word("长" * MB)), "a.docx", Limits(unpacked_bytes=2 * MB))
    assert found.text_status in (READ, TOO_LARGE) and found.reason


# --- members of archives -------------------------------------------------------------------------------------------


def paths(found: DocumentText) -> list[tuple[str, str]]:
    return [(member.path, member.document.text) for member in found.members]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([("a.txt", "甲一"), ("a.txt", "乙二")], [("a.txt", "甲一"), ("a.txt#2", "乙二")]),
        ([("a.txt", "甲"), ("a.txt", "乙"), ("a.txt", "丙")], [("a.txt", "甲"), ("a.txt#2", "乙"), ("a.txt#3", "丙")]),
        ([("../a.txt", "甲"), ("a.txt", "乙")], [("a.txt", "甲"), ("a.txt#2", "乙")]),
        ([("a.txt#2", "甲"), ("a.txt", "乙"), ("a.txt", "丙")], [("a.txt#2", "甲"), ("a.txt", "乙"), ("a.txt#3", "丙")]),
        ([("a.txt", "甲"), ("a.txt", "乙"), ("a.txt#2", "丙")], [("a.txt", "甲"), ("a.txt#2", "乙"), ("a.txt#2#2", "丙")]),
    ],
    ids=["two", "three", "by their path", "the name is taken", "the name is taken later"],
)
def test_members_of_one_name_have_keys_of_their_own(entries: list[tuple[str, str]], expected: list[tuple[str, str]]) -> None:
    assert paths(read(written(entries), "a.zip")) == expected


def test_members_of_two_archives_of_one_name() -> None:
    found = read(written([("a.zip", packed({"x.txt": "甲"})), ("a.zip", packed({"x.txt": "乙"}))]), "b.zip")
    assert [path for path, _ in paths(found)] == ["a.zip", "a.zip!/x.txt", "a.zip#2", "a.zip#2!/x.txt"]
    found = read(written([("a.zip", packed({"x.txt": "甲"})), ("a.zip!/x.txt", "乙")]), "b.zip")
    assert len({path for path, _ in paths(found)}) == 3


def test_the_second_of_a_name_is_told_by_its_own_name() -> None:
    found = read(written([("a.docx", WORD), ("a.docx", SHEET)]), "a.zip")
    assert [member.document.wrong_type for member in found.members] == [False, True]
