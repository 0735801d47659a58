"""Folding and likeness."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govcrawl.text import normalise, similarity


@pytest.mark.parametrize(
    ("printed", "label"),
    [
        ("索 引 号：", "索引号"),
        ("[ 索引号 ]", "索引号"),
        ("【发文字号】", "发文字号"),
        ("标\u3000\u3000题:", "标题"),
        ("发布\u00a0日期", "发布日期"),
        ("成文\u200b日期：", "成文日期"),
        ("ＩＣＰ备案", "ICP备案"),
        ("备注/文号", "备注文号"),
        ("● 办理流程", "办理流程"),
        ("发文\n机关", "发文机关"),
        ("", ""),
    ],
)
def test_label(printed: str, label: str) -> None:
    assert normalise.label(printed) == label


@pytest.mark.parametrize(
    ("printed", "folded"),
    [
        ("１２３－４５", "123-45"),
        ("Ａ　Ｂ", "A B"),
        ("a\u200bb", "ab"),
        ("（甲）：乙，", "(甲):乙,"),
        ("⼈民", "人民"),
        ("乾隆 覆盖 著作", "乾隆 覆盖 著作"),
        ("①㎡……", "①㎡……"),
    ],
)
def test_fold(printed: str, folded: str) -> None:
    assert normalise.fold(printed) == folded


@given(st.text())
def test_even_keeps_every_place(text: str) -> None:
    assert len(normalise.even(text)) == len(text)
    assert normalise.even(normalise.even(text)) == normalise.even(text)


@pytest.mark.parametrize(("printed", "squeezed"), [("  甲\n\t乙\u3000\u3000丙 ", "甲 乙 丙"), ("\ufeff甲：乙", "甲：乙"), ("", "")])
def test_squeeze(printed: str, squeezed: str) -> None:
    assert normalise.squeeze(printed) == squeezed


def test_compact() -> None:
    assert normalise.compact(" 关于 做好\n工作的通知 ") == "关于做好工作的通知"


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        ("您的来信已收悉", "您的 来信\n已收悉", 1.0, 1.0),
        ("甲乙丙丁", "戊己庚辛", 0.0, 0.0),
        ("", "甲", 0.0, 0.0),
        ("关于做好防汛工作的通知", "关于做好防汛工作的意见", 0.7, 0.95),
    ],
)
def test_ratio(a: str, b: str, low: float, high: float) -> None:
    assert low <= similarity.ratio(a, b) <= high
    assert similarity.ratio(a, b) == similarity.ratio(b, a)


def test_contained() -> None:
    whole = "第一条 为了规范办事服务，制定本办法。第二条 本办法适用于全县各镇。第三条 本办法自公布之日起施行。"
    assert similarity.contained("本办法适用于全县各镇。", whole) == 1.0
    assert similarity.contained("第三条 本办法自公布之日起施行。第一条 为了规范办事服务，制定本办法。", whole) == 1.0
    assert similarity.contained("出台背景：近年来群众反映办事难，需要统一标准，减少材料。", whole) == 0.0
    assert 0.3 < similarity.contained("主要内容是：本办法适用于全县各镇。群众最关心的是什么时候能办。", whole) < 0.7
    assert similarity.contained("办法", whole) == 1.0
    assert similarity.contained("通知", whole) == 0.0
    assert similarity.contained("", whole) == similarity.contained("甲", "") == 0.0
