"""Accounts and keys, and what people may do with their own account, as `caibian.api.operations` lists them."""

from __future__ import annotations

from typing import Annotated

from caibian.api.operations import (
    AccountRow,
    ChangeAccount,
    FreshKey,
    KeyRow,
    NewAccount,
    NewKey,
    NewOwnPassword,
    NewPassword,
)
from caibian.api.wire import ADMINS, Me, Preferences, Problem
from caibian.errors import ConfigError, MissingExtra
from caibian.service.admission import Admitted, admitted
from caibian.service.callers import Address, Caller, Db, Token
from caibian.service.panel import wiring
from caibian.storage import accounts
from caibian.storage.access import keys
from caibian.storage.access.budgets import Amounts
from caibian.storage.access.people import change_account, change_own_password, people, person
from caibian.storage.refusals import Invalid

try:
    from fastapi import APIRouter, Depends, HTTPException
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

router = APIRouter(tags=["accounts"])

Admin = Annotated[Admitted, Depends(admitted(None, ADMINS))]


@router.get("/me")
def me(account: Caller) -> Me:
    """Who the token stands for."""
    return wiring.me(account)


@router.put("/me")
def prefer(db: Db, account: Caller, body: Preferences) -> Me:
    """Choose the language of the pages."""
    return wiring.me(accounts.set_language(db, account, body.language))


@router.post("/me/password", status_code=204)
def own_password(db: Db, account: Caller, token: Token, address: Address, body: NewOwnPassword) -> None:
    """Change one's own password; every other session of the account ends."""
    change_own_password(db, account, body.old, body.new, token, address)


@router.post("/logout", status_code=204)
def logout(db: Db, _: Caller, token: Token) -> None:
    """Make the token void."""
    accounts.log_out(db, token)


@router.get("/accounts")
def listing(db: Db, _: Admin) -> list[AccountRow]:
    """All accounts, by name."""
    return [AccountRow.model_validate(one, from_attributes=True) for one in people(db)]


@router.post(
    "/accounts", responses={409: {"model": Problem, "description": "There is one of this name already."}}
)
def create(db: Db, asker: Admin, body: NewAccount) -> NewPassword:
    """Make an account; its password is in this answer and nowhere else."""
    try:
        name = accounts.checked_name(body.name)
        if accounts.find_account(db, name) is not None:
            raise HTTPException(409, f"account {name}: there is one already")
        account, password = accounts.create_account(
            db,
            name,
            role=body.role,
            display=body.display,
            language=body.language,
            actor=asker.account.name,
        )
    except ConfigError as error:
        raise Invalid(str(error)) from error
    return NewPassword(account=_row(db, account.name), password=password)


@router.put("/accounts/{name}")
def change(db: Db, asker: Admin, name: str, body: ChangeAccount) -> AccountRow:
    """Change role or display name, shut an account out at once, or let it in again."""
    changed = change_account(
        db,
        name,
        role=body.role,
        disabled=body.disabled,
        display=body.display,
        actor=asker.account.name,
    )
    return AccountRow.model_validate(changed, from_attributes=True)


@router.post("/accounts/{name}/password")
def password(db: Db, asker: Admin, name: str) -> NewPassword:
    """Give an account a new password, in this answer and nowhere else; all its sessions end."""
    account = _row(db, name)
    made = accounts.set_password(db, account.name, actor=asker.account.name)
    return NewPassword(account=account, password=made)


@router.get("/keys")
def key_listing(db: Db, _: Admin) -> list[KeyRow]:
    """All keys, newest first, revoked ones too."""
    return [KeyRow.model_validate(one, from_attributes=True) for one in keys.keys(db)]


@router.post("/keys", responses={404: {"model": Problem, "description": "There is no such account."}})
def create_key(db: Db, asker: Admin, body: NewKey) -> FreshKey:
    """Make a key for an account; its secret is in this answer and nowhere else."""
    limits = body.limits
    made, secret = keys.create_key(
        db,
        body.account,
        body.name,
        features=body.features,
        expires_at=body.expires_at,
        limits=Amounts(limits.requests_a_minute, limits.tokens_a_day, limits.cost_a_day),
        actor=asker.account.name,
    )
    return FreshKey(key=KeyRow.model_validate(made, from_attributes=True), secret=secret)


@router.delete("/keys/{id}", status_code=204)
def revoke_key(db: Db, asker: Admin, id: str) -> None:
    """Make a key void at once."""
    keys.revoke_key(db, id, actor=asker.account.name)


def _row(db: Db, name: str) -> AccountRow:
    return AccountRow.model_validate(person(db, name), from_attributes=True)
