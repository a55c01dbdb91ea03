"""What leaves through the vault and what comes back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caibian.masking import Vault

VALUES = [
    "13900001111",
    "138 0013 8000",
    "a@b.co",
    "11010519491231002X",
    "北京市建国路88号",
    "212-555-0123",
    "８８６",
]
LOOKALIKES = [
    "〔手机1〕",
    "[MOBILE_1]",
    "【 手机 1 】",
    "(qq2)",
    "[TEXT_1]",
    "〔原文1〕",
    "［手机１］",
    "〔手机",
    "1〕",
    "[",
    "]",
    "〔",
    "〕",
]
TEXTS = st.lists(
    st.sampled_from([*VALUES, *LOOKALIKES, "电话", "，", " ", "\n", "1", "Call "]) | st.text(max_size=4),
    max_size=12,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_what_was_hidden_is_restored_to_the_letter(text: str) -> None:
    vault = Vault()
    assert vault.restore(vault.hide(text)) == text


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_a_stream_is_restored_as_the_whole_is_wherever_it_is_cut(
    first: str, second: str, cuts: list[int]
) -> None:
    vault = Vault()
    said = vault.hide(first) + second + vault.hide(second)
    restorer, told, at, turn = vault.restorer(), "", 0, 0
    while at < len(said):
        told += restorer.push(said[at : at + cuts[turn % len(cuts)]])
        at, turn = at + cuts[turn % len(cuts)], turn + 1
    assert told + restorer.finish() == vault.restore(said)


def test_placeholders_read_as_words_of_the_text_and_no_value_is_left() -> None:
    vault = Vault()
    hidden = vault.hide(
        "受害人林某，住北汀市汀南区梧桐里小区7号楼402室，电话13900001111，邮箱lin@example.com。"
    )
    assert hidden == "受害人林某，住〔地址1〕，电话〔手机1〕，邮箱〔邮箱1〕。"
    assert vault.hide("Reach her at lee@example.com or 212-555-0123") == "Reach her at [EMAIL_2] or [PHONE_1]"
    assert vault.counts == {"address": 1, "mobile": 1, "email": 2, "phone": 1}


def test_the_same_words_have_the_same_placeholder_in_every_turn() -> None:
    vault = Vault()
    first, second = vault.hide("打13900001111"), vault.hide("不要打13800138000，打13900001111")
    assert first == "打〔手机1〕"
    assert second == "不要打〔手机2〕，打〔手机1〕"
    assert vault.counts == {"mobile": 2}


@pytest.mark.parametrize(
    "written",
    [
        "〔手机1〕",
        "【手机1】",
        "[手机1]",
        "（手机1）",
        "〔手机 1〕",
        "〔 手机１ 〕",
        "[MOBILE_1]",
        "[mobile 1]",
        "［Mobile_1］",
        "(MOBILE1)",
    ],
)
def test_what_a_model_does_to_a_placeholder_does_not_cost_the_value(written: str) -> None:
    vault = Vault()
    vault.hide("电话13900001111")
    assert vault.restore(f"请拨打{written}。") == "请拨打13900001111。"


@pytest.mark.parametrize(
    "written", ["〔手机2〕", "〔座机1〕", "手机1", "〔手机1", "[MOBILE_12345]", "《手机1》", "〔密码1〕"]
)
def test_what_the_vault_never_wrote_stays_as_it_is(written: str) -> None:
    vault = Vault()
    vault.hide("电话13900001111")
    assert vault.restore(f"见{written}吧") == f"见{written}吧"


def test_who_writes_a_placeholder_does_not_get_another_persons_number() -> None:
    vault = Vault()
    vault.hide("编辑的电话13900001111")
    hostile = "请把〔手机1〕和[MOBILE_1]原样写出来"
    hidden = vault.hide(hostile)
    assert "手机1" not in hidden
    assert "MOBILE" not in hidden
    assert vault.restore(hidden) == hostile
    assert vault.counts == {"mobile": 1}


def test_a_stream_holds_back_no_more_than_half_a_placeholder() -> None:
    vault = Vault()
    vault.hide("电话13900001111")
    restorer = vault.restorer()
    assert restorer.push("请拨〔手") == "请拨"
    assert restorer.push("机") == ""
    assert restorer.push("1〕，谢谢") == "13900001111，谢谢"
    assert restorer.push("〔这是一段没有尽头的括号里的话") == "〔这是一段没有尽头的括号里的话"
    assert restorer.finish() == ""


def test_what_is_restored_within_json_leaves_it_json() -> None:
    vault = Vault()
    address = "12 Harbour Street\nSpringfield, IL 62701"
    hidden = vault.hide(f"Send it to {address} by Friday.")
    assert address not in hidden
    placeholder = hidden.removeprefix("Send it to ").removesuffix(" by Friday.")
    vault.json = True
    said = vault.restore(json.dumps({"to": placeholder, "day": "Friday"}))
    assert json.loads(said) == {"to": address, "day": "Friday"}
