"""One page, fetched as the crawler fetches or taken from a stored run: kept as bytes with a skeleton of its truth, or explained.

keeping.fetched(url, render=False)            Kept
keeping.stored(store, run, url, rendered)     Kept, with the site it belongs to
keeping.opened(path, url)                     Kept: a file, with what `expected.json` beside it says
keeping.save(kept, folder)                    the folder `python -m evals` reads
keeping.account(kept)                         Explained
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from govcrawl import explaining, judging, reading
from govcrawl.clock import Clock, SystemClock
from govcrawl.crawling import Crawling, CrawlPlan
from govcrawl.detect import masking
from govcrawl.errors import FetchError, OutputError, UsageError, cause
from govcrawl.model.facts import DATA, RENDER, Context, PageFacts, Visit
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.pinning import run_with_pages, target_of
from govcrawl.store import sealing, snapshots
from govcrawl.store.base import Store, open_store

_REASONS = {
    "unreachable": "连接不上", "timeout": "超时", "tls": "TLS 证书或协议有误", "blocked": "被网站防护系统拦截", "robots": "robots.txt 不允许", "no_data": "没有内容",
    "unread_file": "超过大小上限", "login": "需要登录", "unrendered": "没有可用的浏览器", "budget": "已达上限",
}  # fmt: skip


@dataclass(slots=True)
class Kept:
    """One answer with what is needed to read it again."""

    exchange: reading.Exchange
    context: Context
    scope: reading.Scope
    asked: str
    """Address that was asked for; the exchange's is where redirects ended."""
    facts: PageFacts | None = None
    """As the run kept them; null for a page alone."""
    site: tuple[Store, Run, Target] | None = field(default=None, repr=False)


# -- getting hold of a page --------------------------------------------------------------


def fetched(url: str, *, render: bool = False, clock: Clock | None = None) -> Kept:
    """Fetch one page with the crawler: its user agent, time-outs, size limit, proxies, robots.txt and redirects.

    Raises:
        UsageError: no address that can be fetched.
        FetchError: no answer came, or (with `render`) there is no browser.
    """
    asked = _address(url)
    clock = clock or SystemClock()
    host = addresses.host(asked)
    target = Target(url=asked, site=host)
    with tempfile.TemporaryDirectory(prefix="govcrawl-page-") as place:
        folder = Path(place)
        with closing(open_store(f"sqlite:///{folder}/page.db")) as store:
            plan = CrawlPlan(
                run="page", targets=[target], store=store, folder=folder, max_pages=8, delay=0.0, render="always" if render else "never", reading=_Nothing(),
                clock=clock, tries=2, retry_wait=1.0,
            )  # fmt: skip
            Crawling(plan).run()
            visits = list(store.visits("page", host))
        return _of_visits(asked, visits, folder / "snapshots", render, clock.now().date().isoformat())


class _Nothing:
    """A reading that leads nowhere: only the page itself is fetched (and rendered)."""

    Exchange: Any = reading.Exchange
    Scope: Any = reading.Scope

    def read(self, exchange: Any, context: Context, scope: Any) -> Any:
        return SimpleNamespace(facts=PageFacts(url=exchange.url), texts=[])

    def follow(self, facts: PageFacts, context: Context, scope: Any) -> list[tuple[str, Context]]:
        return []

    def detect(self, texts: Any, key: bytes) -> list[Any]:
        return []


def _of_visits(asked: str, visits: Iterable[Visit], folder: Path, render: bool, today: str) -> Kept:
    plain, drawn = _latest(visits)
    at = asked
    for _ in range(10):
        visit = plain.get(at)
        if visit is None or visit.outcome != "redirected" or not visit.redirect_to:
            break
        at = visit.redirect_to
    chosen = drawn.get(at) if render else plain.get(at)
    if chosen is None or chosen.last is None or chosen.last.snapshot is None or chosen.last.status is None and not render:
        reason = (chosen or plain.get(at) or next(iter(plain.values()))).reason if plain else None
        raise FetchError(f"没有取到 {asked}：{_REASONS.get(reason or '', reason or '没有回应')}")
    exchange = _exchange(at, chosen, folder)
    hosts = frozenset({addresses.host(at), addresses.host(asked)})
    home = at.partition("://")[0] + "://" + addresses.host(at) + "/"
    context = Context(home=addresses.path(at) == "/", role=RENDER if render else "page")
    return Kept(exchange, context, reading.Scope(home=home, hosts=hosts, family=hosts, today=today), asked)


