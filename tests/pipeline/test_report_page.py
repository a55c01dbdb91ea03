from __future__ import annotations

import itertools
import json
import re
import string
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from caibian.errors import InputError
from caibian.pipeline import report_page
from caibian.pipeline.report import comparison, curves, flow, intervals, words
from caibian.pipeline.report.answers import pieces
from tests.pipeline import example_run

STAGES = ("corpus", "instructions", "training", "evaluation", "export")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report_page.render(example_run.build(tmp_path_factory.mktemp("runs") / "example"))


@pytest.fixture(scope="module")
def html(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def stage_folder(run: Path, stage: str) -> Path:
    return next(run.glob(f"*-{stage}-*"))


def visible(html: str) -> str:
    """The page's English text, without tags."""
    text = re.sub(
        r'<span class="zh".*?</span>|<style>.*?</style>|<script>.*?</script>', "", html, flags=re.DOTALL
    )
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", text)))


# What a reader finds


def test_the_page_is_one_file_that_names_no_address_to_load(html: str) -> None:
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!#|data:)[^"']*""", html)
    assert not re.findall(r"@import|url\(", html)
    assert "default-src 'none'" in html


def test_the_page_shows_what_every_stage_did(html: str) -> None:
    text = visible(html)
    for expected in (
        "7,353 in → 6,082 out", "611 nearly the same text again 8.3%", "1 another language",
        "3,512 left out for balance", "60,780", "4 min 23 s", "3.9 GB", "merged-q8_0.gguf", "0.0613",
        "caught, as it must be", example_run.SHA, "Apache-2.0", "CC0-1.0", "torch (Training 2.13.0, Evaluation 2.13.1)",
        "caibian run recipes/example.yaml --set training.epochs=2", "learning_rate: 0.0004",
        "done in 2 attempts",
    ):  # fmt: skip
        assert expected in text, expected


def test_a_baseline_that_beats_the_model_is_said_at_the_top_and_marked_in_the_table(html: str) -> None:
    text = visible(html)
    assert (
        "A simple baseline scores higher than the tuned model on: News lead, Sentiment of a news story."
        in text
    )
    row = html[html.index('id="card-3"') :]
    first = row[row.index('class="row baseline"') :]
    assert "TF-IDF" in first[:400]
    assert "baseline wins" in first[:2500]


def test_answers_stand_beside_their_source_with_unsupported_facts_marked(html: str) -> None:
    samples = html.split('<article class="sample"')[1:]
    assert len(samples) == 20
    _, rows = example_run.evaluate()
    assert any(row["unsupported"]["after"] for row in rows)
    for row in rows:
        (sample,) = (s for s in samples if f"<code>{row['example_id']}</code>" in s)
        for fact in row["unsupported"]["after"]:
            assert f"<mark>{fact}</mark>" in sample
        assert row["reference"] in sample


def test_the_first_answers_shown_are_of_every_card(html: str) -> None:
    cards = re.findall(r'<article class="sample" data-card="([^"]+)"', html)
    assert set(cards[:3]) == {"headline.news", "lead.news", "sentiment.news"}


def test_an_export_that_stopped_at_its_verification_still_shows_the_table(tmp_path: Path) -> None:
    run = example_run.build(tmp_path / "run")
    folder = stage_folder(run, "export")
    for name in ("DONE", "report.json", "model.json"):
        (folder / name).unlink()
    (folder / "failure.json").write_text(
        json.dumps({"message": "merged-q8_0.gguf: 0.0613 > 0.05"}), encoding="utf-8"
    )
    text = visible(report_page.render(run).read_text(encoding="utf-8"))
    assert "stopped on an error merged-q8_0.gguf: 0.0613 > 0.05" in text
    assert "0.0031 ≤ 0.02 allowed" in text


def test_a_failed_export_check_is_shown_as_failed(html: str) -> None:
    row = next(r for r in html.split("<tr") if "merged-q8_0.gguf" in r)
    assert "check no" in row
    assert "check ok" in next(r for r in html.split("<tr") if "merged-f16.gguf" in r)


def test_a_control_that_passes_is_an_alarm(tmp_path: Path) -> None:
    run = example_run.build(tmp_path / "run")
    file = stage_folder(run, "export") / "verification.json"
    found = json.loads(file.read_text(encoding="utf-8"))
    found["negative_control"]["failed_as_it_must"] = False
    file.write_text(json.dumps(found), encoding="utf-8")
    assert "the check cannot be trusted" in visible(report_page.render(run).read_text(encoding="utf-8"))


# Nothing of the data can act on the page


def test_answers_recipes_and_notes_are_escaped(tmp_path: Path) -> None:
    run = example_run.build(tmp_path / "run")
    attack = example_run.ATTACK
    for file in (run / "recipe.yaml", run / "run.json"):
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text.replace("recipes/example.yaml", attack.replace('"', "'")).replace(
                "CC0", attack.replace('"', "'")
            ),
            encoding="utf-8",
        )
    report = stage_folder(run, "corpus") / "report.json"
    data = json.loads(report.read_text(encoding="utf-8"))
    data["notes"] = [attack]
    data["dropped"][attack] = 3
    data["versions"][attack] = attack
    report.write_text(json.dumps(data), encoding="utf-8")
    html = report_page.render(run).read_text(encoding="utf-8")
    assert html.count("<script>") == 1
    assert "<img" not in html
    assert html.count("&lt;script&gt;") > 5


