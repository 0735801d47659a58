"""Personal numbers: certain, doubtful, and the many numbers that are nobody's. All numbers are invented; check digits are computed."""

from __future__ import annotations

import time

import pytest

from govcrawl.detect import context, numbers, privacy, run
from govcrawl.model.facts import TextPlace

KEY = b"store-key"


def identity(first_17: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first_17 + "10X98765432"[sum(int(d) * w for d, w in zip(first_17, weights, strict=True)) % 11]


def card(first: str) -> str:
    return next(first + d for d in "0123456789" if numbers.is_card(first + d))


ID = identity("32128319900307123")
ID_X = next(n for i in range(100, 200) if (n := identity(f"32128319841105{i}")).endswith("X"))
PHONE = "13951764028"
CARD = card("621700181004567890")
VISA = card("402674567890123")
FULL = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def hits(text: str, place: str = "body") -> list[tuple[str, bool]]:
    return [(h.rule.removeprefix("privacy-"), h.weak) for h in privacy.find(TextPlace(text, place), KEY)]


CERTAIN = [
    (f"姓名：王某 身份证号：{ID}", "id-number"),
    (f"公民身份号码 {ID_X}", "id-number"),
    (f"公民身份号码 {ID_X.lower()}", "id-number"),
    (f"身份证号：{ID}", "id-number"),
    (f"身份证号:{ID.translate(FULL)}", "id-number"),
    (f"身份证号 {ID[:6]} {ID[6:10]} {ID[10:14]} {ID[14:]}", "id-number"),
    (f"身份证号 {' '.join(ID)}", "id-number"),
    (f"身份证号 {ID[:6]}\u200b{ID[6:]}", "id-number"),
    (f"身份证号 {ID[:14]}\n{ID[14:]}", "id-number"),
    ("身份证号\n" + "\n".join(ID), "id-number"),
    (f"户主王某，{ID}", "id-number"),
    (f"证件号码：{ID}，住清河县", "id-number"),
    ("身份证号：321283900307123", "id-number"),
    (f"序号 姓名 身份证号 补贴金额\n1 王某 {ID} 300", "id-number"),
    (f"序号\n姓名\n身份证号\n金额\n1\n王某\n{ID}\n300", "id-number"),
    (f"残疾证号：{ID}43", "id-number"),
    (f"申请人手机：{PHONE}", "phone"),
    (f"姓名：王某 联系电话：{PHONE}", "phone"),
    (f"姓名 村组 联系电话\n王某 三组 {PHONE}", "phone"),
    (f"户主电话 {PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}", "phone"),
    (f"家长手机 +86 {PHONE}", "phone"),
    (f"家长手机 86{PHONE}", "phone"),
    (f"家长手机 {PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}", "phone"),
    (f"投诉人：李某，{PHONE.translate(FULL)}", "phone"),
    (f"联系人：张某 身份证号见附件 {PHONE}", "phone"),
    (f"我叫李某，电话{PHONE}，家住清河县某镇", "phone"),
    (f"姓名：李某 手机（微信同号）：{PHONE}", "phone"),
    (f"双方签订合同 户主王某 {ID}", "id-number"),
    (f"统一社会信用代码/身份证号：{ID}", "id-number"),
    (f"受害人王某（身份证号{ID}）", "id-number"),
    (f"清河县农村低保对象名单 1 王某 {ID}", "id-number"),
    (f"本人{PHONE[:7]} {PHONE[7:]}", "phone"),
    (f"银行卡号：{CARD}", "bank-card"),
    (f"惠农一卡通账号 {CARD}", "bank-card"),
    (f"姓名：王某 开户行：清河农商行 账号：{VISA}", "bank-card"),
    (f"社保卡 {CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:16]} {CARD[16:]}", "bank-card"),
]


@pytest.mark.parametrize(("text", "kind"), CERTAIN)
def test_a_private_number_is_found_for_certain(text: str, kind: str) -> None:
    assert hits(text) == [(kind, False)]


DOUBTFUL = [
    (ID, "id-number"),
    (f"经查，{ID}于上月提交材料", "id-number"),
    (f"行政处罚决定书 当事人：王某 身份证号：{ID}", "id-number"),
    (f"失信被执行人名单 王某 {ID}", "id-number"),
    (f"身份证号：{ID[:14]}****", "id-number"),
    (f"身份证号：{ID[:10]}****{ID[14:]}", "id-number"),
    (PHONE, "phone"),
    (f"电话：{PHONE}", "phone"),
    (f"联系电话：{PHONE}", "phone"),
    (f"请与王某联系（{PHONE}）", "phone"),
    ("联系电话：158XX151766", "phone"),
    ("手机：139*1764028x".replace("x", ""), "phone"),
    (CARD, "bank-card"),
    (f"账号：{CARD}", "bank-card"),
]


@pytest.mark.parametrize(("text", "kind"), DOUBTFUL)
def test_where_nothing_shows_a_private_person_a_person_decides(text: str, kind: str) -> None:
    assert hits(text) == [(kind, True)]


NOTHING = [
    # wrong check digit, impossible date, no province
    "身份证号：" + ID[:17] + ("0" if ID[17] != "0" else "1"),
    "身份证号：" + identity("32128319900231123"),
    "身份证号：" + identity("99128319900307123"),
    # well masked
    f"身份证号：{ID[:6]}********{ID[14:]}",
    f"身份证号：{ID[0]}****************{ID[17]}",
    f"身份证号：{ID[:3]}***********{ID[14:]}",
    "联系电话：139****4028",
    "姓名：王某 手机：139XXXX4028",
    f"账号：{CARD[:4]}***********{CARD[15:]}",
    # public roles
    f"咨询电话：{PHONE}",
    f"联系人：张三 联系电话：{PHONE}",
    f"办公室联系人：张三 手机：{PHONE}",
    f"举报电话：{PHONE}",
    f"24小时值班电话 {PHONE}",
    f"采购人：清河县水利局 联系方式：{PHONE}",
    f"招标代理机构：某咨询公司\n地址：某路1号\n电话：{PHONE}",
    f"河长：王某 县委常委 {PHONE}",
    f"姓名 职务 值班电话\n王某 科长 {PHONE}",
    # other numbers
    f"订单编号：{PHONE}",
    f"合同号：{ID}",
    f"微信号：{PHONE}",
    f"QQ群：{PHONE}",
    f"如有疑问请致电{PHONE}（王主任）",
    f"公示期内如有异议，请向镇民政办反映，电话：{PHONE}",
    f"报名咨询：{PHONE}（微信同号）",
    f"账户名称：清河县慈善总会 账号 {CARD}",
    f"/upload/202611/{PHONE}.html",
    "发票代码 032001900105 发票号码 12345678",
    "ISBN 978-7-5000-1234-5",
    "QQ群139517640281",
    f"受理编号：{ID}",
    f"统一社会信用代码：{ID}x".replace("x", ""),
    f"流水号 {CARD}",
    f"项目代码：{CARD}",
    f"投资 {PHONE}元",
    f"合计：{PHONE}.50元",
    f"¥{PHONE}",
    f"增长 {PHONE}%",
    f"http://www.qinghe.gov.cn/art?id={ID}",
    f"www.qinghe.gov.cn/t{PHONE}.html",
    f"文件 t20230619_{PHONE}.html",
    "0319-81620011、0319-81620022",
    "2026-11-05 10:30 2026-11-06 11:30",
    "2026-11-05 2026-11-06 2026-11-07",
    "12345 12306 95598",
    "010-12345678-139",
    "测试号码 13800138000，样号 13812345678，13888888888",
    f"示例：{ID}",
    f"例如 {PHONE}",
    # units' accounts
    f"户名：清河县财政局 开户行：清河农商行 账号：{CARD}",
    f"收款单位：某建设公司 账号 {CARD}",
    f"{VISA}",
    "账号：" + card("3201234567890123"),
    # column headers alone, half numbers
    "姓名 身份证号 联系电话",
    ID[:17],
    f"{ID}12",
    f"A{PHONE}",
    f"{PHONE}8",
]


@pytest.mark.parametrize("text", NOTHING)
def test_other_numbers_and_good_masks_are_no_finding(text: str) -> None:
    assert hits(text) == []


@pytest.mark.parametrize("place", ["footer", "header", "nav"])
def test_a_mobile_in_the_frame_of_the_site_is_the_sites_own(place: str) -> None:
    assert hits(f"联系电话：{PHONE}", place) == []
    assert hits(f"身份证号：{ID}", place) == [("id-number", False)]


@pytest.mark.parametrize(
    ("place", "text", "expected"),
    [
        ("table:身份证号", ID, [("id-number", False)]),
        ("table:身份证号", "321283900307123", [("id-number", False)]),
        ("table:流水号", ID, []),
        ("table:申请人电话", PHONE, [("phone", False)]),
        ("table:值班电话", PHONE, []),
        ("table:备注", PHONE, [("phone", True)]),
        ("table:一卡通账号", CARD, [("bank-card", False)]),
        ("table:订单号", CARD, []),
    ],
)
def test_a_table_cell_is_judged_with_its_column(place: str, text: str, expected: list[tuple[str, bool]]) -> None:
    assert hits(text, place) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"姓名": "王某", "身份证号": ID, "联系电话": PHONE}, [("id-number", False), ("phone", False)]),
        ({"姓名": "王某", "工作经历": "工人", "联系电话": PHONE}, [("phone", False)]),
        ({"户主": "王某", "村组": "三组", "手机": PHONE}, [("phone", False)]),
        ({"姓名": "王某", "职务": "科长", "联系电话": PHONE}, []),
        ({"网格员姓名": "王某", "联系电话": PHONE}, []),
        ({"单位": "水利局", "联系人": "王某", "联系电话": PHONE}, []),
        ({"企业名称": "某厂", "法人姓名": "王某", "联系电话": PHONE}, [("phone", True)]),
        ({"地点": "某处", "联系电话": PHONE}, [("phone", True)]),
        ({"户主姓名": "王某", "责任人": "李某", "联系电话": PHONE}, [("phone", False)]),
        ({"姓名": "王某", "账号": CARD}, [("bank-card", False)]),
        ({"单位名称": "水利局", "开户行": "农商行", "账号": CARD}, []),
        ({"姓名": "王某", "证书编号": ID}, []),
    ],
)
def test_a_column_is_judged_with_the_other_columns_of_its_table(columns: dict[str, str], expected: list[tuple[str, bool]]) -> None:
    pieces = [TextPlace(text, f"table:{header}", "//table[1]") for header, text in columns.items()]
    assert [(h.rule.removeprefix("privacy-"), h.weak) for h in run(pieces, KEY)] == expected


