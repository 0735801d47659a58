"""The embedded store: what was fetched, and what attachments say."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from govcrawl.model.facts import LOOK, RENDER, PageFacts, PageResult, Visit
from govcrawl.model.files import FileFacts
from govcrawl.store import kept
from govcrawl.store.sqlite_base import Base


class Pages(Base):
    def put_results(self, run_id: str, results: Sequence[PageResult]) -> None:
        rows = []
        for result in results:
            facts, visit = result.facts, result.visit
            body, links = kept.page(facts) if facts is not None else (None, None)
            rows.append((run_id, result.site, visit.url, visit.context.role, kept.VISIT.dump_json(visit).decode(), body, links))
        with self._writing() as db:
            db.executemany("INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def visits(self, run_id: str, site: str, role: str | None = None) -> Iterator[Visit]:
        sql = "SELECT visit FROM pages WHERE run = ? AND site = ? AND role <> ? AND (? IS NULL OR role = ?) ORDER BY url, role"
        for (visit,) in self._rows(sql, (run_id, site, LOOK, role, role)):
            yield kept.VISIT.validate_json(visit)

    def looks(self, run_id: str, site: str) -> Iterator[Visit]:
        sql = "SELECT visit FROM pages WHERE run = ? AND site = ? AND role = ? ORDER BY url"
        for (visit,) in self._rows(sql, (run_id, site, LOOK)):
            yield kept.VISIT.validate_json(visit)

    def pages(self, run_id: str, site: str, *, links: bool = True) -> Iterator[PageFacts]:
        # `render` sorts after `page`: of two readings of one address the rendered one comes last and replaces the other
        sql = f"""SELECT url, facts{", links" if links else ""} FROM pages
                  WHERE run = ? AND site = ? AND facts IS NOT NULL AND role <> ? ORDER BY url, role = ?"""
        held: tuple[Any, ...] | None = None
        for row in self._rows(sql, (run_id, site, LOOK, RENDER)):
            if held is not None and held[0] != row[0]:
                yield kept.facts(*held[1:])
            held = row
        if held is not None:
            yield kept.facts(*held[1:])

    def page(self, run_id: str, site: str, url: str) -> PageFacts | None:
        sql = "SELECT facts, links FROM pages WHERE run = ? AND site = ? AND url = ? AND facts IS NOT NULL AND role <> ? ORDER BY role = ? DESC"
        for row in self._rows(sql, (run_id, site, url, LOOK, RENDER)):
            return kept.facts(*row)
        return None

    # attachments

    def put_documents(self, run_id: str, site: str, files: Sequence[FileFacts]) -> None:
        contents = [(file.digest, *kept.reading(file)) for file in files if file.parts]
        with self._writing() as db:
            db.executemany("INSERT OR REPLACE INTO contents VALUES (?, ?, ?)", contents)
            db.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", [(run_id, site, f.url, f.digest) for f in files])

    def kept_digests(self, digests: Collection[str]) -> set[str]:
        found: set[str] = set()
        for some in kept.batches(digests):
            sql = f"SELECT digest FROM contents WHERE digest IN ({','.join('?' * len(some))})"
            found.update(digest for (digest,) in self._rows(sql, some))
        return found

    def drained(self, run_id: str, site: str) -> set[str]:
        return {url for (url,) in self._rows("SELECT url FROM files WHERE run = ? AND site = ?", (run_id, site))}

    def documents(self, run_id: str, site: str, *, text: bool = True) -> Iterator[FileFacts]:
        sql = f"""SELECT f.url, f.digest, c.parts{", c.texts" if text else ""} FROM files f JOIN contents c USING (digest)
                  WHERE f.run = ? AND f.site = ? ORDER BY f.url"""
        for row in self._rows(sql, (run_id, site)):
            yield kept.file(*row)

    def document(self, run_id: str, site: str, url: str) -> FileFacts | None:
        sql = "SELECT f.url, f.digest, c.parts, c.texts FROM files f JOIN contents c USING (digest) WHERE f.run = ? AND f.site = ? AND f.url = ?"
        for row in self._rows(sql, (run_id, site, url)):
            return kept.file(*row)
        return None
