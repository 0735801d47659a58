"""Documents made in memory: pdf, ofd, zip, rar and property sets with invented content, for the tests of their readers."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from govcrawl.extract.documents.ole import Container
from govcrawl.extract.documents.ole_writer import ole_file

DATA = Path(__file__).with_name("data")


def check_digit(head: str) -> str:
    return "10X98765432"[sum(int(digit) * pow(2, 17 - n, 11) for n, digit in enumerate(head)) % 11]


def number(n: int) -> str:
    """An invented identity number: division code 99…, which is nobody's, a possible date, the right check digit."""
    head = f"99{n * 37 % 10_000:04d}{1950 + n % 60}{1 + n % 12:02d}{1 + n % 28:02d}{n * 7 % 1000:03d}"
    return head + check_digit(head)


# --- pdf -----------------------------------------------------------------------------------------------------------


def stream(content: bytes, entries: str = "") -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries.encode(), len(content), content)


def shown(x: float, y: float, text: str, size: float = 10) -> str:
    """One string of a content stream: ASCII in Helvetica, else in a song typeface by UCS-2."""
    if text.isascii():
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return f"BT /F1 {size} Tf {x} {y} Td ({escaped}) Tj ET\n"
    return f"BT /F2 {size} Tf {x} {y} Td <{text.encode('utf-16-be').hex()}> Tj ET\n"


