"""Accounts: who gets in, who does not, and what is known about passwords afterwards (nothing)."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, text

from caibian.errors import ConfigError
from caibian.storage import Database, passwords, throttle
from caibian.storage.accounts import (
    SESSION_LIFE,
    bearer,
    create_account,
    log_in,
    log_out,
    set_disabled,
    set_language,
    set_password,
)
from caibian.storage.refusals import NotFound, TooMany, WrongLogin
from caibian.storage.schema import Base, LoginSession, User
from tests.storage.house import PASSWORD, Clock, people


def _everything(database: Database) -> str:
    """All that the database holds, as text."""
    with database.reading() as session:
        return repr([session.execute(table.select()).all() for table in Base.metadata.sorted_tables])


def test_passwords_and_tokens_are_neither_stored_nor_logged(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _, password = create_account(database, "许可")
    token, _ = log_in(database, "许可", password)
    with pytest.raises(WrongLogin):
        log_in(database, "许可", "falsch-aber-lang")
    with pytest.raises(WrongLogin):
        log_in(database, "mein-passwort-im-falschen-feld", "x")
    for place in (_everything(database), caplog.text):
        for secret in (password, token, "falsch-aber-lang", "mein-passwort-im-falschen-feld"):
            assert secret not in place
    with database.reading() as session:
        assert session.scalars(select(User.password)).one().startswith("$argon2id$")


def test_a_login_is_known_by_its_token_until_it_ends(database: Database, clock: Clock) -> None:
    people(database, "许可")
    token, account = log_in(database, "  许可 ", PASSWORD)
    assert bearer(database, token) == account
    assert bearer(database, token + "x") is None
    clock.move(seconds=SESSION_LIFE.total_seconds() - 1)
    assert bearer(database, token) == account
    clock.move(seconds=1)
    assert bearer(database, token) is None
    other, _ = log_in(database, "许可", PASSWORD)
    log_out(database, other)
    assert bearer(database, other) is None


def test_a_new_password_and_a_disabled_account_end_all_sessions(database: Database) -> None:
    people(database, "许可")
    token, _ = log_in(database, "许可", PASSWORD)
    password = set_password(database, "许可")
    assert bearer(database, token) is None
    with pytest.raises(WrongLogin):
        log_in(database, "许可", PASSWORD)
    token, _ = log_in(database, "许可", password)
    set_disabled(database, "许可", True)
    assert bearer(database, token) is None
    with pytest.raises(WrongLogin):
        log_in(database, "许可", password)
    set_disabled(database, "许可", False)
    assert log_in(database, "许可", password)


def test_unknown_wrong_and_disabled_are_refused_alike_and_cost_one_hash_each(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(database, "许可", "gone")
    set_disabled(database, "gone", True)
    passwords._nobody()
    seen = []

    class Counting(PasswordHasher):
        def verify(self, known: str | bytes, password: str | bytes) -> bool:
            seen.append(str(known).split("$")[3])
            return super().verify(known, password)

    monkeypatch.setattr(passwords, "HASHER", Counting(time_cost=1, memory_cost=8, parallelism=1))
    said = set()
    for name, password in (
        ("nobody", "x"),
        ("许可", "x"),
        ("gone", PASSWORD),
        ("nul\x00", "x"),
        ("\ud800", "x"),
    ):
        with pytest.raises(WrongLogin) as caught:
            log_in(database, name, password)
        said.add(str(caught.value))
    assert len(said) == 1
    assert seen == ["m=8,t=1,p=1"] * 5


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "PER_NAME", 3)
    monkeypatch.setattr(throttle, "PER_ADDRESS", 6)


@pytest.mark.usefixtures("limits")
def test_failed_logins_are_limited_by_name_and_by_address_and_it_passes(
    database: Database, clock: Clock
) -> None:
    people(database, "许可", "other")
    for _ in range(throttle.PER_NAME):
        with pytest.raises(WrongLogin):
            log_in(database, "许可", "wrong", "10.0.0.1")
    with pytest.raises(TooMany) as caught:
        log_in(database, "许可", PASSWORD, "10.0.0.9")
    assert caught.value.retry_after == throttle.WINDOW.total_seconds()
    assert log_in(database, "other", PASSWORD, "10.0.0.1")
    for number in range(throttle.PER_ADDRESS - throttle.PER_NAME):
        with pytest.raises(WrongLogin):
            log_in(database, f"guess{number}", "wrong", "10.0.0.1")
    with pytest.raises(TooMany):
        log_in(database, "other", PASSWORD, "10.0.0.1")
    assert log_in(database, "other", PASSWORD, "10.0.0.2")
    clock.move(seconds=throttle.WINDOW.total_seconds() + 1)
    assert log_in(database, "许可", PASSWORD, "10.0.0.1")


@pytest.mark.usefixtures("limits")
def test_a_crowd_of_guesses_at_once_gets_no_more_tries(database: Database) -> None:
    people(database, "许可")

    def guess(_: int) -> str:
        try:
            log_in(database, "许可", "wrong")
        except (TooMany, WrongLogin) as refusal:
            return type(refusal).__name__
        return "in"

    with ThreadPoolExecutor(16) as threads:
        got = list(threads.map(guess, range(20)))
    assert got.count("WrongLogin") == throttle.PER_NAME
    assert got.count("TooMany") == 20 - throttle.PER_NAME


@pytest.mark.usefixtures("limits")
def test_those_who_log_in_well_are_never_counted_out(database: Database) -> None:
    people(database, "许可")
    for _ in range(throttle.PER_ADDRESS + 5):
        log_in(database, "许可", PASSWORD, "10.0.0.1")


def test_a_hash_of_weaker_parameters_is_replaced_at_the_next_login(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(database, "许可")
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    log_in(database, "许可", PASSWORD)
    with database.reading() as session:
        assert "m=16,t=2" in session.scalars(select(User.password)).one()
    assert log_in(database, "许可", PASSWORD)


def test_when_somebody_was_last_seen_is_noted_at_most_once_a_minute(database: Database, clock: Clock) -> None:
    people(database, "许可")
    token, _ = log_in(database, "许可", PASSWORD)
    begun = clock.now
    for seconds, seen in ((30, begun), (45, None)):
        clock.move(seconds=seconds)
        bearer(database, token)
        with database.reading() as session:
            assert session.scalars(select(LoginSession.last_seen)).one() == (seen or clock.now)


def test_the_language_of_the_pages_is_remembered(database: Database) -> None:
    (account,) = people(database, "许可")
    assert account.language == "zh"
    assert set_language(database, account, "en").language == "en"
    assert log_in(database, "许可", PASSWORD)[1].language == "en"


def test_a_name_that_cannot_be_one_is_refused(database: Database) -> None:
    for name in ("", "   ", "a,b", "a\nb", "a\x00b", "n" * 65, "\ud800"):
        with pytest.raises(ConfigError, match="account"):
            create_account(database, name)


def test_two_spellings_of_one_name_are_one_account(database: Database) -> None:
    create_account(database, "Zoe\u0308", password=PASSWORD)
    assert log_in(database, "Zoë", PASSWORD)
    with pytest.raises(ConfigError, match="there is one already"):
        create_account(database, "Zoë")
    with pytest.raises(NotFound):
        set_password(database, "Zoe")
    with pytest.raises(ConfigError, match="8 to 200"):
        set_password(database, "Zoë", "short")


def test_made_passwords_are_long_and_differ(database: Database) -> None:
    made = {passwords.generate() for _ in range(50)}
    assert len(made) == 50
    assert all(len(one.replace("-", "")) == 16 and not set(one) & set("01lio") for one in made)


def test_sessions_go_with_their_account(database: Database) -> None:
    people(database, "许可")
    log_in(database, "许可", PASSWORD)
    with database.writing() as session:
        session.execute(text("DELETE FROM users"))
    with database.reading() as session:
        assert session.scalars(select(LoginSession)).all() == []