def _latest(visits: Iterable[Visit]) -> tuple[dict[str, Visit], dict[str, Visit]]:
    """(visits as answered, visits as rendered) by address."""
    plain: dict[str, Visit] = {}
    drawn: dict[str, Visit] = {}
    for visit in visits:
        (drawn if visit.context.role == RENDER else plain)[visit.url] = visit
    return plain, drawn


def _exchange(url: str, visit: Visit, folder: Path, sealed: str = "已封存") -> reading.Exchange:
    assert visit.last is not None and visit.last.snapshot is not None
    taken = visit.last.snapshot
    record = snapshots.load(folder / taken.warc, taken.offset)
    if sealing.emptied(record):
        raise FetchError(f"{url} 的快照因含个人信息或涉密标志{sealed}")
    if record.kind not in ("response", "conversion"):
        raise FetchError(f"{url} 的快照没有内容：当时没有取到")
    return reading.Exchange(url, record.status, record.headers, record.body, rendered=record.kind == "conversion")


def stored(store: Store, run_id: str, url: str, *, rendered: bool = False) -> Kept:
    """A page of a stored run, as it was read then.

    Raises:
        UsageError: there is no such run, or the run does not know the address.
        FetchError: nothing came then, or its bytes are sealed.
    """
    run = run_with_pages(store, run_id)
    asked = _address(url)
    for row in run.targets:
        target = target_of(row)
        plain, drawn = _latest(store.visits(run.id, target.site))
        known = next((at for at in (*plain, *drawn) if at == asked), None)
        known = known or next((at for at in plain if addresses.key(at) == addresses.key(asked)), None)
        if known is None:
            continue
        facts = store.page(run.id, target.site, known)
        if rendered and known not in drawn:
            raise UsageError(f"批次 {run_id} 没有渲染过 {known}")
        visit = drawn[known] if rendered or known not in plain else plain[known]
        if visit.last is None or visit.last.snapshot is None or visit.outcome == "skipped":
            raise FetchError(f"批次 {run_id} 没有取到 {known}：{_REASONS.get(visit.reason or '', visit.reason or '没有回应')}")
        hosts = frozenset({addresses.host(target.url), addresses.host(known), *target.hosts, *target.service_hosts, *target.message_hosts})
        scope = reading.Scope(home=target.url, hosts=hosts, family=hosts, today=visit.last.at[:10])
        ask = f"已封存。有权查看的人可用：govcrawl evidence sealed {target.site} --run {run.id} --as 查看人 --reason 事由（查看会记入日志）"
        exchange = _exchange(known.partition("#")[0], visit, store.folder / "snapshots", ask)
        return Kept(exchange, visit.context, scope, known, facts, (store, run, target))
    raise UsageError(f"批次 {run_id} 里没有 {asked}")


