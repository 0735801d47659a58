"""Screenshots of findings: the page as it was stored, painted again without network, the place marked, a caption below.

What a tab asks for is answered from the bytes of the run or not at all; scripts are off (a rendered page is stored as the DOM they left).
Personal numbers are covered before anything is painted, and a page on which one would still stand is not photographed.
"""

from __future__ import annotations

import asyncio
import base64
import html
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from govcrawl import browser, judging
from govcrawl.checks.base import where
from govcrawl.clock import Clock, moment
from govcrawl.detect import masking
from govcrawl.errors import FetchError, StoreError
from govcrawl.evidence import blurring, scenes
from govcrawl.evidence.album import Album, shown
from govcrawl.evidence.places import Places, chosen, places_of
from govcrawl.model.findings import Finding
from govcrawl.model.items import Snapshot
from govcrawl.model.runs import Run
from govcrawl.page import addresses, encoding
from govcrawl.scoring.decisions import fingerprint
from govcrawl.store import snapshots
from govcrawl.store.base import Store
from govcrawl.store.snapshots import Stored

WIDTH, HEIGHT = 1366, 900
SECONDS = 20.0
"""Longest that one shot may take."""
_CHUNK = 16
"""Shots that one browser takes before a new one is begun."""
_TABS = 2
_PASSED_ON = ("stylesheet", "image", "font")


def parsed_limit(text: str) -> int | None:
    """`--shots`, which is known to be a number, `none` (0) or `all` (null)."""
    return None if text == "all" else 0 if text == "none" else int(text)


@dataclass(slots=True)
class Scene:
    """One finding's page, ready to be painted."""

    finding: Finding
    url: str
    page: Stored
    snapshot: Snapshot
    private: bool
    places: Places
    answer: Callable[[str], Stored | None]


@dataclass(slots=True)
class Picture:
    bytes: bytes
    marked: int
    covered: int


