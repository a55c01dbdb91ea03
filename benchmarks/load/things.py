"""Things that are there to be asked for, and mending what fuzzing broke."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import delete, select, update

from benchmarks.load.house import PASSWORD, House
from benchmarks.load.people import STORY
from benchmarks.load.ranked import a_panel
from caibian.api.wire import ROLES
from caibian.storage import Database
from caibian.storage.access.keys import create_key, digest
from caibian.storage.access.schema import ApiKey, BudgetRow, FeatureSwitch
from caibian.storage.accounts import bearer, create_account, log_in, set_password
from caibian.storage.newsroom.tables import DraftRow
from caibian.storage.schema import Assignment, Attempts, User

_ORGANISERS = ("/progress", "/items", "/rankings", "/agreement")


@dataclass
class Things:
    """Ids of what a house holds, by the beginning of the paths that ask for them, and who may ask."""

    house: House
    opened: Database  # past the service
    by_path: dict[str, dict[str, str]] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)  # of roles, for what knows no keys

    def path_parameters(self, path: str, wanted: Iterable[Any]) -> dict[str, Any] | None:
        """What to put into a path; None: it wants nothing, or nothing of its kind is there."""
        names = [parameter.name for parameter in wanted]
        fit = max((place for place in self.by_path if path.startswith(place)), key=len, default=None)
        if fit is None:
            return None
        return {name: self.by_path[fit][name] for name in names if name in self.by_path[fit]} or None

    def bearer(self, path: str) -> str:
        """Who asks: an admin by their key; of panels an expert or an organiser, by their sessions."""
        if path.startswith("/v1/panel/panels") and any(part in path for part in _ORGANISERS):
            return self.sessions["organiser"]
        if path.startswith("/v1/panel") or path.endswith(("/me", "/me/password", "/logout")):
            return self.sessions["expert"]
        return self.house.keys["admin"]

    def better(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A body whose made-up names stand for what is there, as far as it has such fields."""
        place = "/v1/panel/assignments" if path.startswith("/v1/panel") else "/v1/drafts"
        row = Assignment if path.startswith("/v1/panel") else DraftRow
        with self.opened.reading() as session:
            revision = session.scalars(
                select(row.revision).where(row.id == self.by_path[place]["id"])
            ).one_or_none()
        there = {
            "model": "one",
            "task": "headline.news",
            "input": {"article": STORY},
            "language": "zh",
            "variant": 0,
            "account": "other",
            "articles": [self.by_path["/v1/articles"]["id"]],
            "revision": revision or 0,
            "key": uuid4().hex,
            "start": 0,
            "end": 2,
            "extra": {},
            "old": PASSWORD,
            "password": PASSWORD,
            "order": ["A", "B", "C"],
            "violations": {},
            "messages": [{"role": "user", "content": "你好"}],
        }
        return {name: there.get(name, value) for name, value in body.items()}

    def after(self, label: str) -> None:
        """What an operation took away is made anew."""
        if label.startswith("DELETE"):
            self._make_fleeting()

    def make(self) -> None:
        """A draft, an article, a batch, a panel and all else that has an id."""
        a_panel(self.house, 3)
        new = {"title": "图书馆", "body": STORY, "source": STORY, "key": uuid4().hex}
        draft = self._ask("POST", "/drafts", json=new)["id"]
        article = self._article()
        batch = self._ask("POST", "/batches", json={"task": "headline.news", "articles": [article]})["id"]
        self.mend()
        panel = self._ask("GET", "/panel/panels", bearer=self.sessions["expert"])[0]
        self.by_path |= {
            "/v1/drafts": {"id": draft},
            "/v1/batches": {"id": batch},
            "/v1/tasks": {"id": "headline.news"},
            "/v1/features": {"name": "chat"},
            "/v1/models": {"id": "one", "model": "one"},
            "/v1/accounts": {"name": "other"},
            "/v1/reports": {"run": "demo", "page": "report"},
            "/v1/panel/panels": {"id": panel["id"], "example": "e0"},
            "/v1/panel/assignments": {"id": panel["next"]},
        }
        self._make_fleeting()

    def mend(self) -> None:
        """All features on, no budgets, everybody with the role they are named after, valid keys and sessions."""
        with self.opened.writing() as session:
            session.execute(delete(FeatureSwitch))
            session.execute(delete(BudgetRow))
            session.execute(delete(Attempts))
            for role in ROLES:
                session.execute(update(User).where(User.name == role).values(role=role, disabled=False))
                valid = update(ApiKey).where(ApiKey.secret_sha256 == digest(self.house.keys[role]))
                session.execute(valid.values(revoked_at=None, expires_at=None, features=None))
        for role in ("expert", "organiser"):
            if role not in self.sessions or bearer(self.opened, self.sessions[role]) is None:
                set_password(self.opened, role, PASSWORD)
                self.sessions[role] = log_in(self.opened, role, PASSWORD)[0]

    def _make_fleeting(self) -> None:
        key = create_key(self.opened, "organiser", "spare")[0].id
        self.by_path |= {"/v1/keys": {"id": key}, "/v1/articles": {"id": self._article()}}

    def _article(self) -> str:
        files = {"files": ("story.txt", f"图书馆\n\n{STORY}{uuid4().hex}".encode(), "text/plain")}
        added: str = self._ask("POST", "/articles/files", files=files)["added"][0]
        return added

    def _ask(self, method: str, path: str, bearer: str | None = None, **content: Any) -> Any:
        headers = {"Authorization": f"Bearer {bearer or self.house.keys['admin']}"}
        with httpx.Client(trust_env=False, timeout=60) as client:
            answer = client.request(method, f"{self.house.url}/v1{path}", headers=headers, **content)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def things_of(house: House) -> Iterator[Things]:
    """What there is to ask a house for."""
    with closing(house.open()) as opened:
        create_account(opened, "other", role="reporter", password=PASSWORD)
        made = Things(house, opened)
        made.make()
        yield made
