"""What the page cannot bear, said plainly: the first few stand beside the answer, all of them at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from caibian.evaluation.systems import same_weights
from caibian.evaluation.tables import Evaluated, Scope, Standings
from caibian.evaluation.tables.standings import CONFIDENCE
from caibian.pipeline.comparison_page import judges_view, naming, wins
from caibian.pipeline.comparison_page.agreement_view import Agreement
from caibian.pipeline.comparison_page.sentences import said
from caibian.pipeline.report import numbers
from caibian.pipeline.report.words import Two, listed, pair

_LITTLE_AGREEMENT = (
    0.667  # alpha: the least for tentative conclusions (Krippendorff, Content Analysis, 2004, ch. 11)
)
_MANY_ABSTENTIONS = 0.05  # share of items


def limits(
    found: Evaluated, standings: Standings | None, agreement: Agreement | None
) -> tuple[list[Two], list[Two]]:
    """(those that a reader must not miss, all the others)."""
    if found.comparison is None or standings is None:
        return [], []
    first = [*_of_judges(found, standings, agreement), *_missing(found)]
    return first, [*_of_items(found, standings), *_of_kinds(found, standings)]


def _of_items(found: Evaluated, standings: Standings) -> list[Two]:
    assert found.comparison is not None
    examples = found.comparison.examples
    parts = Counter((example.language, example.card) for example in examples)
    (language, card), few = min(parts.items(), key=lambda item: item[1])
    part = listed([naming.card(card), naming.language(language)])
    pairs = sum(
        len(one.duels) // 2
        for (voice, scope), one in standings.found.items()
        if scope in wins.shown(standings) and any(v.name == voice and not v.unfit for v in standings.voices)
    )
    sentences = [said("cmp_limits.items", n=numbers.count(len(examples)), few=few, part=part)]
    if pairs:
        false = max(1, round(pairs * (1 - CONFIDENCE)))
        confidence = numbers.significant(100 * CONFIDENCE)
        sentences.append(said("cmp_limits.many", n=numbers.count(pairs), confidence=confidence, false=false))
    return sentences


def _of_judges(found: Evaluated, standings: Standings, agreement: Agreement | None) -> list[Two]:
    """Who ranked, and how far that can be believed."""
    assert found.comparison is not None
    sentences = [
        said(
            "cmp_limits.unfit",
            judge=voice.name,
            biases=listed([judges_view.worded("figures", key) for key in voice.unfit]),
        )
        for voice in standings.voices
        if voice.unfit
    ]
    experts = next((voice for voice in standings.voices if voice.kind == "expert"), None)
    whole = standings.of(experts, Scope()) if experts else None
    if experts is None or whole is None:
        return [*sentences, said("cmp_limits.no_experts")] if standings.voices else sentences
    if len(experts.judges) == 1:
        sentences.append(said("cmp_limits.one_expert"))
    if whole.items < len(found.comparison.examples):
        sentences.append(
            said("cmp_limits.few_experts", n=whole.items, all=numbers.count(len(found.comparison.examples)))
        )
    alpha = agreement.alpha if agreement else None
    if alpha and alpha.value is not None and alpha.value < _LITTLE_AGREEMENT:
        sentences.append(said("cmp_limits.low_alpha", value=str(alpha), interval=alpha.interval))
    return sentences + _same_models(found, standings)


def _same_models(found: Evaluated, standings: Standings) -> list[Two]:
    """Judges that judge what their own model said."""
    assert found.comparison is not None
    sentences = []
    for voice in standings.voices:
        one = found.judges.get(voice.name, {})
        for system, facts in found.comparison.systems.items():
            if one.get("own") == system or same_weights(one.get("identity") or {}, facts):
                sentences.append(
                    said("cmp_limits.same_model", judge=voice.name, system=naming.system(system))
                )
    return sentences


def _of_kinds(found: Evaluated, standings: Standings) -> list[Two]:
    """What each kind of judge can and cannot say."""
    sentences = []
    for voice in standings.voices:
        if voice.kind == "expert" or voice.together:
            continue
        sentences.append(said(f"cmp_limits.{voice.kind}", judge=voice.name))
        if voice.kind == "model" and "bias" not in found.judges.get(voice.name, {}):
            sentences.append(said("cmp_limits.unmeasured", judge=voice.name))
        if voice.abstained > _MANY_ABSTENTIONS * len(voice.rankings):
            share = numbers.share(voice.abstained, len(voice.rankings))
            sentences.append(said("cmp_limits.abstained", judge=voice.name, share=share))
    return sentences + _weights(found)


def _weights(found: Evaluated) -> list[Two]:
    """Which weights each system ran on."""
    assert found.comparison is not None
    return [
        said("cmp_limits.weights", system=naming.system(system), what=pair(what))
        for system, facts in found.comparison.systems.items()
        if (what := _what(facts)) and what != system
    ]


def _what(facts: Mapping[str, object]) -> str:
    first = next((str(facts[key]) for key in ("title", "name", "model", "url") if facts.get(key)), "")
    adapter = facts.get("adapter") or facts.get("adapter_sha256")
    return f"{first} + {str(adapter)[:16]}" if first and adapter else first


def _missing(found: Evaluated) -> list[Two]:
    assert found.comparison is not None
    return [
        said(
            "cmp_limits.missing",
            system=naming.system(system),
            n=numbers.count(n),
            all=numbers.count(len(found.comparison.examples)),
        )
        for system, n in found.comparison.missing().items()
        if n
    ]
