"""`govcrawl verify`: what is whole is said to be whole; every way of tampering is named."""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from evidence_lab import HOME, Lab, Still, html
from typer.testing import CliRunner

from govcrawl.cli import app
from govcrawl.evidence import journal, proving, retaining, sealed
from govcrawl.evidence.album import Album
from govcrawl.evidence.policy import Policy
from govcrawl.store import sealing, snapshots

PAGES = 6


def lab_of(tmp_path: Path) -> Lab:
    """A finished run: six pages, one of them sealed, one failed request's answer in the evidence, one screenshot."""
    lab = Lab(tmp_path)
    for n in range(PAGES):
        lab.page(f"{n}.html", html(f"<p>{n} " + "内容" * 300 * n + "</p>"), private=n == 3)
    dead = lab.page("dead.html", b"not found", status=404)
    lab.finding("0.html")
    evidence = [{"what": "GET", "url": HOME + "dead.html", "snapshot": {"warc": dead.warc, "offset": dead.offset, "sha256": dead.sha256}}]
    lab.finding("1.html", rule="link-dead", evidence=evidence)
    lab.finding("3.html", rule="privacy-phone")
    album = Album(tmp_path, lab.run_id)
    first = lab.findings[0]
    album.add(
        b"\x89PNG picture", finding=first.id, fingerprint="f", site=first.site, url=first.url, as_of=first.as_of, taken_at="t", fetched_at=None, page={},
        rendered=False, marked=1, covered=0,
    )  # fmt: skip
    album.save()
    lab.findings[0] = first.with_(shot="shots/0001.png")
    lab.writer.close()
    lab.seal()
    lab.end()
    return lab


def member(lab: Lab, n: int) -> tuple[int, int, bytes]:
    """(offset, length, record) of the n-th page."""
    snapshot = lab.visits[f"{HOME}{n}.html"].last.snapshot  # type: ignore[union-attr]
    assert snapshot is not None
    packed, record = snapshots.member(lab.warc, snapshot.offset)
    return snapshot.offset, len(packed), record


def test_a_whole_run_is_proved(tmp_path: Path) -> None:
    lab = lab_of(tmp_path)
    proof = proving.verify(lab.store, lab.run)
    assert proof.problems == []
    assert (proof.files, proof.members, proof.bodies, proof.sealed, proof.shots) == (2, PAGES + 3, PAGES, 1, 1)
    assert proof.summary() == "一致：已核对快照文件 2 个、记录 9 条完好性，原文 6 份 sha256，截图 1 张（已封存 1 份）"


