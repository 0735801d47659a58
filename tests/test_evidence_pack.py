"""Evidence that is handed over or kept: the pack, sealed copies by role, and retention."""

from __future__ import annotations

import asyncio
import io
import json
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from evidence_lab import HOME, SITE, Lab, Still, html
from PIL import Image
from typer.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from govcrawl import browser, rulebook
from govcrawl.browser import find_browser
from govcrawl.cli import app
from govcrawl.errors import StoreError, UsageError
from govcrawl.evidence import command, journal, pack, retaining, sealed
from govcrawl.evidence import policy as policies
from govcrawl.evidence.album import Album
from govcrawl.evidence.policy import Policy
from govcrawl.model.findings import Outcome, Review
from govcrawl.scoring.decisions import fingerprint
from govcrawl.store import sealing, snapshots

IDENTITY = "11010119900307002X"
READERS = Policy.model_validate({"sealed": {"readers": {"检查组长": ["王明"]}}})


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1, 1), "red").save(out, "PNG")
    return out.getvalue()


PNG = _png()


def shot_of(lab: Lab, n: int) -> None:
    finding = lab.findings[n]
    album = Album(lab.folder, lab.run_id)
    shot = album.add(
        PNG, finding=finding.id, fingerprint=fingerprint(finding), site=SITE, url=finding.url, as_of=finding.as_of, taken_at="t", fetched_at=None,
        page={}, rendered=False, marked=1, covered=0,
    )  # fmt: skip
    album.save()
    lab.findings[n] = finding.with_(shot=f"shots/{shot.file}")


def lab_of(folder: Path, run_id: str = "20261116-aaaaaa") -> Lab:
    lab = Lab(folder, run_id)
    lab.page("a.html", html("<p>布署</p>"))
    lab.page("secret.html", html(f"<p>身份证号 {IDENTITY}</p>"), private=True)
    lab.page("unused.html", html("<p>别的页面</p>"))
    dead = lab.page("dead.html", b"gone", status=404)
    tries = {"what": "GET", "at": "t", "url": HOME + "dead.html", "status": 404}
    where = {"warc": dead.warc, "offset": dead.offset, "sha256": dead.sha256}
    lab.finding("a.html", value="布署", snippet="布署", clause="D21-1", message="“布署”应为“部署”")
    lab.finding(
        "a.html",
        rule="link-dead",
        url=HOME + f"a.html?id={IDENTITY}",
        snapshot=lab.findings[0].snapshot,
        evidence=[{**tries, "snapshot": where}],
    )
    lab.finding("secret.html", rule="privacy-id-number", value="1****************X", severity="severe")
    lab.finding("a.html", rule="file-unread", outcome=Outcome.NOT_CHECKED)
    shot_of(lab, 0)
    lab.writer.close()
    lab.seal()
    lab.end()
    return lab


def store_of(lab: Lab) -> str:
    return f"sqlite:///{lab.folder}/govcrawl.db"


def packed(lab: Lab, out: Path) -> dict[str, bytes]:
    done = CliRunner().invoke(app, ["evidence", "pack", "www.qinghe.gov.cn", "--out", str(out), "--store", store_of(lab)])
    assert done.exit_code == 0 and done.stdout.strip() == str(out), done.output
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_pack_holds_what_the_findings_point_to_and_nothing_sealed(tmp_path: Path) -> None:
    lab = lab_of(tmp_path / "w")
    files = packed(lab, tmp_path / "p.zip")
    assert sorted(files) == ["clauses.json", "evidence.warc.gz", "findings.jsonl", "index.html", "manifest.json", "shots/0001.png"]
    findings = [json.loads(line) for line in files["findings.jsonl"].splitlines()]
    assert [f["rule"] for f in findings] == ["link-dead", "privacy-id-number", "typo"], "not_checked accuses nobody"
    with io.BytesIO(files["evidence.warc.gz"]) as data:
        urls = [r.rec_headers.get_header("WARC-Target-URI") for r in ArchiveIterator(data)]
    assert urls == [None, HOME + "a.html", HOME + "dead.html"]
    by_rule = {f["rule"]: f for f in findings}
    assert by_rule["privacy-id-number"]["snapshot"] is None, "sealed"
    for snapshot in (by_rule["typo"]["snapshot"], by_rule["link-dead"]["evidence"][0]["snapshot"]):
        assert snapshot["warc"] == "evidence.warc.gz" and snapshots.wrong(files["evidence.warc.gz"], snapshots.Snapshot(**snapshot)) == []
    for name, data in files.items():
        assert IDENTITY.encode() not in data and b"\x00sealed-" not in data, name
    page = files["index.html"].decode()
    assert (
        "“布署”应为“部署”" in page
        and "已封存" in page
        and "监测时间点 2026-11-16" in page
        and "http-equiv" in page
        and "<script" not in page
    )
    clauses = json.loads(files["clauses.json"])
    assert any(c["clause"] == "D21-1" and c["text"] for c in clauses) and all(c["basis"] for c in clauses)
    manifest = json.loads(files["manifest.json"])
    assert {row["file"] for row in manifest["files"]} == files.keys() - {"manifest.json"} and manifest["members"][0][
        "warc"
    ] == lab.warc.name


