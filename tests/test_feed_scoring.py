"""The README's scoring client over a real run of the simulated government: what it rebuilds from the feed alone equals what was published."""

from __future__ import annotations

import json
import re
import threading
import types
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import pytest
import uvicorn
from feed_kit import COUNTY, FEW_FINDINGS, TOKEN, VETOED, inspect_three
from main_job import ROOT, govcrawl, rows

from fixtures.portal.sites.qinghe_files import NUMBERS
from govcrawl import demonstration
from govcrawl.feed import dumping, reading, schema, serving
from govcrawl.model.findings import Review
from govcrawl.scoring import fingerprint, veto_fingerprint, veto_id
from govcrawl.store.base import Store, open_store

pytestmark = pytest.mark.xdist_group("feed")


class Job(NamedTuple):
    workspace: Path
    store: Store
    base: str
    client: types.ModuleType
    pages: dict[str, str]
    """Pages that show personal data, by address."""


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Job]:
    """An inspection of three sites, and its feed being served."""
    workspace = tmp_path_factory.mktemp("workspace")
    with demonstration.portal().Portal() as portal:
        planted = inspect_three(workspace, portal.proxy_url)
        private = {f["url"] for f in planted["findings"] if f["rule"].startswith("privacy-") and f["site"] == COUNTY}
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": portal.proxy_url}))
        pages = {url: opener.open(url, timeout=20).read().decode("gb18030", "replace") for url in private}
    store = open_store(f"sqlite:///{workspace}/govcrawl.db")
    server = uvicorn.Server(uvicorn.Config(serving.application(store, [TOKEN]), port=0, lifespan="off", ws="none", log_config=None))
    serving_thread = threading.Thread(target=server.run, daemon=True)
    serving_thread.start()
    yield Job(workspace, store, _address(server, serving_thread), _client(), pages)
    server.should_exit = True
    serving_thread.join(60)
    store.close()


def _address(server: uvicorn.Server, thread: threading.Thread) -> str:
    pause = threading.Event()
    while not server.started:
        assert thread.is_alive()
        pause.wait(0.01)
    return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"