def pdf(
    pages: Iterable[str | bytes],
    *,
    page_entries: str = "",
    catalog: str = "",
    info: str = "",
    more: Mapping[int, bytes] | None = None,
    size: tuple[float, float] = (595, 842),
) -> bytes:
    """A PDF of these content streams. Further objects are numbered by the caller from 10 up; pages follow from 100 on."""
    contents = [page.encode("latin-1") if isinstance(page, str) else page for page in pages]
    objects: dict[int, bytes] = {
        1: f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode(),
        3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        4: b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[5 0 R]>>",
        5: b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/DW 1000/FontDescriptor 6 0 R>>",
        6: b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 80>>",
        7: f"<<{info}>>".encode("latin-1"),
        **(more or {}),
    }
    kids = []
    for n, content in enumerate(contents):
        page, body = 100 + 2 * n, 101 + 2 * n
        kids.append(page)
        resources = "<</Font<</F1 3 0 R/F2 4 0 R>>/XObject<</I 10 0 R>>>>" if more and 10 in more else "<</Font<</F1 3 0 R/F2 4 0 R>>>>"
        objects[page] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {size[0]} {size[1]}]/Resources{resources}/Contents {body} 0 R{page_entries}>>".encode()
        )
        objects[body] = stream(content)
    objects[2] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(f'{kid} 0 R' for kid in kids)}]>>".encode()
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = {}
    for key in sorted(objects):
        places[key] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (key, objects[key]))
    xref = out.tell()
    out.write(b"xref\n0 1\n0000000000 65535 f \n")
    for key in sorted(places):
        out.write(b"%d 1\n%010d 00000 n \n" % (key, places[key]))
    out.write(b"trailer\n<</Size %d/Root 1 0 R/Info 7 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (max(objects) + 1, xref))
    return out.getvalue()


def picture_object(columns: int = 200, rows: int = 280) -> bytes:
    """A grey picture as a PDF object."""
    packed = zlib.compress(bytes(n % 251 for n in range(columns * rows)))
    return stream(
        packed, f"/Type/XObject/Subtype/Image/Width {columns}/Height {rows}/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
    )


_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def locked_pdf(content: str, password: bytes) -> bytes:
    """One page behind a password for reading; with b"" only the owner's password is set, so anyone can read it."""
    owner, rights, name = bytes(range(32)), -44, b"0123456789abcdef"
    key = hashlib.md5((password + _PAD)[:32] + owner + struct.pack("<i", rights) + name).digest()[:5]
    user = _rc4(key, _PAD)
    own = hashlib.md5(key + (101).to_bytes(3, "little") + bytes(2)).digest()[:10]
    body = pdf([_rc4(own, content.encode())], info="/Title()")
    lock = f"/Encrypt<</Filter/Standard/V 1/R 2/O<{owner.hex()}>/U<{user.hex()}>/P {rights}>>/ID[<{name.hex()}><{name.hex()}>]".encode()
    return body.replace(b"/Info 7 0 R", b"/Info 7 0 R" + lock)


# --- ofd -----------------------------------------------------------------------------------------------------------

OFD_NAMES = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def ofd_text(x: float, y: float, codes: str, size: float = 4, more: str = "") -> str:
    """A TextObject with its TextCodes."""
    return f'<ofd:TextObject ID="9" Boundary="{x} {y} 60 6" Font="1" Size="{size}"{more}>{codes}</ofd:TextObject>'


def code(text: str, x: float = 0, y: float = 4, step: float = 2) -> str:
    return f'<ofd:TextCode X="{x}" Y="{y}" DeltaX="{" ".join([str(step)] * max(0, len(text) - 1))}">{text}</ofd:TextCode>'


def ofd_page(content: str, more: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><ofd:Page {OFD_NAMES}>{more}<ofd:Content><ofd:Layer ID="2">{content}</ofd:Layer></ofd:Content></ofd:Page>'


def ofd(parts: Mapping[str, str | bytes]) -> bytes:
    return packed(parts)


# --- archives ------------------------------------------------------------------------------------------------------


def packed(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def raw_named_zip(name: bytes, content: bytes, *, flags: int = 0, claimed: int | None = None) -> bytes:
    """A stored or deflated member under a name given in bytes, its sizes as `claimed` in both headers."""
    squeezed = zlib.compress(content)[2:-4]
    size = len(content) if claimed is None else claimed
    head = struct.pack("<HHHHHIIIHH", 20, flags, 8, 0, 0x5A21, zlib.crc32(content), len(squeezed), size, len(name), 0)
    local = b"PK\3\4" + head + name + squeezed
    central = b"PK\1\2" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def _vint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _block(content: bytes) -> bytes:
    sized = _vint(len(content)) + content
    return struct.pack("<I", zlib.crc32(sized)) + sized


def rar5(members: Iterable[tuple[str, bytes]], *, link: tuple[str, str] | None = None, hidden: bool = False) -> bytes:
    """A RAR 5 archive, members stored; `link` adds a Unix symbolic link (name, target), `hidden` announces encrypted headers."""
    out = b"Rar!\x1a\x07\x01\x00"
    if hidden:
        return out + _block(_vint(4) + _vint(0) + _vint(0) + _vint(0) + b"\x0f" + bytes(16)) + bytes(64)
    out += _block(_vint(1) + _vint(0) + _vint(0))
    for name, content in members:
        raw = name.encode()
        head = _vint(2) + _vint(2) + _vint(len(content)) + _vint(0x4) + _vint(len(content)) + _vint(0o100644)
        head += struct.pack("<I", zlib.crc32(content)) + _vint(0) + _vint(1) + _vint(len(raw)) + raw
        out += _block(head) + content
    if link:
        raw, target = link[0].encode(), link[1].encode()
        record = _vint(5) + _vint(1) + _vint(0) + _vint(len(target)) + target
        extra = _vint(len(record)) + record
        head = (
            _vint(2)
            + _vint(3)
            + _vint(len(extra))
            + _vint(0)
            + _vint(0)
            + _vint(0)
            + _vint(0o120777)
            + _vint(0)
            + _vint(1)
            + _vint(len(raw))
            + raw
            + extra
        )
        out += _block(head)
    return out + _block(_vint(5) + _vint(0) + _vint(0))


# --- OLE ---------------------------------------------------------------------------------------------------------------


def streams_of(body: bytes) -> dict[str, bytes]:
    container = Container(body)
    return {name: container.stream(name) for name in container.names()}


def changed(body: bytes, name: str, at: int, put: bytes) -> bytes:
    """An OLE file again, with `put` at a place of one of its streams."""
    streams = streams_of(body)
    streams[name] = streams[name][:at] + put + streams[name][at + len(put) :]
    return ole_file(streams)


def property_set(texts: Mapping[int, bytes], page: int) -> bytes:
    """A summary of these texts, in bytes of a code page."""
    values = {1: struct.pack("<IHH", 2, page, 0)}
    for key, raw in texts.items():
        padded = raw + b"\0"
        values[key] = struct.pack("<II", 0x1E, len(padded)) + padded + bytes(-len(padded) % 4)
    at, places = 8 + 8 * len(values), b""
    for key, value in values.items():
        places += struct.pack("<II", key, at)
        at += len(value)
    body = struct.pack("<II", at, len(values)) + places + b"".join(values.values())
    return struct.pack("<HHI16sI", 0xFFFE, 0, 0x20006, bytes(16), 1) + bytes(16) + struct.pack("<I", 48) + body
