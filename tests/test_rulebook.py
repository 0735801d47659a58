"""The rulebook: read strictly, checked as a whole, and complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from govcrawl import rulebook
from govcrawl.errors import RulebookError
from govcrawl.rulebook import checking, reader
from govcrawl.rulebook.models import Catalogue, Labels, Lexicon, SiteSpec

RULES_OF_A = {
    "site-blocked", "home-stale", "column-stale", "column-due-soon", "column-blank", "column-missing", "item-undated", "date-conflict",
    "link-dead", "link-soft-404", "link-empty", "page-tag-missing", "footer-mark-missing", "footer-mark-wrong", "error-report-missing",
    "error-report-wrong-code", "domain-nonconforming", "site-name-nonconforming",
    "doc-number-missing", "doc-number-malformed", "expired-not-marked", "policy-not-interpreted", "interpretation-not-linked",
    "policy-not-linked-back", "interpretation-excerpt-only",
    "guide-missing", "guide-element-missing", "guide-format-unclear", "guide-vague", "guide-basis-name-only", "guide-form-missing",
    "services-not-grouped",
    "message-unanswered", "reply-late", "reply-perfunctory", "message-field-missing", "messages-not-public", "message-stats-missing",
    "consultation-no-feedback", "interview-stale",
    "typo", "privacy-id-number", "privacy-phone", "privacy-bank-card",
}  # fmt: skip
"""Names are the contract between crawler, scorer, feed and reports: none may vanish or be renamed."""

LATER = {
    "site-unreachable", "profile-outdated", "org-info-wrong", "leader-info-missing", "error-report-late", "ipv6-unsupported", "browser-render-fail",
    "search-missing", "search-not-found", "search-not-grouped", "policy-unrelated", "guide-materials-inconsistent",
    "severe-wording", "outdated-name", "sensitive-word", "advertising", "illegal-link", "hidden-link", "page-tampered", "secrecy-mark",
    "name-inconsistent", "doc-number-conflict", "privacy-passport", "privacy-address", "privacy-health", "privacy-id-photo", "file-unread",
    "account-stale", "account-due-soon", "account-no-interaction", "account-duplicate", "account-unregistered", "account-name-mismatch",
    "account-app-unusable", "media-qr-missing", "reprint-missing", "reprint-late", "reprint-nonconforming",
}  # fmt: skip

RULE = {
    "id": "x-y", "title": "题", "scope": "p", "object": "page", "version": 1, "identity": ["url"], "built": True, "by": "A",
    "outcome": "fail", "message": "“{value}”有误", "remedy": "改", "basis": "文",
}  # fmt: skip


def test_the_catalogue_holds_every_rule_once() -> None:
    assert set(rulebook.rules()) >= RULES_OF_A | LATER
    assert {rule.id for rule in rulebook.rules().values() if rule.by == "A"} >= RULES_OF_A


def test_every_rule_file_is_in_order() -> None:
    assert rulebook.check() == []


def test_the_readme_is_generated() -> None:
    assert (rulebook.root() / "README.md").read_text(encoding="utf-8") == rulebook.catalogue_markdown()


@pytest.mark.parametrize("rule", sorted(rulebook.rules()))
def test_a_rule_can_be_told(rule: str) -> None:
    entry = rulebook.rules()[rule]
    told = entry.message.format_map(dict.fromkeys(entry.placeholders, "某"))
    assert "{" not in told
    assert not (set("()") & set(entry.title))


def test_personal_data_enters_an_identity_by_its_hash_only() -> None:
    for rule in rulebook.rules().values():
        if rule.id.startswith("privacy-") and rule.id != "privacy-id-photo":
            assert rule.identity == ["url", "source_file", "key"]


def test_rules_that_are_judged_once_a_site_have_no_parts() -> None:
    for name in ("site-unreachable", "site-blocked", "home-stale", "domain-nonconforming", "services-not-grouped", "messages-not-public"):
        assert rulebook.rules()[name].identity == []
    assert rulebook.rules()["link-dead"].identity == ["url", "value"]
    assert rulebook.rules()["column-missing"].identity == ["value"]


def test_labels_are_read_by_name_and_frozen() -> None:
    names = rulebook.labels("policy")
    assert all(isinstance(synonyms, tuple) and synonyms for synonyms in names.values())
    with pytest.raises(TypeError):
        names["x"] = ()  # type: ignore[index]
    with pytest.raises(RulebookError, match=r"规则文件不存在：rules/labels/no-such\.yml"):
        rulebook.labels("no-such")


def test_the_digest_changes_with_a_file_and_not_with_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rulebook.digest()
    assert before == rulebook.digest()
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.yml").write_text("a: 1\n")
    monkeypatch.setattr(rulebook, "root", lambda: tmp_path / "one")
    one = rulebook.digest()
    monkeypatch.setattr(rulebook, "root", lambda: tmp_path / "two")
    assert rulebook.digest() == one != before
    (tmp_path / "two" / "a.yml").write_text("a: 2\n")
    assert rulebook.digest() != one


def write(tmp_path: Path, text: str, name: str = "rules/labels/x.yml") -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: 题\nsource: 源\nentries: {a: [b]}\nextra: 1\n", "rules/labels/x.yml：extra：不认识的键"),
        ("title: 题\nentries: {a: [b]}\n", "rules/labels/x.yml：source：缺少这个键"),
        ("title: 题\nsource: 源\nentries:\n  a: [b]\n  a: [c]\n", "rules/labels/x.yml：第 5 行：键“a”重复（第 4 行已有）"),
        ("title: 题\ntitle: 题\nsource: 源\nentries: {}\n", "第 2 行：键“title”重复（第 1 行已有）"),
        ("title: 题\nsource: 源\nentries: {a: [0755]}\n", "entries.a[0]：应为文本，YAML 却读成了 int（493），请加英文引号"),
        ("title: 题\nsource: 源\nentries: {a: [yes]}\n", "entries.a[0]：应为文本，YAML 却读成了 bool（True），请加英文引号"),
        ("title: 题\nsource: 源\nentries: {a: [12:30]}\n", "entries.a[0]：应为文本，YAML 却读成了 int（750），请加英文引号"),
        ("title: 题\nsource: 源\nentries: {a: [2026-11-05]}\n", "entries.a[0]：应为文本，YAML 却读成了 date（"),
        ("title: 题\nsource: 源\nentries: {yes: [a]}\n", "应为文本，YAML 却读成了 bool（True），请加英文引号"),
        ("title: ''\nsource: 源\nentries: {}\n", "title：不能为空"),
        ("title: 题\nsource: 源\nentries: {a: b}\n", "entries.a：应为列表，不是 'b'"),
        ("title: 题\nsource: 源\nentries: {a: [b, b]}\n", "“a”下有重复的叫法"),
        ("- a\n", "rules/labels/x.yml：文件应为键值对"),
        ("", "rules/labels/x.yml：文件应为键值对"),
        ("title: [\n", "rules/labels/x.yml：第 2 行："),
        ("title: !!python/object:os.system x\n", "rules/labels/x.yml：第 1 行："),
        ("a: {b: 1}\nc: &x [1]\n? [1, 2]\n: 3\n", "键必须是文本"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RulebookError) as error:
        reader.load(write(tmp_path, text), Labels)
    assert said in str(error.value)
    assert str(tmp_path) not in str(error.value)


def test_quoted_codes_are_text(tmp_path: Path) -> None:
    text = 'title: 题\nsource: 源\nentries: {"0755": ["yes", "12:30", "0755", "2026-11-05"]}\n'
    assert reader.load(write(tmp_path, text), Labels).entries == {"0755": ["yes", "12:30", "0755", "2026-11-05"]}


def test_bytes_that_are_no_utf8_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    path.write_bytes("title: 题".encode("gbk"))
    with pytest.raises(RulebookError, match="不是 UTF-8 编码"):
        reader.load(path, Labels)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": "candidate"}, "rules[0]（x-y）.outcome：只能是 fail, needs_review、not_checked，不是 'candidate'"),
        ({"mesage": "x"}, "rules[0]（x-y）.mesage：不认识的键"),
        ({"version": "1"}, "rules[0]（x-y）.version：应为整数，不是 '1'"),
        ({"built": "yes"}, "rules[0]（x-y）.built：应为 true 或 false，不是 'yes'"),
        ({"id": "X_Y"}, ".id：写法不合规定"),
        ({"identity": ["locator"]}, ".identity[0]：只能是"),
    ],
)
def test_a_bad_rule_is_named(change: dict[str, object], said: str) -> None:
    with pytest.raises(RulebookError) as error:
        reader.build({"title": "题", "rules": [{**RULE, **change}]}, Catalogue, "rules/catalogue/x.yml")
    assert said in str(error.value)


def test_every_problem_of_a_file_is_told() -> None:
    with pytest.raises(RulebookError) as error:
        reader.build({"title": "题", "rules": [{**RULE, "a": 1}, {**RULE, "id": "z", "scope": "q"}]}, Catalogue, "x.yml")
    assert len(str(error.value).splitlines()) == 2


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A small rulebook in order."""
    import yaml

    folder = tmp_path / "rules"
    files = {
        "catalogue/a.yml": {"title": "题", "rules": [RULE]},
        "labels/a.yml": {"title": "题", "source": "源", "entries": {"a": ["b"]}},
        "sites/www.qinghe.gov.cn.yml": {"host": "www.qinghe.gov.cn", "title": "题", "source": "源"},
        "lexicons/a.yml": {
            "title": "题", "source": "源",
            "entries": [{"id": "typo.1", "wrong": "关健", "right": "关键", "hit": ["抓住关健环节"], "miss": ["抓住关键环节"]}],
        },
    }  # fmt: skip
    for name, content in files.items():
        write(folder, yaml.safe_dump(content, allow_unicode=True), name)
    write(folder, "2027:\n  source: 通知\n  off: ['2027-01-01']\n  work: []\n", "calendars/overlay.yml")
    return folder