def test_the_same_evidence_makes_the_same_bytes(tmp_path: Path) -> None:
    lab = lab_of(tmp_path / "w")
    packed(lab, tmp_path / "1.zip")
    packed(lab, tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        (None, None, []),
        ("shots/0001.png", b"other", ["shots/0001.png：与清单的 sha256 不符"]),
        ("findings.jsonl", None, None),
        ("index.html", b"", ["index.html：与清单的 sha256 不符"]),
        ("more.txt", b"x", ["more.txt：清单中没有"]),
        ("shots/0001.png", None, ["shots/0001.png：缺少文件", "问题 0000000000000000：缺少截图 shots/0001.png"]),
    ],
)
def test_a_pack_is_proved_when_it_is_opened_again(tmp_path: Path, name: str | None, change: bytes | None, said: list[str] | None) -> None:
    files = packed(lab_of(tmp_path / "w"), tmp_path / "p.zip")
    if name is not None:
        files = {n: d for n, d in files.items() if n != name} | ({name: change} if change is not None else {})
        with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
            for n, d in files.items():
                archive.writestr(n, d)
    done = CliRunner().invoke(app, ["verify", str(tmp_path / "p.zip")])
    if said is None:
        assert isinstance(done.exception, UsageError)
    else:
        assert (done.exit_code, done.stdout.splitlines()[:-1]) == (1 if said else 0, said)


@pytest.mark.skipif(find_browser() is None, reason="没有浏览器")
def test_the_packs_page_opens_from_the_disk_without_network(tmp_path: Path) -> None:
    packed(lab_of(tmp_path / "w"), tmp_path / "p.zip")
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        archive.extractall(tmp_path / "x")

    async def opened() -> tuple[list[int], list[str]]:
        asked: list[str] = []
        async with browser.offline() as chromium:
            tab = await (await chromium.new_context()).new_page()
            tab.on("request", lambda request: asked.append(request.url))
            await tab.goto((tmp_path / "x" / "index.html").as_uri())
            # the page loads its pictures when they come into view, which "load" does not wait for
            await tab.locator("img").first.scroll_into_view_if_needed()
            await tab.wait_for_function("[...document.images].every(i => i.complete)")
            return await tab.evaluate("[...document.images].map(i => i.naturalWidth)"), asked

    widths, asked = asyncio.run(opened())
    assert widths == [1] and asked and all(url.startswith("file:") for url in asked)


