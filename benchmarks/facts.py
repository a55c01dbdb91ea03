"""How well `caibian.grounding` tells made-up numbers, dates and names from real ones, on UHGEval's stories.

    python benchmarks/facts.py [--data FOLDER] [--show misses|alarms|raw] [--limit N]

UHGEval holds 1,000 Xinhua stories. Each was continued by a model, and people marked keywords of that
continuation as 合理 (reasonable) or 不合理 (not). The whole story is the headline, the beginning and the
remainder; the remainder opens with the real continuation.

Which keywords are numbers, dates and names is decided in `uhgeval.py`, by rules that do not use our finder:
- a *date* has a unit of the calendar after a figure (2014年, 3月, 15日, 上午10点, 16时, 90年代, 世纪) or is one of the
  words 昨天, 上周五 … 年 and 日 after a span word (近6年, 建交60年, 15个工作日, 年 after fewer than 4 figures) are numbers;
- a *number* has a figure, or a numeral in Chinese that is not 一 alone and stands before a counter;
- a *name* is a keyword all of whose words are tagged as names by a stock jieba (nr, nrt, ns, nt), a title
  before or after it aside, or a keyword in 《》; it has no figure.

**Recall**: of the 不合理 keywords of a kind that are *truly absent* from the story, the share that a reported
mention overlaps. Truly absent, by literal search only, after NFKC and removal of spaces and of commas in figures:
- number: none of its figures stands in the story as a whole numeral, in digits or in Chinese. Where a keyword's
  figures do all stand there, about whatever else, it is excluded as "stands elsewhere": no search of the source
  can tell. (They are scored in a row of their own: the checker reports some for their unit.)
- date: the keyword itself (without 左右, 开始 …) does not stand in the story, and not every figure of it stands
  there with its unit (of 2014年3月: 2014年 and 3月), and the month and day are not those of publication.
- name: neither the keyword nor its part without title stands in the story.
A keyword may be 不合理 for reasons other than its number (一家三口 where only one person is known); no attempt is
made to take these out.

**False alarms**, three populations, since a real continuation says things that the rest does not say:
- *continuation*: mentions of the real continuation, checked against the rest of the story **without** it. `raw`
  is the share reported. It counts every fact that only the continuation holds, and there it is right to report.
  The false alarms are the mentions reported although the rest holds the fact. The strict rate takes the mentions
  whose fact the rest surely holds, by literal search: the figure, in digits or in Chinese, with the same unit or
  counter after it (人, 名 and 位 are one); a score with any sign between its sides; a date as written, or without
  the year and month that are those of publication; a name as written. It gives the share of them reported.
- *reasonable*: 合理 keywords of the model's continuation against the whole story, all of them, whether they stand
  there literally or not. People judged each of them, but they also accepted what they knew from elsewhere
  (that a football match lasts 90分钟, that a war began on 1939年9月1日); how many of those reported the story holds
  literally is printed below the table.
- *headlines*: mentions of the real headline (slug （…） taken off) against the body. An editor wrote them from it.
The bars are recall ≥ .95 at ≤ 5 % strict false alarms for numbers and dates.

All of it is measured through the fact strip, which the desk shows; what else the strip says, that a fact was changed and
where the source has the original, is measured by `altered.py`.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from altered import print_altered
from caibian.grounding import KINDS, Kind, Mention, Source, StripFact, fact_strip, unsupported
from uhgeval import FILE, Story, held, holds, kind_of, stories

FACTS: tuple[Kind, ...] = ("number", "date", "name")


@dataclass
class Score:
    """Counts of one kind."""

    found: int = 0
    absent: int = 0
    elsewhere_found: int = 0
    elsewhere: int = 0
    alarms: Counter[str] = field(default_factory=Counter)  # population -> reported
    checked: Counter[str] = field(default_factory=Counter)  # population -> mentions
    shown: list[str] = field(default_factory=list)


def occurrences(keyword: str, text: str) -> list[tuple[int, int]]:
    """Spans of a keyword in a text; an annotated keyword may stand there several times."""
    return [match.span() for match in re.finditer(re.escape(keyword), text)]


def score(story: Story, scores: dict[Kind, Score], excluded: Counter[str], show: str | None) -> None:
    """Add one story to the counts."""
    whole = Source(story.whole, "zh", story.published)
    reported = [fact.mention for fact in strip(story.generated, whole, story) if fact.status != "found"]
    for keyword, reasonable in story.keywords:
        kind = kind_of(keyword)
        spans = occurrences(keyword, story.generated)
        if kind is None:
            excluded["reasonable" if reasonable else "不合理, no number, date or name"] += 1
            continue
        hit = any(_overlaps(m, kind, span) for m in reported for span in spans)
        _keyword(story, scores[kind], kind, keyword, reasonable, hit, excluded, show)
    _mentions(story, scores, show)


def strip(text: str, source: Source, story: Story) -> list[StripFact]:
    """What the desk shows of a text; what it does not find is what `unsupported` reports."""
    return fact_strip(text, source, "zh", story.published, FACTS)


def _overlaps(mention: Mention, kind: Kind, span: tuple[int, int]) -> bool:
    """A number may be reported as part of a date and the other way: both are figures to the reader."""
    same = mention.kind == kind if kind == "name" else mention.kind in ("number", "date")
    return same and mention.start < span[1] and span[0] < mention.end


def _keyword(
    story: Story,
    counts: Score,
    kind: Kind,
    keyword: str,
    reasonable: bool,
    hit: bool,
    excluded: Counter[str],
    show: str | None,
) -> None:
    if reasonable:
        counts.checked["reasonable"] += 1
        counts.alarms["reasonable"] += hit
        counts.alarms["reasonable, in the story"] += hit and holds(
            kind, keyword, story.whole, story.published
        )
        if hit and show == "reasonable":
            counts.shown.append(f"{story.id} {keyword}")
    elif holds(kind, keyword, story.whole, story.published):
        excluded[f"不合理 {kind}, stands elsewhere in the story"] += 1
        counts.elsewhere += 1
        counts.elsewhere_found += hit
    else:
        counts.absent += 1
        counts.found += hit
        if not hit and show == "misses":
            counts.shown.append(f"{story.id} {keyword} | {story.generated.strip()}")


def _mentions(story: Story, scores: dict[Kind, Score], show: str | None) -> None:
    rest = Source(story.rest, "zh", story.published)
    for fact in strip(story.continuation, rest, story):
        mention, reported = fact.mention, fact.status != "found"
        counts = scores[mention.kind]
        counts.checked["raw"] += 1
        counts.alarms["raw"] += reported
        if reported and show == "raw":
            around = story.continuation[max(0, mention.start - 15) : mention.end + 15].replace("\n", " ")
            counts.shown.append(f"{story.id} {mention.text} | {around}")
        if held(mention.kind, mention.text, story.rest, story.published):
            counts.checked["strict"] += 1
            counts.alarms["strict"] += reported
            if reported and show == "alarms":
                counts.shown.append(f"{story.id} {mention.text}")
    headline = re.sub(r"^\s*（[^）]*）", "", story.headline)
    body = Source(story.body, "zh", story.published)
    for fact in strip(headline, body, story):
        mention = fact.mention
        counts = scores[mention.kind]
        counts.checked["headline"] += 1
        if fact.status != "found":
            counts.alarms["headline"] += 1
            if show == "headlines":
                counts.shown.append(f"{story.id} {mention.text} | {headline}")


def speed(path: Path) -> tuple[float, float]:
    """Median milliseconds of processor time for a 500-character text against a 3,000-character source, without and with names."""
    text = "".join(s.body for s in list(stories(path))[:40])
    times: list[list[float]] = [[], []]
    for round_ in range(21):
        source = text[round_ * 100 : round_ * 100 + 3000]
        claim = text[3100 + round_ * 500 : 3600 + round_ * 500]
        for column, kinds in enumerate((("number", "date", "quote"), KINDS)):
            start = time.process_time()
            unsupported(claim, Source(source), "zh", kinds)  # a new Source: nothing is remembered
            times[column].append(1000 * (time.process_time() - start))
    return statistics.median(times[0]), statistics.median(times[1])


def share(part: int, of: int) -> str:
    """`part` of `of` as a cell of the table."""
    return f"{part / of:6.1%} ({part}/{of})" if of else "–"


@dataclass
class Result:
    """What the stories gave: counts by kind, and keywords left out by reason."""

    scores: dict[Kind, Score]
    excluded: Counter[str]


def measure(path: Path, limit: int, show: str | None = None) -> Result:
    """Score the first `limit` stories of the file."""
    result = Result({kind: Score() for kind in FACTS}, Counter())
    for number, story in enumerate(stories(path)):
        if number < limit:
            score(story, result.scores, result.excluded, show)
    return result


def bars(scores: dict[Kind, Score]) -> tuple[float, float]:
    """Recall and strict false alarms of numbers and dates together."""
    both = [scores["number"], scores["date"]]
    recall = sum(s.found for s in both) / max(1, sum(s.absent for s in both))
    return recall, sum(s.alarms["strict"] for s in both) / max(1, sum(s.checked["strict"] for s in both))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("CAIBIAN_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(default), help=f"folder with {FILE}")
    parser.add_argument("--show", choices=["misses", "alarms", "raw", "reasonable", "headlines"])
    parser.add_argument("--limit", type=int, default=1000, help="stories to read")
    options = parser.parse_args()
    path = options.data / FILE
    if not path.exists():
        parser.error(f"{path} is not there; pass --data or set CAIBIAN_DATA to the folder that holds it")
    result = measure(path, options.limit, options.show)
    scores, excluded = result.scores, result.excluded
    print(
        "kind    recall, truly absent   false alarms: strict     reasonable           headlines            raw"
    )
    for kind, counts in scores.items():
        cells = [share(counts.found, counts.absent)]
        cells += [
            share(counts.alarms[p], counts.checked[p]) for p in ("strict", "reasonable", "headline", "raw")
        ]
        print(f"{kind:7}", "  ".join(f"{cell:20}" for cell in cells))
    recall, alarms = bars(scores)
    print(f"numbers and dates: recall {recall:.3f} (bar .95), strict false alarms {alarms:.3f} (bar .05)")
    print("\nkeywords left out:")
    for reason, count in sorted(excluded.items()):
        print(f"  {count:5}  {reason}")
    for kind, counts in scores.items():
        print(
            f"  of the {kind}s that stand elsewhere, reported: {share(counts.elsewhere_found, counts.elsewhere)}"
        )
    for kind, counts in scores.items():
        inside = counts.alarms["reasonable, in the story"]
        print(
            f"  of the {counts.alarms['reasonable']} reasonable {kind}s reported, the story holds {inside} literally"
        )
    without, with_names = speed(path)
    print(
        f"\n500 characters against 3,000: {without:.1f} ms, with names {with_names:.1f} ms (median, one core)"
    )
    print_altered(path, options.limit)
    for kind, counts in scores.items():
        for line in counts.shown:
            print(f"{kind}: {line}")


if __name__ == "__main__":
    main()