class Shooter:
    """Takes the shots of a run's sites, one site after the other, into the run's album."""

    def __init__(self, store: Store, run: Run, limit: int | None, clock: Clock, say: Callable[[str], None]) -> None:
        self._store, self._run, self._limit, self._clock, self._say = store, run, limit, clock, say
        self._album = Album(store.folder, run.id)

    def take(self, judged: judging.Judgement) -> dict[str, Any]:
        """Photograph a site's findings and fill their `shot`; says for the receipt how many, and why the others have none."""
        folder = self._store.folder
        judged.findings = shown(folder, judged.findings)
        wanted = chosen(judged.findings, judged.scorecard, None)
        picked = wanted if self._limit is None else chosen(judged.findings, judged.scorecard, self._limit)
        missing = [f for f in picked if f.shot is None]
        scenes_ = [scene for f in missing if (scene := self._scene(f, judged)) is not None]
        note = self._shoot(scenes_) if scenes_ else None
        judged.findings = shown(folder, judged.findings)
        taken = sum(1 for f in judged.findings if f.shot)
        said: dict[str, Any] = {"taken": taken, "left_out": len(wanted) - taken}
        reasons = [note] if note else []
        if len(picked) < len(wanted):
            reasons.append(f"按上限 {self._limit} 张" if self._limit else "按要求不截图")
        if len(missing) > len(scenes_):
            reasons.append(f"{len(missing) - len(scenes_)} 处没有可重现的网页")
        return {**said, "note": "；".join(reasons)} if reasons else said

    # -- which bytes ---------------------------------------------------------

    def _scene(self, finding: Finding, judged: judging.Judgement) -> Scene | None:
        facts = judged.facts
        page = self._store.page(self._run.id, finding.site, finding.url)
        taken = page.snapshot if page is not None else None
        record = self._load(taken)
        if taken is None or record is None or record.kind not in ("response", "conversion") or not _is_page(record):
            return None
        private = finding.url in facts.private or finding.rule.startswith("privacy-")

        def answer(url: str) -> Stored | None:
            """What the run has of an address; nothing of a page with personal data."""
            at = addresses.canonical(url, finding.url) or url
            for _ in range(5):
                visit = facts.visits.get(at)
                if visit is None or at in facts.private:
                    return None
                if visit.redirect_to is None:
                    found = self._load(visit.last.snapshot if visit.last is not None else None)
                    return found if found is not None and found.kind == "response" and found.status == 200 else None
                at = visit.redirect_to
            return None

        return Scene(finding, finding.url, record, taken, private, places_of(finding), answer)

    def _load(self, snapshot: Snapshot | None) -> Stored | None:
        if snapshot is None:
            return None
        try:
            return snapshots.load(self._store.folder / "snapshots" / snapshot.warc, snapshot.offset)
        except StoreError:
            return None

    # -- painting ------------------------------------------------------------

    def _shoot(self, wanted: list[Scene]) -> str | None:
        """Take the shots in chunks, each with a browser of its own; returns what went wrong, in words."""
        failed = 0
        for at in range(0, len(wanted), _CHUNK):
            part = wanted[at : at + _CHUNK]
            first = max((shot.number for shot in self._album.shots), default=0) + 1
            try:
                pictures = _in_a_thread(lambda part=part, first=first: _paint(part, first, self._caption))  # type: ignore[misc]
            except FetchError as error:
                return f"未截图：{error}"
            for scene, picture in zip(part, pictures, strict=True):
                if picture is None:
                    failed += 1
                else:
                    self._keep(scene, picture)
            self._album.save()
            if len(wanted) > _CHUNK:
                self._say(f"截图 {min(at + _CHUNK, len(wanted))}/{len(wanted)}")
        return f"{failed} 张未能生成" if failed else None

    def _keep(self, scene: Scene, picture: Picture) -> None:
        finding = scene.finding
        self._album.add(
            picture.bytes,
            finding=finding.id,
            fingerprint=fingerprint(finding),
            site=finding.site,
            url=masking.exported(scene.url),
            as_of=finding.as_of,
            taken_at=moment(self._clock.now()),
            fetched_at=_fetched_at(scene),
            page=where(scene.snapshot),
            rendered=scene.page.kind == "conversion",
            marked=picture.marked,
            covered=picture.covered,
        )

    def _caption(self, scene: Scene, number: int, marked: int) -> list[tuple[str, str]]:
        finding = scene.finding
        how = "脚本执行后的页面" if scene.page.kind == "conversion" else "脚本未执行"
        marks = f"已标出 {marked} 处" if marked else "页面上没有可标出的位置（缺少的内容，或所在位置平时不显示）"
        private = "；个人信息已遮盖，图片已模糊" if scene.private else ""
        return [
            ("截图编号", f"{number:04d}　问题编号 {finding.id}　检查批次 {finding.run}"),
            ("问题", masking.exported(finding.message)),
            ("网址", masking.exported(scene.url)),
            (
                "时间",
                f"页面取得于 {_plain(_fetched_at(scene))}　监测时间点 {finding.as_of}　截图生成于 {_plain(moment(self._clock.now()))}",
            ),
            ("说明", f"按留存的网页原文重现，未联网（{how}），未留存的图片不显示；{marks}{private}"),
            ("原文", f"{scene.snapshot.warc} 第 {scene.snapshot.offset} 字节　sha256 {scene.snapshot.sha256}"),
        ]


def _fetched_at(scene: Scene) -> str | None:
    row = next((e for e in scene.finding.evidence if e.get("what") == "fetched" and e.get("page") == scene.url), None)
    return str(row["at"]) if row else None


def _plain(at: str | None) -> str:
    return (at or "—").replace("T", " ").removesuffix("+08:00")


def _is_page(record: Stored) -> bool:
    kind = record.headers.get("content-type", "").lower()
    return record.kind == "conversion" or "html" in kind or (not kind and record.body.lstrip()[:1] == b"<")


def _in_a_thread(work: Callable[[], Any]) -> Any:
    """Run a coroutine on an event loop of its own, beside that of the crawl.

    Raises:
        Exception: what the work raised.
    """
    done: list[Any] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(asyncio.run(work()))
        except BaseException as error:  # noqa: BLE001 raised again in the caller's thread
            failed.append(error)

    thread = threading.Thread(target=run, name="govcrawl-shots", daemon=True)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


Caption = Callable[[Scene, int, int], list[tuple[str, str]]]


async def _paint(wanted: Sequence[Scene], first: int, caption: Caption) -> list[Picture | None]:
    """Pictures in the order of their scenes; null where one could not be painted. Numbers run on over those that could."""
    async with browser.offline() as chromium:
        gate = asyncio.Semaphore(_TABS)

        async def one(scene: Scene) -> tuple[bytes, int, int] | None:
            async with gate:
                try:
                    return await asyncio.wait_for(_page(chromium, scene), SECONDS)
                except browser.failures():
                    return None

        bare = await asyncio.gather(*(one(scene) for scene in wanted))
        pictures: list[Picture | None] = []
        number = first
        strip = await (await _context(chromium)).new_page()
        for scene, taken in zip(wanted, bare, strict=True):
            picture = await _captioned(strip, scene, number, taken, caption) if taken is not None else None
            number += picture is not None
            pictures.append(picture)
        return pictures