def test_a_lone_surrogate_in_an_answer_does_not_cost_the_page(tmp_path: Path) -> None:
    run = example_run.build(tmp_path / "run")
    file = stage_folder(run, "evaluation") / "samples.json"
    rows = json.loads(file.read_text(encoding="utf-8"))
    rows[0]["after"] = "half a pair: \ud83d"
    file.write_text(json.dumps(rows), encoding="utf-8")
    assert "half a pair: ?" in report_page.render(run).read_text(encoding="utf-8")


# Whatever is missing or damaged is said, and the rest is shown


@pytest.mark.parametrize(
    "done", [STAGES[:n] for n in range(len(STAGES))], ids=lambda s: s[-1] if s else "none"
)
def test_a_run_that_has_not_come_far_gives_a_page_that_says_so(tmp_path: Path, done: tuple[str, ...]) -> None:
    text = visible(report_page.render(example_run.build(tmp_path / "run", done)).read_text(encoding="utf-8"))
    notes = {
        "corpus": "No stage has reported rows yet",
        "training": "No loss curve yet",
        "evaluation": "No comparison yet",
        "export": "Nothing to verify yet",
    }
    for stage, note in notes.items():
        assert (note in text) == (stage not in done)
    assert text.count("not yet run") == len(STAGES) - len(done)


@pytest.mark.parametrize(
    ("stage", "file", "content"),
    [
        ("evaluation", "table.json", '{"cards": [{"card": "x"'),
        ("evaluation", "table.json", '{"cards": [{"card": "x", "metrics": [{"values": 3}]}]}'),
        ("evaluation", "table.json", "[]"),
        ("evaluation", "samples.json", '[{"checks": [1]}]'),
        (
            "training",
            "history.json",
            '[{"step": 1, "loss": "high"}, {"step": 2, "loss": 1.0, "tokens": "many"}]',
        ),
        ("training", "history.json", "\x00\xff"),
        ("export", "verification.json", "null"),
        ("corpus", "report.json", '{"rows_in": "many"}'),
        ("corpus", "articles/part-00000.parquet", "no parquet"),
    ],
)
def test_a_damaged_file_is_named_and_the_rest_is_shown(
    tmp_path: Path, stage: str, file: str, content: str
) -> None:
    run = example_run.build(tmp_path / "run")
    path = stage_folder(run, stage) / file
    path.write_bytes(content.encode("latin-1"))
    text = visible(report_page.render(run).read_text(encoding="utf-8"))
    if content != '[{"step": 1, "loss": "high"}, {"step": 2, "loss": 1.0, "tokens": "many"}]':
        assert "could not be read" in text
        assert path.name in text or "articles" in text
    assert "caibian run recipes/example.yaml" in text


