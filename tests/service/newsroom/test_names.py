"""People stand by their names wherever others read what they did; their logins stay beside."""

from __future__ import annotations

import json

from caibian.storage.accounts import create_account
from tests.service.newsroom.house import House
from tests.storage.house import PASSWORD

ARTICLE = json.dumps({"title": "老桥关闭", "body": "老桥将关闭两年。"}, ensure_ascii=False)


def test_articles_batches_drafts_and_their_records_name_people(any_house: House) -> None:
    house = any_house
    create_account(house.database, "li4", display="李四", role="chief_editor", password=PASSWORD)
    who = house.client.post("/v1/login", json={"name": "li4", "password": PASSWORD}).json()["token"]
    upload = [("files", ("a.jsonl", ARTICLE.encode()))]
    (article,) = house.ask(who, "POST", "/articles/files", files=upload).json()["added"]
    assert _named(house.get(who, f"/articles/{article}"), "imported_by") == ("li4", "李四")
    assert _named(house.get(who, "/articles")["articles"][0], "imported_by") == ("li4", "李四")
    asked = {"task": "headline.news", "articles": [article], "language": "zh"}
    assert _named(house.post(who, "/batches", asked)) == ("li4", "李四")

    new = {"title": "题", "body": "文", "key": "k" * 8, "origin": {"task": "headline.news"}}
    draft = house.post("reporter", "/drafts", new)
    path, step = f"/drafts/{draft['id']}", {"revision": 1, "key": "s" * 8}
    draft = house.post("reporter", f"{path}/submit", step)
    said = {"text": "好", "revision": draft["revision"], "key": "c" * 8}
    assert _named(house.post(who, f"{path}/comments", said)) == ("li4", "李四")
    held = {"text": "文", "verdict": "confirmed", "against": "来稿", "revision": 2, "key": "e" * 8}
    assert _named(house.post(who, f"{path}/examined", held)) == ("li4", "李四")
    edited = {"title": "题", "body": "新文", "revision": 2, "key": "d" * 8}
    draft = house.put(who, path, edited)
    assert _named(draft["notes"][0]) == ("li4", "李四")
    assert _named(house.get(who, f"{path}/versions")[-1]) == ("li4", "李四")
    house.post(who, f"{path}/decide", {"decision": "approve", "revision": 3, "key": "a" * 8})
    assert _named(house.get(who, f"{path}/ledger")[-1]) == ("li4", "李四")
    exported = house.ask(who, "GET", f"{path}/export?format=markdown").text
    assert "李四" in exported
    assert "li4" not in exported


def _named(row: dict[str, str], key: str = "by") -> tuple[str, str]:
    return row[key], row[f"{key}_name"]
