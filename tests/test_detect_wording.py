"""Always-wrong words: the shipped list by its own sentences, and what must keep it silent."""

from __future__ import annotations

import pytest

from govcrawl import rulebook
from govcrawl.detect import run
from govcrawl.detect.wording import around, wording
from govcrawl.model.facts import TextPlace
from govcrawl.rulebook.models import Lexicon
from govcrawl.rulebook.wordlists import trial, words_of
from govcrawl.text.words import Word, WordFinder, at_word_edges


def found(text: str, place: str = "body") -> list[tuple[str, str | None]]:
    return [(h.value, h.suggestion) for h in wording().find(TextPlace(text, place))]


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("会议要求，抓住关健环节，确保项目按期峻工。", "关健", "关键"),
        ("各单位要认真贯切落实会议精神", "贯切落实", "贯彻落实"),
        ("请登陆系统填报", "登陆系统", "登录系统"),
        ("我县己经完成改造", "己经", "已经"),
        ("他在会上说：“各地要抓住关健环节，把工作做实做细，不留死角。”", "关健", "关键"),
    ],
)
def test_a_wrong_word_is_found_with_its_right_form(text: str, wrong: str, right: str) -> None:
    assert (wrong, right) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "支持相关健康产品研发",
        "关键环节",
        "“关健”应为“关键”",
        "发现“关健”等错别字三处",
        "把关健改为关键",
        "《抓住关健环节》一文",
        "上海拨付专项资金",
        "自己经营的店铺",
        "关注公安微博",
        "",
    ],
)
def test_right_words_accidents_and_corrections_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_every_entry_of_the_shipped_list_keeps_its_sentences() -> None:
    lexicon = rulebook.lexicon("typos")
    assert list(trial(lexicon)) == []
    assert len(lexicon.entries) >= 300


def test_a_hit_says_where_and_shows_at_most_sixty_characters() -> None:
    text = "前言。" + "某" * 50 + "抓住关健环节" + "事" * 50 + "。结尾"
    (hit,) = run([TextPlace(text, "title", "//h1")], b"k")
    assert (hit.rule, hit.value, hit.key, hit.place, hit.locator, hit.weak) == ("typo", "关健", "关健", "title", "//h1", False)
    assert text[hit.offset :].startswith("关健")
    assert "关健" in hit.quote
    assert len(hit.quote) <= 60
    assert "前言" not in hit.quote


def test_a_comment_in_the_source_is_no_wording() -> None:
    assert run([TextPlace("抓住关健环节", "comment")], b"k") == []


def test_order_follows_the_text() -> None:
    assert [v for v, _ in found("按期峻工，抓住关健环节")] == ["峻工", "关健"]


def test_around_cuts_at_sentence_ends() -> None:
    text = "第一句。这里有错字吗？第三句"
    assert around(text, 7, 9) == "这里有错字吗"


@pytest.mark.parametrize(
    ("text", "part", "edge"),
    [("支持相关健康产品研发", "关健", False), ("抓住关健环节", "关健", True), ("检查相符和使用情况", "符和", False)],
)
def test_word_edges(text: str, part: str, edge: bool) -> None:
    at = text.index(part)
    assert at_word_edges(text, at, at + len(part)) is edge


def test_conditions_of_a_word() -> None:
    word = Word(id="t", wrong="甲乙", right="甲丙", boundary=False, not_before=("丁",), not_after=("戊",), allow=("己甲乙",))
    finder = WordFinder([word])
    assert [s for _, s, _ in finder.find("甲乙，甲乙丁，戊甲乙，己甲乙，甲乙")] == [0, 15]
    assert list(WordFinder([]).find("甲乙")) == []


def entry(**changes: object) -> dict[str, object]:
    return {"id": "typo.1", "wrong": "关健", "right": "关键", "hit": ["抓住关健环节"], "miss": ["抓住关键环节"], **changes}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hit": ["相关健康"]}, ["typo.1：例句“相关健康”应命中而未命中"]),
        ({"miss": ["抓住关健环节"]}, ["typo.1：例句“抓住关健环节”不应命中而命中"]),
        ({}, []),
        ({"reliability": "style", "hit": ["无"]}, []),
    ],
)
def test_trial_tells_each_sentence_that_is_not_kept(changes: dict[str, object], said: list[str]) -> None:
    lexicon = Lexicon.model_validate({"title": "试", "source": "试", "entries": [entry(**changes)]})
    assert list(trial(lexicon)) == said
    assert len(words_of(lexicon)) == (0 if "reliability" in changes else 1)
