"""The published schemas are what the models say, every kind has one, and what a store announces fits them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
from feed_kit import RUN, SITE, opened
from main_job import ROOT

from govcrawl.feed import schema
from govcrawl.model.findings import Finding, Outcome, Review
from govcrawl.model.items import RECORDS, Snapshot
from govcrawl.model.runs import Run


def test_the_files_are_what_is_generated() -> None:
    kept = {path.stem: path.read_text(encoding="utf-8") for path in schema.FOLDER.glob("*.json")}
    assert kept == {kind: schema.text(made) for kind, made in schema.generated().items()}, "python -m govcrawl.feed.schema"


def test_every_kind_has_one_and_the_writer_writes_them(tmp_path: Path) -> None:
    schema.write(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {*schema.KINDS, "change"} >= {*RECORDS, "finding", "scorecard", "run"}
    for kind in schema.KINDS:
        jsonschema_rs.meta.validate(json.loads(schema.stored(kind)))
    with pytest.raises(KeyError):
        schema.stored("../schema")


@pytest.mark.parametrize("name", ["sqlite", "mongo"])
def test_every_kind_that_a_store_announces_has_one(name: str) -> None:
    parts = [*(ROOT / "govcrawl" / "store").glob(f"{name}*.py"), ROOT / "govcrawl" / "store" / "sequence.py"]
    announced = set(re.findall(r'News\("(\w+)"', "".join(path.read_text(encoding="utf-8") for path in parts)))
    expected = {"finding", "scorecard", "receipt", "run", "draw", "decision", "order", "order_event"}
    assert expected <= announced <= set(schema.KINDS)


def validator(kind: str) -> jsonschema_rs.Draft202012Validator:
    """Strict: a field that the schema does not name is a fault."""
    told = json.loads(schema.stored(kind)) | {"additionalProperties": False}
    return jsonschema_rs.Draft202012Validator(told, validate_formats=True)


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_of_each_kind_fits(kind: str) -> None:
    record = RECORDS[kind](site=SITE, url="http://www.qinghe.gov.cn/", snapshot=Snapshot("a.warc.gz", 3, "0" * 64))
    row = record.to_json()
    if "at" in row:
        row["at"] = "2026-11-16T08:00:00+08:00"
    assert [e.message for e in validator(kind).iter_errors(row)] == []
    for wrong in ({**row, "kind": "finding"}, {**row, "rev": "1"}, {k: v for k, v in row.items() if k != "title"}, {**row, "key": "x"}):
        assert not validator(kind).is_valid(wrong)


def test_days_and_moments_are_told_apart() -> None:
    told = json.loads(schema.stored("message"))["properties"]
    assert told["asked_on"]["format"] == "date" and told["fetched_at"]["format"] == "date-time" and "format" not in told["subject"]
    row = RECORDS["message"](site=SITE, url="http://a/").to_json()
    assert validator("message").is_valid({**row, "asked_on": "2026-11-16"}) and not validator("message").is_valid(
        {**row, "asked_on": "11月"}
    )


def test_what_a_store_announces_beside_records_fits(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.save_run(
        Run(
            id=RUN, targets=[{"site": SITE}], targets_key="k", pack="p", as_of="2026-11-16", seed="s", started_at="2026-11-16T08:00:00+08:00"
        )
    )  # fmt: skip
    found = Finding(id="a" * 16, rule="link-dead", outcome=Outcome.FAIL, site=SITE, object="page", url="http://a/", message="失效", run=RUN)
    store.put_judgement(RUN, SITE, [found.with_(as_of="2026-11-16")], {"site": SITE}, {"site": SITE}, [])
    store.put_judgement(RUN, SITE, [], {"site": SITE}, {"site": SITE}, [])
    store.put_draws(RUN, SITE, {"D8-1": ["u1"]})
    store.decide(Review(finding="a" * 16, decision="waived", fingerprint="x", by="甲", at="2026-11-16T08:00:00+08:00", period="2026-Q4"))
    changes = store.changes(0, 100)
    assert {c["kind"] for c in changes} == {"run", "finding", "receipt", "scorecard", "draw", "decision"}
    for change in changes:
        assert [e.message for e in validator("change").iter_errors(change)] == []
        if change["op"] == "put" and change["kind"] not in ("receipt", "scorecard"):  # these are whole in a run of the simulated government
            assert [e.message for e in validator(change["kind"]).iter_errors(change["payload"])] == [], change
    store.close()
