"""The MongoDB store: what was fetched, and what attachments say."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pymongo import ReplaceOne

from govcrawl.model.facts import LOOK, RENDER, PageFacts, PageResult, Visit
from govcrawl.model.files import FileFacts
from govcrawl.store import kept
from govcrawl.store.kept import batches
from govcrawl.store.mongo_base import Base, fits
from govcrawl.store.mongo_rows import joined
from govcrawl.store.mongo_server import Document


class Pages(Base):
    def put_results(self, run_id: str, results: Sequence[PageResult]) -> None:
        rows = []
        for result in results:
            facts, visit = result.facts, result.visit
            row: Document = {
                "_id": joined(run_id, result.site, visit.url, visit.context.role), "run": run_id, "site": result.site, "url": visit.url,
                "role": visit.context.role, "late": int(visit.context.role == RENDER), "visit": kept.VISIT.dump_json(visit).decode(),
            }  # fmt: skip
            if facts is not None:
                row["facts"], row["links"] = kept.page(facts)
                fits(row, visit.url, "facts", "links")
            rows.append(row)
        self._replace("pages", rows)

    def _replace(self, name: str, rows: Sequence[Document]) -> None:
        writes = [ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in rows]
        if writes:
            self._server.call(lambda: self._db[name].bulk_write(writes, ordered=False))

    def visits(self, run_id: str, site: str, role: str | None = None) -> Iterator[Visit]:
        wanted: Document = {"run": run_id, "site": site, "role": {"$ne": LOOK} if role is None else role}
        for row in self._all("pages", wanted, ("url", "role"), ("visit",)):
            yield kept.VISIT.validate_json(row["visit"])

    def looks(self, run_id: str, site: str) -> Iterator[Visit]:
        for row in self._all("pages", {"run": run_id, "site": site, "role": LOOK}, ("url",), ("visit",)):
            yield kept.VISIT.validate_json(row["visit"])

    def pages(self, run_id: str, site: str, *, links: bool = True) -> Iterator[PageFacts]:
        wanted = {"run": run_id, "site": site, "role": {"$ne": LOOK}, "facts": {"$exists": True}}
        held: Document | None = None
        for row in self._all("pages", wanted, ("url", "late"), ("facts", "links") if links else ("facts",)):
            if held is not None and held["url"] != row["url"]:
                yield kept.facts(held["facts"], held.get("links"))
            held = row
        if held is not None:
            yield kept.facts(held["facts"], held.get("links"))

    def page(self, run_id: str, site: str, url: str) -> PageFacts | None:
        wanted = {"run": run_id, "site": site, "url": url, "role": {"$ne": LOOK}, "facts": {"$exists": True}}
        row = self._one("pages", wanted, [("late", -1)])
        return kept.facts(row["facts"], row.get("links")) if row else None

    # attachments

    def put_documents(self, run_id: str, site: str, files: Sequence[FileFacts]) -> None:
        contents = []
        for file in files:
            if file.parts:
                row: Document = {"_id": file.digest}
                row["parts"], row["texts"] = kept.reading(file)
                fits(row, file.url, "parts", "texts")
                contents.append(row)
        self._replace("contents", contents)
        rows = [{"_id": joined(run_id, site, f.url), "run": run_id, "site": site, "url": f.url, "digest": f.digest} for f in files]
        self._replace("files", rows)

    def kept_digests(self, digests: Collection[str]) -> set[str]:
        found: set[str] = set()
        for some in batches(sorted(digests)):
            found.update(row["_id"] for row in self._all("contents", {"_id": {"$in": some}}, ("_id",), ()))
        return found

    def drained(self, run_id: str, site: str) -> set[str]:
        return {row["url"] for row in self._all("files", {"run": run_id, "site": site}, ("url",), ())}

    def documents(self, run_id: str, site: str, *, text: bool = True) -> Iterator[FileFacts]:
        rows = self._all("files", {"run": run_id, "site": site}, ("url",), ("digest",))
        for some in batches(rows, 50):
            fields = ("parts", "texts") if text else ("parts",)
            found = {c["_id"]: c for c in self._all("contents", {"_id": {"$in": [r["digest"] for r in some]}}, ("_id",), fields)}
            yield from (_file(row, found[row["digest"]]) for row in some if row["digest"] in found)

    def document(self, run_id: str, site: str, url: str) -> FileFacts | None:
        row = self._one("files", {"_id": joined(run_id, site, url)})
        found = self._one("contents", {"_id": row["digest"]}) if row else None
        return _file(row, found) if row and found else None


def _file(row: Document, found: Document) -> FileFacts:
    return kept.file(row["url"], row["digest"], found["parts"], found.get("texts"))