def flip(lab: Lab) -> None:
    offset, length, _ = member(lab, 2)
    data = bytearray(lab.warc.read_bytes())
    data[offset + length // 2] ^= 0xFF
    lab.warc.write_bytes(data)


def forge(lab: Lab) -> None:
    """Another body of the same length in a member whose checksums are right."""
    offset, length, record = member(lab, 2)
    false = record.replace("内容内容".encode(), "内客内容".encode(), 1)
    assert false != record and len(false) == len(record)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    deflated = packer.compress(false) + packer.flush()
    room = length - len(deflated) - 18 - 2
    extra = struct.pack("<H", room) + b"\0" * room
    packed = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff" + extra + deflated + struct.pack("<II", zlib.crc32(false), len(false))
    assert len(packed) == length
    data = bytearray(lab.warc.read_bytes())
    data[offset : offset + length] = packed
    lab.warc.write_bytes(data)


def cut(lab: Lab) -> None:
    lab.warc.write_bytes(lab.warc.read_bytes()[:-20])


def shift(lab: Lab) -> None:
    """A member taken out: everything behind it lies elsewhere."""
    offset, length, _ = member(lab, 4)
    data = lab.warc.read_bytes()
    lab.warc.write_bytes(data[:offset] + data[offset + length :])


def no_copy(lab: Lab) -> None:
    (lab.warc.parent / (sealing.PREFIX + lab.warc.name)).unlink()


def other_copy(lab: Lab) -> None:
    copy = lab.warc.parent / (sealing.PREFIX + lab.warc.name)
    packed, record = snapshots.member(copy, 0)
    false = record.replace("内容".encode(), "假的".encode(), 1)
    copy.write_bytes(gzip.compress(false, mtime=0))


def shot_changed(lab: Lab) -> None:
    (lab.shots / "0001.png").write_bytes(b"\x89PNG another")


def shot_gone(lab: Lab) -> None:
    (lab.shots / "0001.png").unlink()


def shot_added(lab: Lab) -> None:
    (lab.shots / "0002.png").write_bytes(b"x")


def shot_unlisted(lab: Lab) -> None:
    said = json.loads((lab.shots / "manifest.json").read_text())
    (lab.shots / "manifest.json").write_text(json.dumps({**said, "shots": []}))


def log_changed(lab: Lab) -> None:
    for n in range(3):
        journal.append(lab.folder, {"what": "sealed", "by": "王明", "n": n})
    path = lab.folder / journal.FILE
    path.write_text(path.read_text(encoding="utf-8").replace('"n": 1', '"n": 7'), encoding="utf-8")


TAMPERED: list[tuple[Callable[[Lab], None], list[str]]] = [
    (flip, ["压缩数据已损坏或被改动（校验和不符）"]),
    (forge, ["原文与记录的 sha256 不符"]),
    (cut, ["记录不完整"]),
    (shift, ["没有记录", "校验和不符"]),
    (lambda lab: lab.warc.unlink(), ["缺少快照文件（7 处引用）"]),
    (no_copy, ["已封存，但缺少封存副本"]),
    (other_copy, ["封存副本与记录的 sha256 不符"]),
    (shot_changed, ["截图 0001.png：与清单的 sha256 不符"]),
    (shot_gone, ["截图 0001.png：缺少文件"]),
    (shot_added, ["截图 0002.png：清单中没有"]),
    (shot_unlisted, ["截图 shots/0001.png 不在清单中"]),
    (log_changed, ["第 3 行与上一行不衔接"]),
]


@pytest.mark.parametrize(("tamper", "said"), TAMPERED, ids=[getattr(t, "__name__", "file") for t, _ in TAMPERED])
def test_what_was_tampered_with_is_named_and_the_command_ends_with_1(
    tmp_path: Path, tamper: Callable[[Lab], None], said: list[str]
) -> None:
    lab = lab_of(tmp_path)
    tamper(lab)
    problems = proving.verify(lab.store, lab.run).problems
    assert any(any(words in problem for words in said) for problem in problems), problems
    store = f"sqlite:///{tmp_path}/govcrawl.db"
    done = CliRunner().invoke(app, ["verify", lab.run_id, "--store", store])
    assert done.exit_code == 1 and done.stdout.splitlines()[:-1] == problems and done.stdout.splitlines()[-1].startswith("不一致")


def test_beyond_a_broken_member_the_rest_is_still_proved(tmp_path: Path) -> None:
    lab = lab_of(tmp_path)
    flip(lab)
    proof = proving.verify(lab.store, lab.run)
    assert len(proof.problems) == 1 and proof.bodies == PAGES - 1 and HOME + "2.html" in proof.problems[0]


def test_the_command_says_a_whole_run_is_whole(tmp_path: Path) -> None:
    lab = lab_of(tmp_path)
    done = CliRunner().invoke(app, ["verify", lab.run_id, "--store", f"sqlite:///{tmp_path}/govcrawl.db", "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout)["problems"] == []
    gone = CliRunner().invoke(app, ["verify", "20200101-ffffff", "--store", f"sqlite:///{tmp_path}/govcrawl.db"])
    assert gone.exit_code != 0


def test_what_retention_deleted_is_no_problem_but_what_somebody_deleted_is(tmp_path: Path) -> None:
    lab = lab_of(tmp_path)
    closed = {f.id: "2026-11-20" for f in lab.findings}
    policy = Policy.model_validate({"sealed": {"keep_days": 5}, "shots": {"keep_days": 5}})
    later = Still().later(30)
    plan = retaining.Retention(lab.store, policy, closed, later.now().date()).plan()
    assert [goes.kind for goes in plan] == ["shot", "sealed"]
    retaining.carry_out(lab.store, plan, later)
    proof = proving.verify(lab.store, lab.run)
    assert (proof.problems, proof.sealed, proof.removed, proof.shots) == ([], 0, 1, 0)
    assert list(sealed.copies(lab.store, lab.run, lab.findings[0].site)) == []
