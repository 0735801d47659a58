"""`file-unread`: attachments whose text is not known, by name and reason. Never an accusation: nothing was looked at."""

from __future__ import annotations

from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, found, known_reason, unchecked
from govcrawl.model.findings import Finding, Outcome, RuleResult
from govcrawl.model.items import NOT_FETCHED, Attachment


@check("file-unread")
class FilesUnread(SiteCheck):
    """One `not_checked` finding for each attachment, also inside an archive, that was fetched and could not be read, or that we could not fetch.

    None for a file that the site itself says is not there (404, 410): that is `link-dead`'s, and there is nothing to read.
    """

    def finish(self) -> Report:
        files = sorted(self.ctx.facts.attachments, key=lambda a: a.url)
        findings = [finding for file in files if file.unread and (finding := _finding(self.ctx, file)) is not None]
        read = sum(1 for file in files if not file.unread)
        if findings:
            ids = sorted(f.id for f in findings)
            result = RuleResult(rule="file-unread", outcome=Outcome.NOT_CHECKED, reason="unread_file", looked_at=read, findings=ids)
            return Report(findings=findings, results=[result])
        if not read:
            if reason := self.ctx.home_reason or self.ctx.hidden_reason:
                return unchecked(self.rules, reason)
            return Report(results=[RuleResult(rule="file-unread", outcome=Outcome.NOT_APPLICABLE, reason="no_data")])
        return Report(results=[RuleResult(rule="file-unread", outcome=Outcome.PASS, looked_at=read)])


def _finding(ctx: CheckContext, file: Attachment) -> Finding | None:
    reason = "unread_file"
    visit = ctx.facts.visits.get(file.url)
    if visit is not None and file.text_status == NOT_FETCHED:
        if visit.last is not None and visit.last.status in (404, 410):
            return None
        reason = known_reason(visit.reason, "blocked" if visit.outcome == "blocked" else "unreachable")
    return found(
        ctx,
        "file-unread",
        file.page or file.url,
        outcome=Outcome.NOT_CHECKED,
        reason=reason,
        source_file=file.url,
        value=file.name or file.url,
        observed=file.reason or "内容未读取",
        title=file.title,
        snapshot=file.snapshot,
    )