def test_a_stage_that_the_recipe_lacks_is_not_called_unfinished(tmp_path: Path) -> None:
    run = example_run.build(tmp_path / "run", STAGES[:4])
    recipe = run / "recipe.yaml"
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(text[: text.index("export:")], encoding="utf-8")
    shown = visible(report_page.render(run).read_text(encoding="utf-8"))
    assert "This recipe has no stage of that kind: Export." in shown
    assert "not yet run" not in shown


def test_a_stage_that_failed_shows_its_error(tmp_path: Path) -> None:
    run = example_run.build(tmp_path / "run", STAGES[:2])
    folder = run / "03-training-0000000000aa"
    folder.mkdir()
    (folder / "failure.json").write_text(
        json.dumps({"message": "training.lora.rank: <b>too large</b>"}), encoding="utf-8"
    )
    html = report_page.render(run).read_text(encoding="utf-8")
    assert "training.lora.rank: &lt;b&gt;too large&lt;/b&gt;" in html
    assert "stopped on an error" in html


def test_without_run_json_the_finished_folders_are_found(tmp_path: Path) -> None:
    run = example_run.build(tmp_path / "run")
    (run / "run.json").unlink()
    (run / "04-evaluation-ffffffffffff").mkdir()  # a later attempt that has not finished
    text = visible(report_page.render(run).read_text(encoding="utf-8"))
    assert "The tuned model is better on 3 of 3 tasks" in text
    assert "The command of this run was not recorded." in text


def test_a_folder_outside_the_run_is_not_read(tmp_path: Path) -> None:
    other = example_run.build(tmp_path / "other")
    run = example_run.build(tmp_path / "run", ())
    state = json.loads((run / "run.json").read_text(encoding="utf-8"))
    state["stages"] = {"corpus": f"../other/{stage_folder(other, 'corpus').name}"}
    (run / "run.json").write_text(json.dumps(state), encoding="utf-8")
    assert "7,353" not in report_page.render(run).read_text(encoding="utf-8")


def test_a_path_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a run directory"):
        report_page.render(tmp_path / "nowhere")


# Verdicts


def row(better: str | None, low: float, value: float, high: float, **over: Any) -> dict[str, Any]:
    return {
        "metric": "rougeL",
        "better": better,
        "values": {
            "before": {"value": 0.3, "low": 0.2, "high": 0.4},
            "after": {"value": 0.3 + value, "low": 0.2, "high": 0.6},
            **{name: {"value": v, "low": v, "high": v} for name, (v, _) in over.items()},
        },
        "difference": {"value": value, "low": low, "high": high},
        "over": {name: dict(zip(("value", "low", "high"), d, strict=True)) for name, (_, d) in over.items()},
    }


def compare(*rows: dict[str, Any]) -> comparison.Comparison:
    card = {"card": "headline.news", "name": {"en": "H", "zh": "标"}, "n": 9, "kind": "text"}
    found = comparison.compare({"confidence": 0.95, "cards": [card | {"metrics": [r]} for r in rows]})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("better", "low", "value", "high", "verdict"),
    [
        ("higher", 0.01, 0.1, 0.2, "better"),
        ("higher", -0.01, 0.1, 0.2, "unclear"),
        ("higher", 0.0, 0.1, 0.2, "unclear"),
        ("higher", -0.2, -0.1, -0.01, "worse"),
        ("lower", -0.2, -0.1, -0.01, "better"),
        ("lower", 0.01, 0.1, 0.2, "worse"),
        (None, 0.01, 0.1, 0.2, "neutral"),
    ],
)
def test_a_difference_is_called_better_or_worse_only_where_its_interval_excludes_zero(
    better: str | None, low: float, value: float, high: float, verdict: str
) -> None:
    found = compare(row(better, low, value, high))
    assert found.cards[0].metrics[0].verdict == verdict
    assert found.sure == (verdict == "better")
    assert bool(found.worse) == (verdict == "worse")