def test_cells_of_a_column_are_not_joined() -> None:
    piece = TextPlace(f"{ID[:14]}\n{ID[14:]}\n{PHONE}\n{ID}", "table:身份证号", "//table[1]")
    assert [h.offset for h in privacy.find(piece, KEY) if h.rule == privacy.IDENTITY] == [piece.text.rindex(ID)]


def test_every_row_of_a_long_column_is_found() -> None:
    people = [identity(f"3212831990{i // 28 % 12 + 1:02}{i % 28 + 1:02}{i:03}") for i in range(1, 300)]
    found = privacy.find(TextPlace("\n".join(people), "table:身份证号"), KEY)
    assert len({h.key for h in found}) == len(people)
    assert not any(h.weak for h in found)


def test_evidence_is_masked_everywhere() -> None:
    text = f"姓名：王某 身份证号：{ID} 手机：{PHONE} 一卡通：{CARD}"
    found = privacy.find(TextPlace(text, "body", "//p[1]"), KEY)
    assert [h.value for h in found] == [f"{ID[0]}{'*' * 16}{ID[17]}", f"139****{PHONE[7:]}", f"{CARD[:4]}{'*' * 11}{CARD[-4:]}"]
    for hit in found:
        assert len(hit.quote) <= 60
        for secret in (ID, PHONE, CARD):
            assert secret not in f"{hit.quote}{hit.key}{hit.value}"
            assert secret[4:11] not in hit.quote
        assert hit.locator == "//p[1]"
        assert text[hit.offset].isdigit()


