"""What is packed must be readable by plain zlib and gzip, whichever library packed it."""

from __future__ import annotations

import gzip
import importlib
import sys
import zlib
from types import ModuleType

import pytest

from govcrawl.store import packing

DATA = ("<p>清河县人民政府办公室关于做好防汛工作的通知</p>\r\n" * 400).encode()


@pytest.fixture(params=["as installed", "without isal"])
def packer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    if request.param == "without isal":
        monkeypatch.setitem(sys.modules, "isal", None)
    fresh = importlib.reload(packing)
    request.addfinalizer(lambda: importlib.reload(packing))
    request.addfinalizer(monkeypatch.undo)
    return fresh


def test_a_plain_reader_reads_it(packer: ModuleType) -> None:
    member = packer.gzip_member((b"WARC/1.1\r\n\r\n", DATA, b"\r\n\r\n"))
    assert gzip.decompress(member) == b"WARC/1.1\r\n\r\n" + DATA + b"\r\n\r\n"
    assert zlib.decompress(packer.pack(DATA)) == DATA
    assert len(packer.pack(DATA)) < len(DATA) / 10


@pytest.mark.parametrize("data", [b"", b"x", DATA])
def test_it_reads_what_zlib_wrote(packer: ModuleType, data: bytes) -> None:
    """A store that was written on a machine without ISA-L is read on one with it."""
    assert packer.unpack(zlib.compress(data, 1)) == data == packer.unpack(packer.pack(data))