def test_a_rulebook_in_order_has_no_problems(book: Path) -> None:
    assert checking.problems(book) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("catalogue/a.yml", "{value}", "{value", "rules/catalogue/a.yml：x-y：message 的花括号不成对"),
        ("catalogue/a.yml", "{value}", "{值!}", "message 的花括号"),
        ("catalogue/a.yml", "identity:\n  - url", "identity: []", "页面、栏目规则的 identity 不能为空"),
        ("catalogue/a.yml", "identity:\n  - url", "identity:\n  - url\n  - url", "identity 有重复"),
        ("catalogue/a.yml", "x-y", "privacy-phone", "个人信息只能以密钥散列（key）进入 identity"),
        ("labels/a.yml", "entries", "entrys", "rules/labels/a.yml：entrys：不认识的键"),
        ("sites/www.qinghe.gov.cn.yml", "host: www", "host: old", "文件名应与 host（old.qinghe.gov.cn）一致"),
        ("lexicons/a.yml", "抓住关健环节", "抓住关键环节", "typo.1：例句“抓住关键环节”应命中而未命中"),
        ("lexicons/a.yml", "right: 关键", "right: 关健", "wrong 与 right 相同"),
        ("calendars/overlay.yml", "2027-01-01", "2027-02-30", "“2027-02-30”不是日期"),
        ("calendars/overlay.yml", "work: []", "work: ['2027-01-01']", "同一天既放假又上班"),
        ("calendars/overlay.yml", "2027:", "next:", "键应为年份"),
    ],
)
def test_a_rulebook_out_of_order_is_told(book: Path, name: str, old: str, new: str, said: str) -> None:
    path = book / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert any(said in problem for problem in checking.problems(book))


def test_a_rule_or_word_given_twice_is_told(book: Path) -> None:
    for name in ("catalogue", "lexicons"):
        (book / name / "b.yml").write_bytes((book / name / "a.yml").read_bytes())
    told = "\n".join(checking.problems(book))
    assert "规则 x-y 在 rules/catalogue/a.yml 中已有" in told
    assert "“关健”在 rules/lexicons/a.yml typo.1 中已有" in told


def test_a_site_without_a_file_has_no_peculiarities() -> None:
    assert rulebook.site_spec("www.no-such-site.gov.cn") is None
    assert SiteSpec(host="a", title="b", source="c").columns == {}


def test_lexicons_are_read_by_name() -> None:
    assert isinstance(rulebook.lexicon("typos"), Lexicon)
