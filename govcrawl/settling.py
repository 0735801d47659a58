"""When a page in a tab is done: no request under way, a DOM that stays as it is, and for the answer of a search more patience than that.

A page may draw what was asked for seconds after it came to rest (a timer, a further question to its server). Whoever says that something is
not on a page has to have waited for it; `settle_search` does, and writes on the DOM what was still open then and what is not to be seen.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from govcrawl.page import addresses, drawn

SETTLE_SECONDS = 8.0
PATIENCE_SECONDS = 10.0
"""How long a page at rest is watched for results still to come."""
LONGEST_SECONDS = 25.0
"""How long one that still asks its server is watched."""
_LOOK_SECONDS = 0.25
DATA = ("xhr", "fetch")
_PROGRAM = ("script",)
_SETTLED = """([limit, still]) => new Promise(done => {
  const began = performance.now(); let last = '', since = began;
  const timer = setInterval(() => {
    const now = performance.now(), body = document.body;
    const state = body ? body.getElementsByTagName('*').length + ':' + body.textContent.length : '';
    if (state !== last) { last = state; since = now; }
    if (now - began > limit || (now - since > still && now - began > still + 300)) { clearInterval(timer); done(true); }
  }, 150);
})"""
_STILL = 600
"""Milliseconds without a change that make a page a settled one."""
_STILL_RESULTS = 2000
"""The same where results have come: tabs with the groups' counts come a little after them."""
_SHOWN = """title => {
  const plain = text => (text || '').normalize('NFKC').replace(/[^\\p{L}\\p{N}]/gu, '');
  const head = plain(title).slice(0, 8);
  return Array.from(document.querySelectorAll('a, h2, h3, h4')).some(el => plain(el.textContent).includes(head) && el.getClientRects().length > 0);
}"""
_MARK = """([unseen, left, open]) => {
  for (const el of document.body.querySelectorAll('*')) {
    if (/^(?:SCRIPT|STYLE|LINK|META|TEMPLATE|NOSCRIPT|BR|OPTION)$/.test(el.tagName) || !el.checkVisibility || el.closest('[' + unseen + ']')) continue;
    if (!el.checkVisibility({visibilityProperty: true, opacityProperty: true})) el.setAttribute(unseen, '');
  }
  document.documentElement.setAttribute(left, open);
}"""


class Traffic:
    """What a tab has asked for and not got: data and programs, from the question until the whole answer is here."""

    def __init__(self) -> None:
        self._pending: set[Any] = set()
        self._failed: set[str] = set()

    def asked(self, request: Any) -> None:
        if request.resource_type in DATA + _PROGRAM:
            self._pending.add(request)

    def failed(self, request: Any) -> None:
        if request.resource_type in DATA + _PROGRAM:
            self._failed.add(addresses.host(request.url))
            self._pending.discard(request)

    def answered(self, request: Any, status: int) -> None:
        if status >= 400:
            self.failed(request)
        self._pending.discard(request)

    @property
    def pending(self) -> bool:
        return bool(self._pending)

    @property
    def left(self) -> str:
        """Hosts of what is not there, as the DOM is marked with them (`page.drawn.LEFT`)."""
        return " ".join(sorted({addresses.host(request.url) for request in self._pending} | self._failed))


async def settle(page: Any, still: int = _STILL) -> None:
    """Wait for content, not for load: no request under way, then a DOM that stays the same."""
    with contextlib.suppress(Exception):
        await page.wait_for_load_state("networkidle", timeout=SETTLE_SECONDS * 1000)
    with contextlib.suppress(Exception):
        await asyncio.wait_for(page.evaluate(_SETTLED, [SETTLE_SECONDS * 1000, still]), SETTLE_SECONDS + 2)


async def settle_search(page: Any, title: str, traffic: Traffic) -> None:
    """Wait until the title is shown among the results, or until nothing more can be expected; then mark the DOM (`page.drawn`)."""
    await settle(page)
    with contextlib.suppress(Exception):  # a tab that breaks here bears no mark, and so proves nothing
        if await _watched(page, title, traffic):
            await settle(page, _STILL_RESULTS)
        await page.evaluate(_MARK, [drawn.UNSEEN, drawn.LEFT, traffic.left])


async def _watched(page: Any, title: str, traffic: Traffic) -> bool:
    """Whether the title came into view before patience was over."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not await page.evaluate(_SHOWN, title):
        passed = loop.time() - began
        if passed > (LONGEST_SECONDS if traffic.pending else PATIENCE_SECONDS):
            return False
        await asyncio.sleep(_LOOK_SECONDS)
    return True