def test_a_site_without_findings_or_an_unknown_one_has_no_pack(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.end()
    for site in ("www.qinghe.gov.cn", "www.other.gov.cn"):
        assert CliRunner().invoke(app, ["evidence", "pack", site, "--store", store_of(lab)]).exit_code != 0
    with pytest.raises(UsageError, match="没有网站 www.other.gov.cn"):
        command.site_of(lab.store, "www.other.gov.cn", None)
    assert [command.site_of(lab.store, n, None)[1].site for n in (SITE, "qinghe.gov.cn", HOME)] == [SITE] * 3


# -- sealed copies ----------------------------------------------------------------------


def test_looking_at_a_sealed_copy_is_in_the_journal_before_it_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = lab_of(tmp_path)
    found = sealed.opened(lab.store, lab.run, SITE, READERS, who="王明", reason="申诉复核", clock=lab.clock)
    assert [c.record.url for c in found] == [HOME + "secret.html"] and IDENTITY.encode() in found[0].record.body
    entry = journal.entries(tmp_path)[-1]
    assert (entry["what"], entry["by"], entry["reason"], entry["records"]) == ("sealed", "王明", "申诉复核", [found[0].ident])
    assert entry["roles"] == ["检查组长"]
    assert IDENTITY not in (tmp_path / journal.FILE).read_text(encoding="utf-8")
    assert stat.S_IMODE((tmp_path / journal.FILE).stat().st_mode) == 0o600
    files = sealed.extract(found, tmp_path / "seen")
    assert [stat.S_IMODE(p.stat().st_mode) for p in files] == [0o600]

    def full(*_: object) -> None:
        raise StoreError("磁盘空间不足")

    monkeypatch.setattr(journal, "append", full)
    with pytest.raises(StoreError):
        sealed.opened(lab.store, lab.run, SITE, READERS, who="王明", reason="申诉复核", clock=lab.clock)


@pytest.mark.parametrize(
    ("readers", "who", "reason", "allowed"),
    [
        ([], "任一", "复核", False),
        (["王明"], "王明", "复核", True),
        (["王明"], "李四", "复核", False),
        ({"检查组长": ["王明"], "保密员": ["李芳"]}, "李芳", "复核", True),
        ({"检查组长": ["王明"], "保密员": []}, "李芳", "复核", False),
        ([], " ", "复核", False),
        ([], "王明", "", False),
    ],
)
def test_only_those_who_may_look_and_say_why(
    tmp_path: Path, readers: list[str] | dict[str, list[str]], who: str, reason: str, allowed: bool
) -> None:
    lab = lab_of(tmp_path)
    (tmp_path / policies.FILE).write_text(f"sealed: {{readers: {json.dumps(readers, ensure_ascii=False)}}}\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["evidence", "sealed", SITE, "--as", who, "--reason", reason, "--store", store_of(lab)])
    assert (done.exit_code == 0, "secret.html" in done.stdout) == (allowed, allowed)
    assert IDENTITY not in done.output
    kinds = [e["what"] for e in journal.entries(tmp_path)]
    assert kinds == (["sealed"] if allowed else ["refused"] if who.strip() and reason else [])


def test_without_a_policy_nobody_may_look_and_the_refusal_says_what_to_write(tmp_path: Path) -> None:
    lab = lab_of(tmp_path)
    done = CliRunner().invoke(app, ["evidence", "sealed", SITE, "--as", "王明", "--reason", "复核", "--store", store_of(lab)])
    assert isinstance(done.exception, UsageError) and done.stdout == ""
    said = str(done.exception)
    assert str(tmp_path / policies.FILE) in said and sealed.HOW in said
    assert [e["what"] for e in journal.entries(tmp_path)] == ["refused"]
    (tmp_path / policies.FILE).write_text(sealed.HOW + "\n", encoding="utf-8")
    assert (
        CliRunner().invoke(app, ["evidence", "sealed", SITE, "--as", "李芳", "--reason", "复核", "--store", store_of(lab)]).exit_code == 0
    )


def test_the_pack_is_of_the_newest_crawl_and_says_which_run_it_is_of(tmp_path: Path) -> None:
    lab = lab_of(tmp_path / "w")
    what_if = replace(lab.run, id="20261120-bbbbbb", as_of="2026-10-01", started_at="2026-11-20T09:00:00+08:00", replay_of=lab.run_id)
    lab.store.save_run(what_if)
    again = [f.with_(run=what_if.id, as_of=what_if.as_of, message="重放所见", shot=None) for f in lab.findings]
    lab.store.put_judgement(what_if.id, SITE, again, {"site": SITE}, {"site": SITE}, [])
    lab.store.save_run(replace(lab.run, id="20261121-cccccc", started_at="2026-11-21T09:00:00+08:00", state="abandoned"))

    def pack_of(*more: str) -> tuple[dict[str, object], dict[str, object], str]:
        out = tmp_path / "p.zip"
        done = CliRunner().invoke(app, ["evidence", "pack", SITE, "--out", str(out), "--store", store_of(lab), "--json", *more])
        assert done.exit_code == 0, done.output
        with zipfile.ZipFile(out) as archive:
            return json.loads(done.stdout), json.loads(archive.read("manifest.json")), archive.read("index.html").decode()

    told, manifest, page = pack_of()
    for said in (told, manifest):
        assert (said["run"], said["as_of"], said["replay_of"]) == (lab.run_id, "2026-11-16", None)
    assert "重放" not in page
    told, manifest, page = pack_of("--run", what_if.id)
    for said in (told, manifest):
        assert (said["run"], said["as_of"], said["replay_of"]) == (what_if.id, "2026-10-01", lab.run_id)
    assert f"本材料依据的是重放批次：按上述监测时间点和指标版本重新判断批次 {lab.run_id}" in page and "监测时间点 2026-10-01" in page


def test_a_policy_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "evidence.yml").write_text("sealed: {days: 3}\n", encoding="utf-8")
    with pytest.raises(UsageError, match="留存规定"):
        policies.read(tmp_path, None)
    assert policies.read(tmp_path / "none", None) == Policy()


# -- retention --------------------------------------------------------------------------

POLICY = Policy.model_validate({"sealed": {"keep_days": 10}, "shots": {"keep_days": 20}, "snapshots": {"keep_days": 40}})
TYPO, LINK, PRIVATE = (f"{n:016x}" for n in range(3))
ALL = (TYPO, LINK, PRIVATE)


def two_runs(folder: Path) -> tuple[Lab, Lab]:
    """An old run with findings, and a newer one of the same site that found nothing."""
    old = lab_of(folder)
    new = Lab(folder, "20261117-bbbbbb")
    new.run.started_at = "2026-11-17T09:30:00+08:00"
    new.page("a.html", html("<p>部署</p>"))
    new.end()
    return old, new


@pytest.mark.parametrize(
    ("closed", "after", "goes"),
    [
        ((), 400, []),
        ((TYPO,), 400, ["shot"]),  # the link's finding is open and points into the file
        ((PRIVATE,), 11, ["sealed"]),
        ((PRIVATE,), 10, []),
        ((TYPO, LINK), 400, ["shot"]),  # the sealed page's own finding is open
        (ALL, 11, ["sealed"]),
        (ALL, 21, ["sealed", "shot"]),
        (ALL, 41, ["sealed", "shot", "warc"]),
    ],
)
def test_what_goes_when_what_is_closed(tmp_path: Path, closed: tuple[str, ...], after: int, goes: list[str]) -> None:
    old, _ = two_runs(tmp_path)
    plan = retaining.Retention(old.store, POLICY, dict.fromkeys(closed, "2026-11-16"), Still().later(after).now().date()).plan()
    assert sorted(g.kind for g in plan) == goes and all(g.run == old.run_id for g in plan)


def test_the_newest_run_of_a_site_is_never_thrown_away(tmp_path: Path) -> None:
    lab = lab_of(tmp_path)
    plan = retaining.Retention(lab.store, POLICY, dict.fromkeys(ALL, "2026-11-16"), Still().later(4000).now().date()).plan()
    assert "warc" not in [g.kind for g in plan]


def test_a_finding_that_came_up_again_after_its_closing_is_open(tmp_path: Path) -> None:
    old, new = two_runs(tmp_path)
    new.findings = [old.findings[0].with_(run=new.run_id, shot=None)]
    new.store.put_judgement(new.run_id, SITE, new.findings, {"site": SITE}, {"site": SITE}, [])
    late = Still().later(400).now().date()
    assert "shot" not in [g.kind for g in retaining.Retention(old.store, POLICY, {TYPO: "2026-11-16"}, late).plan()]
    assert "shot" in [g.kind for g in retaining.Retention(old.store, POLICY, {TYPO: "2026-11-18"}, late).plan()]


def test_a_mistake_of_ours_closes_a_finding_as_long_as_its_evidence_is_the_same(tmp_path: Path) -> None:
    old, _ = two_runs(tmp_path)
    late = Still().later(400).now().date()
    old.store.decide(
        Review(finding=TYPO, decision="false_positive", fingerprint="of other evidence", by="甲", at="2026-11-16T10:00:00+08:00")
    )
    assert retaining.Retention(old.store, POLICY, {}, late).plan() == []
    said = fingerprint(old.findings[0])
    old.store.decide(Review(finding=TYPO, decision="false_positive", fingerprint=said, by="甲", at="2026-11-16T10:00:00+08:00"))
    assert [g.kind for g in retaining.Retention(old.store, POLICY, {}, late).plan()] == ["shot"]


def test_a_dry_run_deletes_nothing_and_the_deletion_is_in_the_journal_and_in_the_output_folder_too(tmp_path: Path) -> None:
    old, new = two_runs(tmp_path)
    out = tmp_path / "out"
    (out / "snapshots").mkdir(parents=True)
    (out / "snapshots" / old.warc.name).hardlink_to(old.warc)
    listed = tmp_path / "closed.csv"
    listed.write_text("".join(f"{ident},2026-11-20\n" for ident in ALL), encoding="utf-8")
    base = [
        "evidence",
        "retain",
        "--closed",
        str(listed),
        "--sealed-days",
        "0",
        "--shot-days",
        "0",
        "--warc-days",
        "0",
        "--store",
        store_of(old),
    ]
    warc, copy = old.warc, old.warc.parent / (sealing.PREFIX + old.warc.name)

    def run(*more: str) -> list[dict[str, object]]:
        outcome = CliRunner().invoke(app, [*base, "--json", *more])
        assert outcome.exit_code == 0, outcome.output
        return [json.loads(line) for line in outcome.stdout.splitlines()]

    clock = Still().later(30)
    before = sorted(p.name for p in tmp_path.rglob("*") if p.is_file())
    command.retain(
        dry_run=True, policy=None, closed=listed, days={"sealed": 0, "snapshots": 0, "shots": 0}, store=store_of(old), as_json=False, echo=lambda t: None,
        clock=clock,
    )  # fmt: skip
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == before
    command.retain(
        dry_run=False, policy=None, closed=listed, days={"sealed": 0, "snapshots": 0, "shots": 0}, store=store_of(old), as_json=False,
        echo=lambda t: None, clock=clock,
    )  # fmt: skip
    assert not warc.exists() and not copy.exists() and not (out / "snapshots" / warc.name).exists()
    assert not list(old.shots.glob("*.png")) and Album(tmp_path, old.run_id).shots[0].removed_at
    kept = [e for e in journal.entries(tmp_path) if e["what"] == "retain"]
    assert [set(e) & {"shot", "sealed", "warc"} for e in kept] == [{"shot"}, {"sealed"}, {"warc"}] and journal.broken(tmp_path) == []
    assert new.warc.exists() and run() == []


def test_a_list_of_closings_that_is_none_is_named(tmp_path: Path) -> None:
    listed = tmp_path / "c.csv"
    listed.write_text("8f1c2a0011223344,昨天\n", encoding="utf-8")
    with pytest.raises(UsageError, match="第 1 行"):
        retaining.closings(listed)
    assert retaining.closings(None) == {}


def test_of_two_copies_only_the_one_that_is_due_goes(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    for n in range(3):
        lab.page(f"{n}.html", html(f"<p>身份证号 {IDENTITY} {n}</p>"), private=True)
    lab.writer.close()
    lab.seal()
    copy = lab.warc.parent / (sealing.PREFIX + lab.warc.name)
    ids = [ident for ident, _ in sealing.copies(copy)]
    assert sealing.drop(copy, {ids[1]}) == 1 and [ident for ident, _ in sealing.copies(copy)] == [ids[0], ids[2]]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sealing.drop(copy, set(ids)) == 2 and not copy.exists()


def test_a_pack_is_told_of_what_retention_deleted(tmp_path: Path) -> None:
    lab = lab_of(tmp_path / "w")
    lab.warc.unlink()
    done = pack.write(
        lab.store, lab.run, command.site_of(lab.store, SITE, None)[1], rulebook.pack("national-2019"),
        rulebook.rules(), tmp_path / "p.zip",
    )  # fmt: skip
    assert (done.members, done.gone) == (0, 3) and pack.opened(tmp_path / "p.zip") == []