def test_a_difference_that_the_page_shows_as_nothing_is_not_counted_as_better() -> None:
    assert compare(row("higher", -0.02, 0.00001, 0.02)).better == 0
    assert compare(row("higher", -0.02, 0.001, 0.02)).better == 1


def test_a_missing_interval_is_never_a_verdict() -> None:
    data = row("higher", 0.1, 0.2, 0.3)
    data["difference"] = {"value": 0.2, "low": None, "high": None}
    assert compare(data).cards[0].metrics[0].verdict == "unclear"


def test_a_baseline_wins_surely_only_where_the_paired_interval_says_so() -> None:
    found = compare(
        row(
            "higher",
            0.1,
            0.2,
            0.3,
            sure=(0.7, (-0.2, -0.3, -0.1)),
            barely=(0.6, (-0.1, -0.3, 0.1)),
            below=(0.4, (0.1, 0.05, 0.2)),
        )
    )
    cells = found.cards[0].metrics[0].cells
    assert (cells["sure"].wins, cells["barely"].wins, cells["below"].wins) == ("surely", "barely", None)
    assert [cell.system for cell in found.cards[0].metrics[0].winners] == ["sure", "barely"]
    assert [cell.system for cell in found.cards[0].ladder] == ["sure", "barely", "after", "below", "before"]


def test_another_tuned_model_is_a_rival_and_no_simple_baseline() -> None:
    def row(card: str, before: float, after: float, rival: float, low: float, high: float) -> dict[str, Any]:
        values = {"before": {"value": before}, "after": {"value": after}, "three_cards": {"value": rival}}
        metric = {
            "metric": "macro_f1",
            "better": "higher",
            "values": values,
            "difference": {"value": after - before, "low": 0.01, "high": 0.5},
            "over": {"three_cards": {"value": after - rival, "low": low, "high": high}},
        }
        return {
            "card": card,
            "name": {"en": card, "zh": card},
            "n": 9,
            "kind": "label",
            "metrics": [metric],
            "checks": [],
        }

    found = comparison.compare(
        {
            "models": {"before": {}, "after": {}, "three_cards": {}},
            "cards": [
                row("a", 0.2, 0.6, 0.3, 0.1, 0.5),
                row("b", 0.2, 0.5, 0.45, -0.1, 0.2),
                row("c", 0.2, 0.4, 0.6, -0.3, -0.1),
            ],
        }
    )
    assert found is not None
    (rival,) = found.rivals
    assert (str(rival.name), rival.better, rival.sure, str(rival.behind)) == ("three cards", 2, 1, "c")
    assert not found.beaten  # no simple method is ahead
    assert str(found.cards[0].main and found.cards[0].main.rivals["three_cards"]) == "+30.0"


def test_the_scale_of_the_forest_holds_every_interval_and_zero() -> None:
    found = intervals.forest(compare(row("higher", 0.02, 0.1, 0.2), row("higher", -0.33, -0.1, 0.07)))
    assert found is not None
    assert found.axis.low <= -0.33
    assert found.axis.high >= 0.2
    assert found.axis.zero is not None
    marks = [mark for _, rows in found.groups for _, mark in rows]
    assert all(
        m and m.left is not None and 0 <= m.left <= m.at <= m.left + m.width + 0.002 <= 100.01 for m in marks
    )


# Rows, curves, marks


def test_no_tag_of_a_wording_slips_into_an_attribute(html: str) -> None:
    assert not re.findall(r'\w="<', html)


def test_every_row_of_a_stage_is_accounted_for() -> None:
    found = flow.flow("corpus", 100, 70, {"too_short": 20, "duplicate": 10})
    assert sum(fate.rows for fate in found.fates) == 100
    assert found.became is None
    many = flow.flow("instructions", 100, 210, {"too_short": 30})
    assert (many.fates[0].rows, many.became) == (70, 210)