async def _context(chromium: Any) -> Any:
    return await chromium.new_context(
        java_script_enabled=False, bypass_csp=True, viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN", timezone_id="Asia/Shanghai",
        service_workers="block", accept_downloads=False, reduced_motion="reduce",
    )  # fmt: skip


async def _page(chromium: Any, scene: Scene) -> tuple[bytes, int, int] | None:
    """(picture without caption, places marked, texts covered); null where a personal number could not be covered."""
    context = await _context(chromium)
    try:
        tab = await context.new_page()
        await tab.route("**/*", _answering(scene))
        await tab.goto(scene.url.partition("#")[0], wait_until="load", timeout=SECONDS * 500)
        covered = 0
        for frame in (f for f in tab.frames if not f.url.startswith("chrome-error:")):
            hidden = await _cover(frame, scene.private)
            if hidden is None:
                return None
            covered += hidden
        marked = await tab.evaluate(scenes.MARK, scene.places.to_json())
        return await tab.screenshot(type="png", animations="disabled", caret="hide"), int(marked), covered
    finally:
        await context.close()


async def _cover(frame: Any, private: bool) -> int | None:
    """Cover the personal numbers of a document; null where one still stands after that."""
    if private:
        await frame.evaluate(scenes.HIDE_PICTURES)
    texts, values = _changes(await frame.evaluate(scenes.COLLECT), private)
    if texts or values:
        await frame.evaluate(scenes.COVER, [texts, values])
        if any(_changes(await frame.evaluate(scenes.COLLECT), private)):
            return None
    return len(texts) + len(values)


def _changes(page: dict[str, Any], private: bool) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """(texts, attributes) to be replaced, by their index."""
    pieces = [(str(text), bool(fresh)) for text, fresh in page["pieces"]]
    done = blurring.pieces_covered(pieces, private=private)
    texts = [(n, new) for n, (new, (old, _)) in enumerate(zip(done, pieces, strict=True)) if new != old]
    values = [(n, new) for n, old in enumerate(page["attributes"]) if (new := blurring.covered(old, private=private)) != old]
    return texts, values


def _answering(scene: Scene) -> Callable[[Any], Any]:
    """Answers what a tab asks for from the run's bytes: the page itself once, then what belongs to it; everything else is refused."""
    begun = False

    async def answer(route: Any) -> None:
        nonlocal begun
        request = route.request
        top = request.is_navigation_request() and request.frame.parent_frame is None
        if top and not begun:
            begun = True
            await _fulfil(route, scene.page)
        elif top:
            await route.fulfill(status=204)  # a refresh or redirect of the page: it stays where it is
        elif (
            scene.private
            or request.resource_type not in (*_PASSED_ON, "document")
            or (found := scene.answer(request.url)) is None
            or request.resource_type == "document"
            and not _is_page(found)
        ):
            await route.abort()
        else:
            await _fulfil(route, found)

    return answer


async def _fulfil(route: Any, record: Stored) -> None:
    """Give a record as an answer. Pages are decoded as the reading decodes them, whatever they declare."""
    if _is_page(record):
        text, _ = encoding.decode(record.body, record.headers)
        await route.fulfill(status=200, content_type="text/html; charset=utf-8", body=text.encode("utf-8", "replace"))
    else:
        await route.fulfill(status=200, content_type=record.headers.get("content-type", ""), body=record.body)


async def _captioned(tab: Any, scene: Scene, number: int, taken: tuple[bytes, int, int], caption: Caption) -> Picture | None:
    """The picture with its caption strip below; the page's own pixels stay as they were painted."""
    bare, marked, covered = taken
    rows = "".join(f"<tr><td>{html.escape(name)}<td>{html.escape(text)}" for name, text in caption(scene, number, marked))
    whole = scenes.STRIP.format(width=WIDTH, height=HEIGHT, picture=base64.b64encode(bare).decode(), rows=rows)
    try:
        await tab.set_content(whole, timeout=SECONDS * 500)
        return Picture(await tab.screenshot(type="png", full_page=True), marked, covered)
    except browser.failures():
        return None
