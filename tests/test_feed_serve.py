"""`feed serve`: 401 and nothing else without a token, pages, long poll, NDJSON; a consumer that stops anywhere misses nothing."""

from __future__ import annotations

import asyncio
import json
import random
import re
import signal
import subprocess
import sys
import threading
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import mongo_server
import pytest
import schemathesis
from fastapi.testclient import TestClient
from feed_kit import SITE, TOKEN, Clock, Consumer, articles, fill, opened, standing
from main_job import environment, govcrawl
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events

from govcrawl.errors import StoreError, UsageError
from govcrawl.feed import guard, schema, serving
from govcrawl.store.base import Store
from govcrawl.store.mongo import MongoStore

pytestmark = pytest.mark.xdist_group("mongod")
LET_IN = {"Authorization": f"Bearer {TOKEN}"}
CHANGES = "/api/v1/changes"
PATIENCE = 60.0


@pytest.fixture(scope="module")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mongo_server.Mongod]:
    with mongo_server.running(tmp_path_factory.mktemp("mongod")) as server:
        yield server


@pytest.fixture(params=["sqlite", "mongodb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        made: Store = opened(tmp_path)
    else:
        port = request.getfixturevalue("mongod").port
        made = MongoStore(f"mongodb://127.0.0.1:{port}/w{uuid.uuid4().hex[:12]}?replicaSet=rs0", tmp_path, clock=Clock())
    fill(made)
    yield made
    made.close()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Store]:
    made = opened(tmp_path)
    fill(made)
    yield made
    made.close()


def client(store: Store, **values: Any) -> TestClient:
    return TestClient(serving.application(store, [TOKEN], **values), headers=LET_IN)


# who is let in

PATHS = (CHANGES, f"{CHANGES}?limit=x", "/api/v1/records?kind=article", "/api/v1/schemas", "/api/v1/schemas/finding", "/openapi.json",
         "/docs", "/redoc", "/healthz", "/metrics", "/", "/api/v1/none", "/%2e%2e/etc/passwd")  # fmt: skip
WRONG = ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": TOKEN},
         {"Authorization": f"Basic {TOKEN}"}, {"Authorization": f"Bearer {TOKEN[:-1]}"}, {"Authorization": "Bearer \xff\xfe"})  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_without_a_token_there_is_401_and_nothing_else(path: str, embedded: Store) -> None:
    outside = TestClient(serving.application(embedded, [TOKEN]))
    answers = [
        outside.request(method, path, headers={k: v.encode("latin-1") for k, v in headers.items()})
        for headers in WRONG
        for method in ("GET", "HEAD", "POST", "OPTIONS", "TRACE", "DELETE")
    ]
    assert {(a.status_code, a.content) for a in answers} == {(401, b"")}
    told = {"content-length": "0", "www-authenticate": "Bearer", "cache-control": "no-store"}
    assert all(dict(a.headers) == told for a in answers), "unknown and known addresses look the same"


def test_two_authorizations_are_none(embedded: Store) -> None:
    outside = TestClient(serving.application(embedded, [TOKEN]))
    twice = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer wrong-wrong-wrong")]
    assert outside.get("/healthz", headers=twice).status_code == 401