def test_a_long_tail_of_reasons_is_drawn_together_and_listed_whole() -> None:
    drops = {f"reason_{i}": 40 - i for i in range(15)} | {"title_fails_no_clickbait": 2}
    found = flow.flow("instructions", 1000, 1000 - sum(drops.values()), drops)
    assert sum(fate.rows for fate in found.fates) == 1000
    assert str(found.fates[-1].label) == "for 7 other reasons"
    assert sum(rows for _, rows, _ in found.reasons) == sum(drops.values())
    assert str(found.reasons[-1][0]) == "headline fails: Free of clickbait"
    assert found.reasons[-1][0].of("zh") == "标题未通过：非标题党"


def test_ribbons_leave_the_trunk_without_gap_and_labels_never_overlap() -> None:
    found = flow.flow("corpus", 10_000, 9_400, {f"reason {i}": 60 - i for i in range(10)} | {"rest": 45})
    starts = [float(re.match(r"M0 ([\d.]+)", fate.path)[1]) for fate in found.fates]  # type: ignore[index]
    assert starts[0] == pytest.approx(found.trunk_top, abs=0.01)
    assert starts == sorted(starts)
    for above, below in itertools.pairwise(found.fates):
        assert below.top >= above.top + above.height - 0.01


def test_a_loss_that_is_not_finite_is_left_out_and_counted() -> None:
    history = [{"step": i, "tokens": 10 * i, "seconds": i, "loss": 2.0 / i} for i in range(1, 9)]
    history[3]["loss"] = float("nan")
    found = curves.curves(history)
    assert found is not None
    assert found.not_finite == 1
    assert len(found.loss.points) == 7
    assert curves.curves([{"step": 1, "loss": float("nan")}]) is None


def test_the_time_axis_stands_where_so_many_seconds_had_passed() -> None:
    """Ten fast steps, then ten of three times the length: half of the time is far right of half of the tokens."""
    history = [
        {"step": i, "tokens": 100 * i, "seconds": i if i <= 10 else 10 + 3 * (i - 10), "loss": 1.0 + 1 / i}
        for i in range(1, 21)
    ]
    found = curves.curves(history)
    assert found is not None
    at = {str(label): place for place, label in found.loss.time_ticks}
    assert at["10 s"] == pytest.approx(50)
    assert at["40 s"] == pytest.approx(100)


def test_a_long_run_is_drawn_through_means() -> None:
    found = curves.curves([{"step": i, "tokens": i, "seconds": i, "loss": 2.0} for i in range(1, 5001)])
    assert found is not None
    assert found.thinned == 9
    assert max(line.path.count("L") for line in found.loss.lines) < 600


def test_every_occurrence_is_marked_and_overlaps_are_joined() -> None:
    assert pieces("3人，共3人次", ["3人"]) == [("3人", True), ("，共", False), ("3人", True), ("次", False)]
    assert pieces("abcd", ["abc", "bcd"]) == [("abcd", True)]
    assert pieces("abc", ["", "x"]) == [("abc", False)]
    assert pieces("", ["x"]) == []


# Words


def test_every_wording_is_in_both_languages_with_the_same_values() -> None:
    for section, entries in words.catalogue().items():
        for key, wording in entries.items():
            assert set(wording) - {"unit"} == {"en", "zh"}, f"{section}.{key}"
            fields = [
                {f for _, f, _, _ in string.Formatter().parse(wording[lang]) if f} for lang in ("en", "zh")
            ]
            assert fields[0] == fields[1], f"{section}.{key}"