def _client() -> types.ModuleType:
    """The client as the README prints it."""
    [text] = re.findall(r"```python\n(\"\"\"scoring_client\.py.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    assert sum(bool(line.strip()) for line in text.splitlines()) <= 40, "a few lines, or nobody reads it"
    made = types.ModuleType("scoring_client")
    exec(compile(text, "README.md", "exec"), made.__dict__)
    return made


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def rebuilt(job: Job, known: dict[tuple[str, str], Any]) -> dict[str, tuple[Any, Any]]:
    cards = [ident.split("/") for kind, ident in known if kind == "scorecard"]
    return {site: job.client.scored(known, run, site) for _, site, run in cards}


def published(job: Job) -> dict[str, Any]:
    [path] = (job.workspace / "out").glob("*/scorecard.json")
    return {card["site"]: card for card in json.loads(path.read_text(encoding="utf-8"))["sites"]}


def test_the_client_rebuilds_every_scorecard_field_by_field(job: Job) -> None:
    known: dict[tuple[str, str], Any] = {}
    assert job.client.follow(job.base, TOKEN, known) == job.store.changes(0, 100_000)[-1]["seq"]
    cards = rebuilt(job, known)
    assert set(cards) == {COUNTY, FEW_FINDINGS, VETOED}
    for site, (theirs, ours) in cards.items():
        assert ours == theirs == published(job)[site]
    assert {ours["verdict"] for _, ours in cards.values()} >= {"pending_review", "inconclusive"}
    assert any(ours["deductions"] not in ("0.00", None) for _, ours in cards.values()), "there is something to get wrong"


def test_it_needs_the_facts_and_does_not_copy_the_scorecard(job: Job) -> None:
    known: dict[tuple[str, str], Any] = {}
    job.client.follow(job.base, TOKEN, known)
    theirs, _ = rebuilt(job, known)[COUNTY]
    counted = next(i for row in theirs["indicators"] if row["kind"] == "deduction" for line in row["lines"] for i in line["counted"])
    less = {key: value for key, value in known.items() if not (key[0] == "finding" and f"/{counted}/" in key[1])}
    _, ours = rebuilt(job, less)[COUNTY]
    assert ours != theirs and ours["base"] > theirs["base"]


def test_after_decisions_it_goes_on_and_comes_to_the_new_scorecard(job: Job) -> None:
    known: dict[tuple[str, str], Any] = {}
    after = job.client.follow(job.base, TOKEN, known)
    before = {site: ours["verdict"] for site, (_, ours) in rebuilt(job, known).items()}
    [run] = job.store.runs()
    veto = next(card for card in job.store.scorecards(run.id) if card["site"] == VETOED)["vetoes"][0]
    findings = {f.id: f for f in job.store.findings(run.id)}
    evidence = veto_fingerprint(findings[i] for i in veto["findings"])
    told: dict[str, Any] = {"decision": "confirmed", "at": "2026-11-25T10:00:00+08:00"}
    for by in ("检查员甲", "检查员乙"):
        job.store.decide(Review(finding=veto_id(VETOED, veto["indicator"]), fingerprint=evidence, by=by, **told))
    wrong = next(f for f in findings.values() if f.site == COUNTY and f.outcome.value == "fail" and f.clause and not f.old)
    job.store.decide(Review(finding=wrong.id, fingerprint=fingerprint(wrong), by="检查员甲", **told | {"decision": "false_positive"}))
    assert govcrawl("score", run.id, cwd=job.workspace).returncode in (0, 3, 4)
    assert job.client.follow(job.base, TOKEN, known, after) > after
    anew: dict[tuple[str, str], Any] = {}
    job.client.follow(job.base, TOKEN, anew)
    assert anew == known, "going on and beginning again come to the same"
    for site, (theirs, ours) in rebuilt(job, known).items():
        assert ours == theirs == published(job)[site]
    assert (before[VETOED], rebuilt(job, known)[VETOED][1]["verdict"]) == ("pending_review", "fail")


def test_the_feed_says_what_the_store_and_the_files_say(job: Job) -> None:
    known: dict[tuple[str, str], Any] = {}
    job.client.follow(job.base, TOKEN, known)
    [out] = (job.workspace / "out").glob("*")
    told = [row for (kind, _), (_, row) in known.items() if kind in ("finding",) and row]
    files = rows(out / "findings.jsonl")
    key = lambda row: (row["site"], row["rule"], row["id"])  # noqa: E731
    assert sorted([{k: v for k, v in row.items() if k in files[0]} for row in told], key=key) == files
    records = [row for (kind, _), (_, row) in known.items() if kind in schema.RECORDS and row]
    kept = rows(out / "records.jsonl")
    assert Counter((r["kind"], r["site"], r["url"], r["title"]) for r in records) == Counter(
        (r["kind"], r["site"], r["url"], r["title"]) for r in kept
    )


def test_every_change_fits_its_schema(job: Job) -> None:
    strict = {"additionalProperties": False}
    fits = {
        kind: jsonschema_rs.Draft202012Validator(json.loads(schema.stored(kind)) | strict, validate_formats=True)
        for kind in (*schema.KINDS, schema.ENVELOPE)
    }
    changes = job.store.changes(0, 100_000)
    for change in changes:
        faults = list(fits[schema.ENVELOPE].iter_errors(change))
        if change["op"] == "put":
            faults += fits[change["kind"]].iter_errors(change["payload"])
        assert not faults, (change["kind"], change["id"], [e.message for e in faults])
    assert {c["kind"] for c in changes} >= {
        "site",
        "column",
        "article",
        "message",
        "service_guide",
        "finding",
        "receipt",
        "scorecard",
        "draw",
    }


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_no_personal_number_is_in_any_answer_or_file(job: Job, form: Any, tmp_path: Path) -> None:
    numbers = {
        n
        for page in job.pages.values()
        for n in re.findall(r"(?<![0-9Xx])(?:[0-9]{17}[0-9Xx]|1[3-9][0-9]{9}|6[0-9]{15,18})(?![0-9Xx])", page)
    }
    assert len(numbers) >= 3
    dumping.dump(job.store, tmp_path, form=form)
    texts = [json.dumps(change, ensure_ascii=False) for change in reading.rows(tmp_path)]
    for address in ("changes?limit=1000", *(f"records?kind={kind}&limit=1000" for kind in schema.KINDS)):
        asked = urllib.request.Request(f"{job.base}/api/v1/{address}", headers={"Authorization": f"Bearer {TOKEN}"})
        texts.append(urllib.request.urlopen(asked, timeout=60).read().decode())
    shown = [n for n in (*numbers, *NUMBERS) if any(n in text for text in texts)]
    assert not shown, [f"{n[:3]}…" for n in shown]
    masked = {
        f["value"] for f in (row["payload"] for row in job.store.newest("finding", COUNTY, "", 1000)) if f["rule"].startswith("privacy-")
    }
    assert masked and all("*" in value for value in masked), "they were there to be masked"