@pytest.mark.parametrize("gap", range(0, 30, 3))
def test_a_number_cut_by_the_edge_of_the_quote_is_masked_too(gap: int) -> None:
    found = privacy.find(TextPlace(f"{ID}{'，' * gap}本人手机{PHONE}{'，' * gap}{CARD}", "body"), KEY)
    for hit in found:
        for secret in (ID, PHONE, CARD):
            assert secret[3:9] not in hit.quote


def test_the_key_tells_values_apart_and_needs_the_stores_secret() -> None:
    one, same, other = (privacy.find(TextPlace(f"身份证号：{n}", "body"), KEY)[0].key for n in (ID, ID.translate(FULL), ID_X))
    assert one == same != other
    assert privacy.find(TextPlace(f"身份证号：{ID}", "body"), b"another")[0].key != one


def test_offsets_count_in_the_text_as_given() -> None:
    text = f"\u200b　身份证号：{ID}"
    assert privacy.find(TextPlace(text, "body"), KEY)[0].offset == text.index(ID)


@pytest.mark.parametrize("between", ["/", "、", "，", " ", "\n", "；", " / "])
def test_two_mobiles_side_by_side(between: str) -> None:
    assert hits(f"户主电话：{PHONE}{between}13851764029") == [("phone", False), ("phone", False)]