def test_everything_that_stages_count_has_a_name_in_both_languages() -> None:
    from caibian.corpus.filters import FILTERS
    from caibian.tasks import CHECKS

    known = words.catalogue()
    assert {f.__name__ for f in FILTERS} <= set(known["reasons"])
    sources = Path(report_page.__file__).parents[1]
    code = "".join(
        f.read_text(encoding="utf-8")
        for part in ("corpus", "instructions")
        for f in sources.rglob(f"{part}/**/*.py")
    )
    counted = re.findall(r"""Refused\("(\w+)"|dropped\["(\w+)"\]|problems\.add\("(\w+)\"""", code)
    assert len(counted) > 15
    assert {next(filter(None, found)) for found in counted} <= set(known["reasons"])
    assert set(CHECKS) <= set(known["checks"])
    assert set(STAGES) <= set(known["stages"])
    table, _ = example_run.evaluate(per_card=30)
    for card in table["cards"]:
        assert {row["metric"] for row in card["metrics"]} <= set(known["metrics"])
        assert {row["check"] for row in card["checks"]} <= set(known["checks"])
        assert {system for row in card["metrics"] for system in row["values"]} <= set(known["systems"])


def test_values_in_a_wording_are_escaped_and_braces_in_them_are_text() -> None:
    assert "&lt;b&gt;{n}" in str(words.say("verdict.worse", cards="<b>{n}"))


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1, 2], ids=["light", "chosen dark", "system dark"])
def test_text_has_the_contrast_that_wcag_aa_asks(html: str, theme: int) -> None:
    blocks = re.findall(r"--paper: #\w{6}[^}]*", html)
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", blocks[theme]))
    grounds = ("paper", "panel", "code")
    pairs = [
        (text, ground) for text in ("ink", "soft", "after", "baseline", "bad", "accent") for ground in grounds
    ]
    pairs += [
        ("after", "after-wash"),
        ("bad", "bad-wash"),
        ("baseline", "baseline-wash"),
        ("mark-ink", "mark"),
    ]
    for text, ground in pairs:
        light, dark = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from tests.pipeline.browser import browser

    with browser() as running:
        yield running


@pytest.fixture
def opened(browser: Any, page: Path) -> Any:
    browser.errors.clear()
    browser.requests.clear()
    browser.screen(1280)
    browser.open(page, "?lang=en")
    return browser


def shown(browser: Any, selector: str) -> int:
    return int(browser.do(f"[...document.querySelectorAll({selector!r})].filter(n => n.offsetParent).length"))


def test_the_page_loads_without_errors_and_asks_for_nothing(opened: Any, page: Path) -> None:
    opened.do("new Promise(done => setTimeout(done, 200))")
    assert opened.errors == []
    assert {url.partition("?")[0] for url in opened.requests if not url.startswith("data:")} == {
        page.resolve().as_uri()
    }


def test_an_answer_that_holds_a_script_runs_nothing(opened: Any) -> None:
    assert opened.do("document.title") == "example · run report"
    opened.do("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.title=1\">')")
    opened.do("new Promise(done => setTimeout(done, 200))")
    assert (
        opened.do("document.title") == "example · run report"
    )  # the page's policy refuses what slipped through
    opened.errors.clear()


def test_the_language_switch_changes_every_word_the_title_and_the_labels(opened: Any) -> None:
    heading = "document.querySelector('#results-h').innerText"
    assert (opened.do(heading), opened.do("document.documentElement.lang")) == ("Results", "en")
    opened.do("document.querySelector('label[for=language-zh]').click()")
    assert (opened.do(heading), opened.do("document.documentElement.lang")) == ("结果", "zh-Hans")
    assert opened.do("document.title") == "example · 运行报告"
    assert opened.do("document.querySelector('.sections').getAttribute('aria-label')") == "目录"
    assert shown(opened, "span.en") == 0
    assert shown(opened, "span.zh") > 200
    opened.do("document.querySelector('label[for=language-en]').click()")
    assert shown(opened, "span.zh") == 0
    assert opened.do("document.querySelector('.sections').getAttribute('aria-label')") == "Sections"