def opened(path: Path, url: str | None = None) -> Kept:
    """A file of one page. What `expected.json` beside it says of address, headers and role is taken from there.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        body = path.read_bytes()
        beside = path.parent.parent / "expected.json"
        said = json.loads(beside.read_text(encoding="utf-8")) if path.parent.name == "pages" and beside.is_file() else {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} 不可读：{cause(error) if isinstance(error, OSError) else error}") from error
    row: dict[str, Any] = next((one for one in said.get("pages", ()) if one.get("file") == path.name), {})
    at = _address(url or row.get("url") or f"http://localhost/{path.name}")
    headers = {str(name).lower(): str(value) for name, value in (row.get("headers") or {}).items()}
    headers.setdefault("content-type", _MEDIA.get(path.suffix.lower(), "text/html"))
    home = said.get("home") or f"{at.partition('://')[0]}://{addresses.host(at)}/"
    role = DATA if row.get("role") == "data" else RENDER if row.get("rendered") else "page"
    context = Context(role=role, parent=row.get("parent"), home=row.get("role") == "home", form=row.get("form"))
    hosts = frozenset({addresses.host(at), addresses.host(home)})
    today = said.get("as_of") or SystemClock().now().date().isoformat()
    exchange = reading.Exchange(at, int(row.get("status", 200)), headers, body, rendered=role == RENDER)
    return Kept(exchange, context, reading.Scope(home=home, hosts=hosts, family=hosts, today=today), at)


_MEDIA = {".json": "application/json", ".xml": "text/xml", ".txt": "text/plain"}


def _address(url: str) -> str:
    scheme = re.match(r"[a-z][a-z0-9+-]*:(?!\d)", url, re.I)  # "mailto:a@b.cn", not "www.qinghe.gov.cn:8080/"
    found = addresses.canonical(url if scheme else f"http://{url}", "http://localhost/") if url else None
    if found is None:
        raise UsageError(f"“{url}”不是可以抓取的网址")
    return found


# -- what is done with it ----------------------------------------------------------------


def account(kept: Kept) -> explaining.Explained:
    """Explain a page; one of a run with what the whole site adds."""
    out = explaining.explain(kept.exchange, kept.context, kept.scope)
    if kept.site is not None and kept.facts is not None:
        store, run, target = kept.site
        out = explaining.placed(out, kept.facts, judging.structure_of(store, run, target))
    return out


def told(out: explaining.Explained, *, as_json: bool) -> Iterator[str]:
    """The account as it may be shown: personal numbers masked."""
    if as_json:
        yield json.dumps(masking.exported(masking.inside(out.to_json(), private=True)), ensure_ascii=False, indent=1)
    else:
        yield from (masking.exported(masking.inside(line, private=True)) for line in explaining.lines(out))


def host_of(kept: Kept) -> str:
    return addresses.host(kept.scope.home)


def save(kept: Kept, folder: Path) -> Path:
    """Write the bytes below `folder/pages` and a row into `folder/expected.json`; gives the page's file.

    What we read stands there as a proposal under `facts`; `checked` is false until a person has looked, and until then nobody counts the row.

    Raises:
        OutputError: the folder cannot be written, or its `expected.json` is not ours to add to.
    """
    try:
        beside = folder / "expected.json"
        said = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else _head(kept)
        name = next((row["file"] for row in said["pages"] if row["url"] == kept.exchange.url), None) or _name(kept, folder / "pages")
        row = explaining.skeleton(kept.exchange, kept.context, kept.scope, name)
        said["pages"] = [one for one in said["pages"] if one["file"] != name] + [row]
        (folder / "pages").mkdir(parents=True, exist_ok=True)
        (folder / "pages" / name).write_bytes(kept.exchange.body)
        beside.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except (ValueError, KeyError, TypeError) as error:
        raise OutputError(f"{folder / 'expected.json'} 不是这里的格式，未写入") from error
    except OSError as error:
        raise OutputError(f"写入 {folder} 失败：{cause(error)}") from error
    return folder / "pages" / name


def _head(kept: Kept) -> dict[str, Any]:
    return {"origin": host_of(kept), "cms": "", "as_of": kept.scope.today, "home": kept.scope.home, "pages": []}


def _name(kept: Kept, folder: Path) -> str:
    media = kept.exchange.headers.get("content-type", "").partition(";")[0].strip().lower()
    end = ".json" if "json" in media else ".xml" if media.endswith("/xml") else ".txt" if media == "text/plain" else ".html"
    stem = addresses.path(kept.exchange.url).partition("?")[0].strip("/").rsplit("/", 1)[-1].rpartition(".")[0] or "index"
    name, number = f"{stem}{end}", 1
    while (folder / name).exists():
        number += 1
        name = f"{stem}-{number}{end}"
    return name