def test_every_token_of_the_file_is_let_in(embedded: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tokens").write_text(f"{TOKEN}\n\n{TOKEN}-of-tomorrow\n")
    allowed = guard.tokens(tmp_path / "tokens")
    for token in allowed:
        answer = TestClient(serving.application(embedded, allowed)).get("/healthz", headers={"Authorization": f"bearer {token}"})
        assert (answer.status_code, answer.json()) == (200, {"state": "ok"})
    monkeypatch.setenv(guard.VARIABLE, "short")
    with pytest.raises(UsageError, match="16 个以上"):
        guard.tokens(None)
    monkeypatch.delenv(guard.VARIABLE)
    with pytest.raises(UsageError, match="没有访问令牌"):
        guard.tokens(None)
    with pytest.raises(UsageError, match="无法读取令牌文件"):
        guard.tokens(tmp_path / "none")


# pages


def test_the_sequence_comes_in_pages(store: Store) -> None:
    whole = store.changes(0, 1000)
    seen: list[Any] = []
    after, more, pages = 0, True, 0
    while more:
        page = client(store).get(CHANGES, params={"after": after, "limit": 7}).json()
        seen += page["items"]
        assert page["next"] == page["items"][-1]["seq"]
        after, more, pages = page["next"], page["has_more"], pages + 1
    assert seen == whole and pages == -(-len(whole) // 7)
    assert client(store).get(CHANGES, params={"after": after}).json() == {"items": [], "next": after, "has_more": False}
    assert client(store).get(CHANGES, params={"limit": len(whole)}).json()["has_more"] is False


def test_one_answer_holds_more_than_one_reading_and_no_more_than_its_size(embedded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded.put_records("20261120-cccccc", SITE, articles(range(350), "很长的正文" * 100))
    asked = client(embedded)
    whole = embedded.changes(0, 10_000)
    assert len(whole) > 350 and asked.get(CHANGES, params={"limit": 1000}).json() == {
        "items": whole, "next": whole[-1]["seq"], "has_more": False,
    }  # fmt: skip
    monkeypatch.setattr(serving, "MOST_BYTES", 20_000)
    page = asked.get(CHANGES, params={"limit": 1000})
    assert len(page.content) < 25_000 and page.json()["has_more"] and page.json()["next"] == page.json()["items"][-1]["seq"]
    monkeypatch.setattr(serving, "MOST_BYTES", 1)
    assert [len(asked.get(CHANGES, params={"after": a, "limit": 1000}).json()["items"]) for a in (0, 1)] == [1, 1]
    consumer = Consumer()
    while consumer.after < whole[-1]["seq"]:
        page = asked.get(CHANGES, params={"after": consumer.after, "limit": 1000}).json()
        consumer.after = page["next"]
        assert page["items"]


def test_what_stands_now_comes_in_pages(store: Store) -> None:
    asked, seen, after, more = client(store), [], "", True
    while more:
        page = asked.get("/api/v1/records", params={"kind": "article", "site": SITE, "after": after, "limit": 3}).json()
        seen += page["items"]
        after, more = page["next"], page["has_more"]
    assert {c["id"]: c["payload"] for c in seen} == {k: v for k, v in standing(store).items() if k.startswith("article/")}
    assert asked.get("/api/v1/records", params={"kind": "scorecard"}).json()["items"][0]["payload"] == {"site": SITE, "n": 2}
    assert asked.get("/api/v1/records", params={"kind": "article", "site": "none"}).json()["items"] == []
    assert asked.get("/api/v1/records", params={"kind": "none"}).status_code == 404


@pytest.mark.parametrize(
    ("parameters", "said"),
    [("limit=0", "limit"), ("limit=1001", "limit"), ("after=-1", "after"), ("after=9223372036854775808", "after"), ("wait=61", "wait"),
     ("wait=1.5", "wait"), ("after=x&limit=", "after、limit")],
)  # fmt: skip
def test_limits_are_held(parameters: str, said: str, embedded: Store) -> None:
    answer = client(embedded).get(f"{CHANGES}?{parameters}")
    assert (answer.status_code, answer.json()) == (422, {"detail": f"参数不正确：{said}"})


def test_schemas_descriptions_and_what_is_not_there(embedded: Store) -> None:
    asked = client(embedded)
    assert asked.get("/api/v1/schemas").json() == {"kinds": list(schema.KINDS)}
    for kind in (*schema.KINDS, "change"):
        assert asked.get(f"/api/v1/schemas/{kind}").text == schema.stored(kind)
    assert asked.get("/openapi.json").json()["openapi"].startswith("3.1")
    assert (asked.get("/api/v1/schemas/none").status_code, asked.get("/nowhere").json()) == (404, {"detail": "没有这个地址"})
    refused = asked.post(CHANGES)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")


def test_a_store_that_fails_is_503_and_its_place_stays_with_us(embedded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(after: int, limit: int) -> list[dict[str, Any]]:
        raise StoreError("读取存储 /secret/place.db 失败")

    monkeypatch.setattr(embedded, "changes", fails)
    for path, headers in ((CHANGES, {}), ("/healthz", {}), (CHANGES, {"Accept": serving.NDJSON})):
        answer = client(embedded).get(path, headers=headers)
        assert answer.status_code == 503 and "secret" not in answer.text


def test_a_lone_mongodb_server_is_refused_with_the_reason(tmp_path: Path) -> None:
    with mongo_server.running(tmp_path / "lone", replica=False) as server:
        store = MongoStore(f"mongodb://127.0.0.1:{server.port}/x", tmp_path)
        with pytest.raises(StoreError, match="请改为副本集"):
            serving.serve(store, [TOKEN], "127.0.0.1", 0, print)
        store.close()


# waiting


class Waiting:
    """A pause that says when somebody waits."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    async def __call__(self) -> None:
        self.begun.set()
        await asyncio.sleep(0.01)


def test_a_waiting_request_answers_as_soon_as_something_is_there(store: Store) -> None:
    pause, answers = Waiting(), []
    highest = store.changes(0, 1000)[-1]["seq"]
    asked = client(store, pause=pause)
    waiting = threading.Thread(target=lambda: answers.append(asked.get(CHANGES, params={"after": highest, "wait": 60}).json()))
    waiting.start()
    assert pause.begun.wait(PATIENCE)
    store.put_records("20261120-cccccc", SITE, articles([99]))
    waiting.join(PATIENCE)
    [answer] = answers
    assert [c["seq"] for c in answer["items"]] == [highest + 1] and answer["next"] == highest + 1


def test_a_wait_that_sees_nothing_ends_with_an_empty_page(embedded: Store) -> None:
    pause, highest = Waiting(), embedded.changes(0, 1000)[-1]["seq"]
    answer = client(embedded, pause=pause).get(CHANGES, params={"after": highest, "wait": 1}).json()
    assert answer == {"items": [], "next": highest, "has_more": False} and pause.begun.is_set()


def test_a_number_that_was_never_given_is_not_waited_for(embedded: Store) -> None:
    pause = Waiting()
    for headers in ({}, {"Accept": serving.NDJSON}):
        answer = client(embedded, pause=pause).get(CHANGES, params={"after": 1000, "wait": 60}, headers=headers)
        assert answer.status_code == 200 and answer.text in ("", '{"items":[],"next":1000,"has_more":false}')
    assert not pause.begun.is_set()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A server process of its own over the workspace of a folder; gives its address."""
    command = [sys.executable, "-m", "govcrawl", "feed", "serve", "--port", "0"]
    values = environment(None) | {guard.VARIABLE: TOKEN}
    with subprocess.Popen(command, cwd=folder, env=values, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None and server.stdout is not None
        first = server.stderr.readline()
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", first)
            assert found, first + server.stderr.read()
            yield found[0]
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(PATIENCE)
            assert server.stdout.read() == "" and TOKEN not in server.stderr.read()


def ask(address: str, **headers: str) -> HTTPResponse:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    answer: HTTPResponse = opener.open(urllib.request.Request(address, headers=LET_IN | headers), timeout=PATIENCE)
    return answer


def test_lines_come_as_they_are_written_by_another_process(embedded: Store, tmp_path: Path) -> None:
    known = embedded.changes(0, 1000)
    with served(tmp_path) as address:
        limit = len(known) + 2
        with ask(f"{address}{CHANGES}?wait=60&limit={limit}", Accept=serving.NDJSON) as lines:
            assert lines.headers["Content-Type"].startswith(serving.NDJSON)
            assert [json.loads(lines.readline()) for _ in known] == known
            for n in (201, 202):
                embedded.put_records("20261120-cccccc", SITE, [*articles(range(201, n)), *articles([n])])
                assert json.loads(lines.readline())["payload"]["title"] == f"第{n}篇"
            assert lines.readline() == b"", "the limit ends it"
        with ask(f"{address}{CHANGES}?limit=3", Accept=serving.NDJSON) as lines:
            assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3]


def test_a_server_ends_although_somebody_waits(embedded: Store, tmp_path: Path) -> None:
    with served(tmp_path) as address:
        answer = ask(f"{address}{CHANGES}?wait=60&after=0", Accept=serving.NDJSON)
        assert answer.readline()
    answer.close()


def test_an_address_that_is_taken_is_named(embedded: Store, tmp_path: Path) -> None:
    with served(tmp_path) as address:
        (tmp_path / "token").write_text(TOKEN)
        done = govcrawl("feed", "serve", "--token-file", "token", "--port", address.rpartition(":")[2], cwd=tmp_path)
        assert done.returncode == 2 and "地址已被占用" in done.stderr


# a consumer that stops anywhere


@pytest.mark.parametrize("seed", range(25))
def test_a_consumer_that_stops_anywhere_and_goes_on_ends_with_the_same(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    store = opened(tmp_path)
    asked, consumer = client(store), Consumer()

    def go_on() -> None:
        page = asked.get(CHANGES, params={"after": consumer.after, "limit": chance.randint(1, 9)}).json()
        for change in page["items"]:
            if chance.random() < 0.1:
                return  # died in the middle of a page: what was kept is kept, the number is the old one
            consumer.take(change)
        if chance.random() < 0.8:  # else died before the number was kept: the page comes once more
            consumer.after = page["next"]

    for n in range(6):
        store.put_records(f"2026112{chance.randint(0, 2)}-dddddd", SITE, articles(chance.sample(range(8), 5), f"第{n}版"))
        for _ in range(chance.randint(0, 3)):
            go_on()
    fill(store)
    while consumer.after < store.changes(0, 100_000)[-1]["seq"]:
        go_on()
    assert consumer.standing == standing(store)
    ids = [(c["id"], c["rev"]) for c in store.changes(0, 100_000)]
    assert len(set(ids)) == len(ids)
    store.close()


# whatever a schema allows


def test_nothing_that_may_be_asked_finds_a_fault(embedded: Store) -> None:
    values = {"seed": 1, "generation": {"max-examples": 100}, "headers": LET_IN}
    app = serving.application(embedded, [TOKEN])
    described = schemathesis.openapi.from_asgi("/openapi.json", app, headers=LET_IN, config=SchemathesisConfig.from_dict(values))
    asked, faults, errors = 0, [], []
    for event in engine.from_schema(described).execute():
        if isinstance(event, events.ScenarioFinished):
            asked += len(event.recorder.interactions)
            faults += [
                f"{event.label} {c.name}: {c.failure_info.failure}" for row in event.recorder.checks.values() for c in row if c.failure_info
            ]
        elif isinstance(event, events.NonFatalError | events.FatalError):
            errors.append(str(event))
    assert (faults, errors) == ([], [])
    assert asked > 300