def test_the_language_switch_works_without_scripts(browser: Any, page: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.html"
    bare.write_text(
        re.sub(r"<script>.*?</script>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL),
        encoding="utf-8",
    )
    browser.open(bare)
    assert shown(browser, "span.zh") == 0
    browser.do("document.querySelector('label[for=language-zh]').click()")
    assert shown(browser, "span.en") == 0
    assert shown(browser, ".sample") == 20


def test_answers_are_filtered_by_card_and_by_what_is_wrong_with_them(opened: Any, page: Path) -> None:
    _, rows = example_run.evaluate()
    assert shown(opened, ".sample") == 6
    opened.do("document.querySelector('[data-do=all]').click()")
    assert shown(opened, ".sample") == 20
    assert opened.do("document.querySelector('[data-shown]').textContent") == "20"
    opened.do("document.querySelector('.chip[data-card=\"lead.news\"]').click()")
    assert shown(opened, ".sample") == sum(r["card"] == "lead.news" for r in rows)
    assert shown(opened, '.sample[data-card="lead.news"]') == shown(opened, ".sample")
    opened.do("document.querySelector('.chip[data-card=\"\"]').click()")
    opened.do("document.querySelector('[data-only=marked]').click()")
    assert shown(opened, ".sample") == sum(bool(r["unsupported"]["after"]) for r in rows) > 0
    opened.do("document.querySelector('.chip[data-card=\"sentiment.news\"]').click()")
    assert shown(opened, ".sample") == 0
    assert shown(opened, ".no-match") == 1


def test_on_paper_all_answers_and_tables_are_open(opened: Any) -> None:
    opened.do("dispatchEvent(new Event('beforeprint'))")
    assert shown(opened, ".sample") == 20
    assert opened.do("document.querySelectorAll('details:not([open], .raw)').length") == 0
    opened.do("dispatchEvent(new Event('afterprint'))")
    assert shown(opened, ".sample") == 6


def test_the_theme_follows_the_system_until_the_button_is_pressed(opened: Any) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    light = opened.do(paper)
    opened.screen(1280, dark=True)
    dark = opened.do(paper)
    assert light != dark
    opened.do("document.querySelector('[data-do=theme]').click()")
    assert opened.do(paper) == light
    opened.do("localStorage.clear()")


def test_the_loss_chart_reads_out_the_step_under_the_pointer(opened: Any) -> None:
    x, y = opened.do(
        "(() => { const p = document.querySelector('.loss .plot'); p.scrollIntoView({block: 'center', behavior: 'instant'});"
        "const b = p.getBoundingClientRect(); return [b.left + b.width * 0.5, b.top + b.height / 2]; })()"
    )
    opened.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    assert opened.do("document.querySelector('.tip').hidden") is False
    assert opened.do("document.querySelector('[data-slot=\"1\"]').textContent") == "30"
    assert opened.do("document.querySelector('[data-slot=\"2\"]').textContent") == "30,390"


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_wider_than_the_window(browser: Any, page: Path, width: int, language: str) -> None:
    browser.screen(width)
    browser.open(page, f"?lang={language}")
    browser.do("document.querySelector('[data-do=all]').click()")
    assert browser.do("document.documentElement.scrollWidth") <= width


def test_what_assistive_technology_needs_is_there(opened: Any) -> None:
    unnamed = """[...document.querySelectorAll('button, a, input, summary, [role=img], [role=group], fieldset')].filter(n =>
        !(n.innerText || '').trim() && !n.getAttribute('aria-label') && !(n.labels && n.labels.length)
        && !n.querySelector('legend')).map(n => n.outerHTML.slice(0, 80))"""
    assert opened.do(unnamed) == []
    ids = opened.do("[...document.querySelectorAll('[id]')].map(n => n.id)")
    assert len(ids) == len(set(ids))
    levels = opened.do("[...document.querySelectorAll('h1, h2, h3, h4')].map(n => +n.tagName[1])")
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert (
        opened.do("[...document.querySelectorAll('table')].filter(t => !t.querySelector('th[scope]')).length")
        == 0
    )
