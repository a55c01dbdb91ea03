"""Articles over HTTP: what comes in is kept, whatever comes with it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from caibian.api.articles import MOST_FILE_BYTES, MOST_FILES, MOST_UPLOAD_BYTES, Dropped, Imported
from caibian.records import Article
from caibian.service.newsroom.imports import addresses, fetching, spool
from caibian.service.newsroom.imports.addresses import allowed, public
from caibian.service.newsroom.imports.dropping import Refused
from caibian.service.newsroom.imports.reading import Incoming
from caibian.service.newsroom.imports.sandbox import Patience, read_files
from caibian.service.settings import Imports
from tests.service.newsroom.conftest import housed
from tests.service.newsroom.house import House
from tests.service.newsroom.incoming import (
    GOOD,
    JSONL,
    NEWSML,
    PAGE,
    PARAGRAPH,
    TEXT,
    XML_BOMB,
    upload,
    web,
    zip_file,
)
from tests.storage.databases import fresh_url
from tests.storage.house import Clock


def imported(house: House, files: dict[str, bytes | str], who: str = "reporter") -> Imported:
    answer = house.ask(who, "POST", "/articles/files", files=upload(files))
    assert answer.status_code == 200, answer.text
    return Imported.model_validate_json(answer.content)


def reasons(found: Imported) -> dict[str, str]:
    return {one.name: one.reason for one in found.dropped}


def test_files_of_every_kind_become_articles_and_the_same_text_is_kept_once(any_house: House) -> None:
    found = imported(any_house, GOOD)
    assert (len(found.added), found.known) == (9, 0)
    assert reasons(found) == {"a.jsonl": "unreadable"}
    assert "line 2" in found.dropped[0].detail
    page = any_house.get("reporter", "/articles?limit=20")
    texts = {row["title"]: any_house.get("reporter", f"/articles/{row['id']}") for row in page["articles"]}
    assert {
        title: text["body"].split("\n")[0] for title, text in texts.items() if title in "甲乙丙丁戊己"
    } == {
        "甲": "第一篇正文。",
        "乙": "第二篇正文?。",
        "丙": "第三篇正文。",
        "丁": "第五篇正文。",
        "戊": "第六篇正文。",
        "己": "第七篇正文。",
    }
    assert texts["市政府今日发布新规"]["body"] == "第四篇正文。"
    assert texts["Bridge closes"]["body"].startswith("The council")  # the headline is not said twice
    assert texts["Bridge closes"]["body"].count(PARAGRAPH.strip()) == 12
    assert "eighth story" in texts["h"]["body"]
    assert texts["丁"]["published_at"] == texts["戊"]["published_at"] == "2026-05-01T02:00:00Z"
    assert (texts["丁"]["author"], texts["丁"]["url"]) == ("某记者", "https://agency.example/5")
    again = imported(any_house, {"again.zip": zip_file(GOOD)}, "editor")
    assert (again.added, again.known) == ([], 9)


def test_what_is_hostile_is_named_and_costs_nothing_that_is_good(house: House, tmp_path: Path) -> None:
    found = imported(
        house,
        {
            "bomb.zip": zip_file(
                {"zeros.txt": b"0" * (40 << 20), "ratio.txt": b"0" * (4 << 20), "good.txt": TEXT}
            ),
            "nested.zip": zip_file(
                {"inner.zip": zip_file({"a.txt": TEXT}), "../../b.csv": "title,text\n庚,正文八\n"}
            ),
            "many.zip": zip_file({f"{number}.txt": "" for number in range(2001)}),
            "lol.xml": XML_BOMB,
            "program.txt": b"\x7fELF\x02\x01\0\0\0" * 100,
            "fake.pdf": "no pdf",
            "broken.docx": b"PK\x03\x04 no zip",
            "sheet.xlsx": zip_file({"[Content_Types].xml": "<x/>"}),
            "what.exe": "MZ",
            "deep.json": "[" * 200_000,
            "empty.txt": "",
            "/etc/passwd\x00.txt": "第九篇正文，没有标题。",
            "..\\..\\x.csv": "no columns here\n1\n",
        },
    )
    assert len(found.added) == 3
    assert reasons(found) == {
        "bomb.zip: zeros.txt": "too_large",
        "bomb.zip: ratio.txt": "too_large",
        "nested.zip: inner.zip": "nested_archive",
        "many.zip": "too_many",
        "lol.xml": "unreadable",
        "program.txt": "unknown_type",
        "fake.pdf": "unreadable",
        "broken.docx": "unreadable",
        "sheet.xlsx": "unknown_type",
        "what.exe": "unknown_type",
        "deep.json": "unreadable",
        "empty.txt": "empty",
        "x.csv": "unreadable",
    }
    titles = {row["title"] for row in house.get("reporter", "/articles")["articles"]}
    assert {"市政府今日发布新规", "庚"} < titles


def test_a_file_that_is_too_large_is_left_out_and_a_request_that_is_refused_early(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = imported(house, {"large.txt": b"x" * (MOST_FILE_BYTES + 1), "small.txt": TEXT})
    assert (len(found.added), reasons(found)) == (1, {"large.txt": "too_large"})
    found = imported(house, {f"{number}.txt": TEXT for number in range(MOST_FILES + 2)})
    assert [one.reason for one in found.dropped] == ["too_many"] * 2
    # A gigabyte is refused by what it says of itself, and, where it says nothing, as soon as it is too much.
    headers = house.headers("reporter") | {
        "content-type": "multipart/form-data; boundary=b",
        "content-length": str(1 << 30),
    }
    answer = house.client.post("/v1/articles/files", headers=headers, content=b"--b")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    sent = 0

    def endless() -> object:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="x.txt"\r\n\r\n'
        while sent < MOST_UPLOAD_BYTES:
            sent += 1 << 20
            yield b"x" * (1 << 20)

    monkeypatch.setattr(spool, "MOST_UPLOAD_BYTES", 3 << 20)
    del headers["content-length"]
    answer = house.client.post("/v1/articles/files", headers=headers, content=endless())  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=b", b"no boundary"),
        ("multipart/form-data; boundary=b", b"--b--\r\n"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--b--\r\n',
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\ncut',
        ),
        ("multipart/form-data; boundary=b", b"--b\r\nX: " + b"y" * 10_000 + b"\r\n\r\n1\r\n--b--\r\n"),
        (  # a header more than anybody sends, each of them short
            "multipart/form-data; boundary=b",
            b"--b\r\n" + b"".join(b"X%d:\r\n" % number for number in range(50_000)) + b"\r\n1\r\n--b--\r\n",
        ),
    ],
)
def test_a_body_that_is_no_upload_is_refused(house: House, content_type: str, body: bytes) -> None:
    headers = house.headers("reporter") | {"content-type": content_type}
    answer = house.client.post("/v1/articles/files", headers=headers, content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text


def test_a_file_that_hangs_its_reader_is_given_up_and_those_after_it_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # whoever opens it waits for ever
    (tmp_path / "good.txt").write_text(TEXT)
    files = [Incoming(str(tmp_path / name), name) for name in ("good.txt", "pipe", "good.txt")]
    began = time.monotonic()
    found = list(read_files(files, tmp_path, Patience(one=4.0)))
    assert [type(one) for one in found] == [Article, Dropped, Article]
    assert isinstance(found[1], Dropped)
    assert (found[1].name, found[1].reason) == ("pipe", "unreadable")
    assert time.monotonic() - began < 25


def test_a_reader_of_files_has_no_more_memory_than_it_may_have() -> None:
    code = (
        "from caibian.service.newsroom.imports import reading; reading._limit()\n"
        "try: bytearray(reading.MOST_MEMORY)\n"
        "except MemoryError: print('refused')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *(
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fec0::1",
            "ff02::1",
        ),
        *("::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    ],
)
def test_addresses_within_a_house_are_not_public(address: str) -> None:
    assert not public(address)
    with pytest.raises(Refused) as refused:
        allowed("news.example", 443, private=False, resolver=lambda host, port: ["93.184.216.34", address])
    assert refused.value.reason == "not_public"


def test_public_addresses_on_ports_of_the_web_are_fetched_from() -> None:
    assert all(public(one) for one in ("93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"))
    assert allowed("x", 8080, private=False, resolver=lambda host, port: ["93.184.216.34"]) == "93.184.216.34"
    for port in (22, 25, 6379 - 6000):
        with pytest.raises(Refused):
            allowed("x", port, private=False, resolver=lambda host, port: ["93.184.216.34"])


def test_pages_are_fetched_with_limits_and_every_step_of_the_way_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # For this test the machine itself is the open internet, and its second address the house's own network.
    monkeypatch.setattr(addresses, "public", lambda address: address == "127.0.0.1")
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.2" if host == "inside.example" else "127.0.0.1"]

    began = time.monotonic()
    with web() as server:
        paths = ["story", "packed", "moved", "bomb", "huge", "drip", "loop", "inside", "file", "gone"]
        paths += ["slow-head", "broken"]
        urls = [f"http://news.example:{server.server_port}/{path}" for path in paths]
        urls += ["ftp://news.example/x", "http://u:p@news.example/x", "no address", "http://"]
        files, left_out = fetching.fetch_all(urls, tmp_path, Imports(seconds=1.5), resolver)
    assert [file.url for file in files] == [urls[0], urls[1], urls[0]]
    assert Path(files[1].path).read_text().startswith("<html>")
    assert {one.name.removeprefix(urls[0][:-5]): one.reason for one in left_out} == {
        "bomb": "too_large",
        "huge": "too_large",
        "drip": "unreachable",
        "loop": "unreachable",
        "inside": "not_public",
        "file": "not_public",
        "gone": "unreachable",
        "slow-head": "unreachable",
        "broken": "unreachable",
        "ftp://news.example/x": "not_public",
        "http://u:p@news.example/x": "not_public",
        "no address": "not_public",
        "http://": "not_public",
    }
    assert time.monotonic() - began < 10  # "slow-head" would go on for a minute
    # The connection went to the address that was checked; the name was told to the server.
    assert set(server.hosts) == {f"news.example:{server.server_port}"}  # type: ignore[attr-defined]
    assert "inside.example" in asked


def test_pages_of_the_house_are_imported_where_its_settings_allow_it(clock: Clock, tmp_path: Path) -> None:
    with web() as server:
        urls = {"urls": [f"http://127.0.0.1:{server.server_port}/story"]}
        with housed(fresh_url("sqlite", tmp_path), clock) as house:
            found = Imported.model_validate(house.post("reporter", "/articles/urls", urls))
            assert (found.added, [one.reason for one in found.dropped]) == ([], ["not_public"])
        inside = Imports(private_addresses=True)
        with housed(fresh_url("sqlite", tmp_path), clock, imports=inside) as house:
            (made,) = house.post("reporter", "/articles/urls", urls)["added"]
            text = house.get("reporter", f"/articles/{made}")
    assert (text["title"], text["author"], text["url"]) == ("Bridge closes", "Ann Poe", urls["urls"][0])


def test_articles_are_found_and_removed_by_those_who_may(house: House) -> None:
    imported(house, {"a.jsonl": JSONL, "f.xml": NEWSML, "d.html": PAGE})
    page = house.get("reporter", "/articles?query=BRIDGE")
    assert (page["total"], page["articles"][0]["imported_by"]) == (1, "reporter1")
    one = page["articles"][0]["id"]
    assert house.problem("reporter", "DELETE", f"/articles/{one}", 403).code == "forbidden"
    assert house.ask("editor", "DELETE", f"/articles/{one}").status_code == 204
    assert house.problem("editor", "GET", f"/articles/{one}", 404).code == "not_found"
    assert house.problem("reporter", "GET", "/articles?cursor=x", 422).message.startswith("cursor")
    assert house.get("reporter", "/articles?query=%00%ff%5C")["total"] == 0
