"""Articles: kept once each, found by words, removed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from caibian.records import Article
from caibian.storage import Database
from caibian.storage.accounts import Account
from caibian.storage.audit import history
from caibian.storage.newsroom import articles
from caibian.storage.refusals import Invalid, NotFound
from tests.storage.house import people


@pytest.fixture
def reporter(database: Database) -> Account:
    return people(database, "许可", role="reporter")[0]


def article(body: str, title: str = "题") -> Article:
    return Article("", body, title=title)


def test_the_same_text_is_kept_once_whatever_its_spaces_and_widths(
    database: Database, reporter: Account
) -> None:
    first = articles.store(database, reporter, [article("Ｇ20 峰会\n今日闭幕。", "甲"), article("别的")])
    again = articles.store(database, reporter, [article("G20峰会 今日闭幕。", "乙")])
    assert (len(first.added), first.known, again.added, again.known) == (2, 0, [], 1)
    assert articles.read(database, first.added[0]).row.title == "甲"
    assert [row.detail["articles"] for row in history(database, "许可") if "import" in row.action] == [2]


def test_an_article_comes_back_with_all_that_was_known_of_it(database: Database, reporter: Account) -> None:
    at = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
    whole = Article("", "正文", "题", "要", "http://a/b", "社", "记者", at, "zh", "要闻", "CC BY")
    (made,) = articles.store(database, reporter, [whole]).added
    found = articles.read(database, made)
    assert (found.body, found.summary, found.url, found.section, found.licence) == (
        "正文",
        "要",
        "http://a/b",
        "要闻",
        "CC BY",
    )
    row = found.row
    assert (row.source, row.author, row.published_at, row.language, row.chars, row.imported_by) == (
        "社",
        "记者",
        at,
        "zh",
        2,
        "许可",
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("nasa", {"one"}),
        ("NASA 发", {"one"}),
        ("100%", {"two"}),
        ("%", {"two"}),
        ("_", {"three"}),
        ("\\", {"three"}),
        ("' OR 1=1 --", set()),
        ("ТИТУЛ", {"two"}),
        ("\x00nasa", {"one"}),
        ("", {"one", "two", "three"}),
    ],
)
def test_what_is_looked_for_is_found_to_the_letter_in_any_case(
    database: Database, reporter: Account, query: str, found: set[str]
) -> None:
    articles.store(
        database,
        reporter,
        [article("今日 NASA 发射", "one"), article("涨了100%（титул）", "two"), article("a_b\\c", "three")],
    )
    page = articles.page(database, query)
    assert {row.title for row in page.rows} == found
    assert page.total == len(found)


def test_pages_follow_one_another_newest_first_and_stay_put_when_more_comes(
    database: Database, reporter: Account
) -> None:
    articles.store(database, reporter, [article(f"正文{number}", str(number)) for number in range(5)])
    first = articles.page(database, limit=2)
    articles.store(database, reporter, [article("新来的", "new")])
    second = articles.page(database, cursor=first.next, limit=2)
    third = articles.page(database, cursor=second.next, limit=2)
    titles = [[row.title for row in page.rows] for page in (first, second, third)]
    assert titles == [["4", "3"], ["2", "1"], ["0"]]
    assert third.next is None
    for cursor in ("x", "-1", "9" * 30, "１"):
        with pytest.raises(Invalid, match="cursor"):
            articles.page(database, cursor=cursor)


def test_what_was_removed_is_gone_and_may_come_again(database: Database, reporter: Account) -> None:
    (made,) = articles.store(database, reporter, [article("正文")]).added
    articles.remove(database, reporter, made)
    with pytest.raises(NotFound):
        articles.read(database, made)
    with pytest.raises(NotFound):
        articles.remove(database, reporter, made)
    assert [row.detail for row in history(database, made)] == [{"title": "题"}]
    assert articles.store(database, reporter, [article("正文")]).added == [made]
