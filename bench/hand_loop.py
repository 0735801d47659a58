"""The practical limit of one core: aiohttp and selectolax, sixteen tasks, a set of addresses, no robots, no retry, nothing kept."""

from __future__ import annotations

import asyncio
import sys
from urllib.parse import urldefrag, urljoin

import aiohttp
from selectolax.lexbor import LexborHTMLParser


async def crawl(home: str) -> int:
    seen, pages = {home}, 0
    queue: asyncio.Queue[str] = asyncio.Queue()
    queue.put_nowait(home)

    async def worker(session: aiohttp.ClientSession) -> None:
        nonlocal pages
        while True:
            url = await queue.get()
            try:
                async with session.get(url) as answer:
                    body = await answer.read()
                    if answer.status == 200 and answer.content_type == "text/html":
                        pages += 1
                        for node in LexborHTMLParser(body).css("a[href]"):
                            target = urldefrag(urljoin(url, node.attributes["href"] or ""))[0]
                            if target.startswith(home) and target not in seen:
                                seen.add(target)
                                queue.put_nowait(target)
            finally:
                queue.task_done()

    async with aiohttp.ClientSession() as session:
        workers = [asyncio.create_task(worker(session)) for _ in range(16)]
        await queue.join()
        for task in workers:
            task.cancel()
    return pages


if __name__ == "__main__":
    print("pages", asyncio.run(crawl(sys.argv[1])))