def test_two_numbers_of_one_row_are_two_hits() -> None:
    assert hits(f"姓名 身份证号 联系电话\n王某 {ID} {PHONE}") == [("id-number", False), ("phone", False)]


@pytest.mark.parametrize(
    ("number", "valid"),
    [(ID, True), (ID_X, True), (ID[:17], False), (identity("11010518991231123"), False), (identity("11010519491231000"), False)],
)
def test_identity_number(number: str, valid: bool) -> None:
    assert numbers.is_identity_18(number) is valid


@pytest.mark.parametrize(("code", "valid"), [("91350100M000100Y43", True), ("91350100M000100Y44", False), ("91350100M000100Y4", False)])
def test_credit_code(code: str, valid: bool) -> None:
    assert numbers.is_credit_code(code) is valid


def test_the_header_line_is_the_nearest_one_above() -> None:
    text = f"姓名 身份证号\n王某 1\n\n单位 职务 电话\n清河局 科长 {PHONE}"
    assert context.around(text, text.index(PHONE), len(text), "body").header == "单位 职务 电话"


def test_an_ordinary_page_costs_next_to_nothing() -> None:
    text = ("清河县人民政府办公室关于做好2026年防汛工作的通知（清政办发〔2026〕12号），2026年11月5日印发，联系电话0523-86212345。" * 40)[
        :2000
    ]
    pieces = [TextPlace(text, "body")]
    assert run(pieces, KEY) == []
    best = min(_timed(pieces) for _ in range(20))
    assert best < 0.0005


def _timed(pieces: list[TextPlace]) -> float:
    start = time.process_time()
    run(pieces, KEY)
    return time.process_time() - start


def test_a_table_of_short_numbers_stays_fast() -> None:
    text = "\n".join(str(i % 97) for i in range(20_000))
    start = time.process_time()
    privacy.find(TextPlace(text, "body"), KEY)
    assert time.process_time() - start < 2
