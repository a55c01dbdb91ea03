"""More training examples out of few, and what each way of making them leaves alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from caibian.errors import ConfigError, ModelError
from caibian.grounding import unsupported
from caibian.instructions.augment import lexicon
from caibian.instructions.augment.config import AugmentSettings
from caibian.instructions.augment.run import augment
from caibian.models.chat import Conversation
from caibian.models.scripted import ScriptedModel
from caibian.records import Example
from caibian.tasks import card, run_checks

# An invented story: a person with a title and a short form, a city that exists, numbers that stand for themselves.
STORY = (
    "江苏省苏州市3月6日开通新的公交线路。公交站站长周敏说：“第一班车坐满了。”周站长介绍，线路全长41公里，"
    "设站2300米一处，目前没有涨价。无人提出异议，举办方已经通知了住户。"
)
TITLE = "苏州开通41公里公交线路"
ENGLISH = (
    "The council said on Monday that it would spend £3,450 on a big bridge. "
    "It began at noon, and 62 people attended. Nobody objected; the plan is not new. Often it rains."
)


def example(number: int = 0, **changes: Any) -> Example:
    parts: dict[str, Any] = {
        "id": f"headline.news/{number}",
        "instruction": "请为下面的稿件拟一个标题。",
        "input": STORY,
        "output": TITLE,
        "card": "headline.news",
        "dataset": "own",
        "language": "zh",
        "split": "train",
        "source_ids": (f"own-{number}",),
        "source_text": STORY + "全文还有更多。",
    }
    return Example(**{**parts, **changes})


def english(**changes: Any) -> Example:
    return example(language="en", input=ENGLISH, output="Council to spend £3,450 on bridge", **changes)


def labelled(**changes: Any) -> Example:
    parts = {"card": "sentiment.news", "output": "正面", "id": "sentiment.news/0"}
    return example(**{**parts, **changes})


def made(one: Example, seed: int = 0, **settings: Any) -> list[Example]:
    return augment([one], AugmentSettings(**settings), seed)[0]


def test_nothing_is_made_unless_a_way_is_switched_on() -> None:
    assert augment([example()], AugmentSettings(), seed=0) == ([], {})


def test_only_training_examples_are_augmented_and_only_their_input_changes() -> None:
    given = [example(1), example(2, split="validation"), example(3, split="test")]
    new, dropped = augment(given, AugmentSettings(noise={"times": 2}), seed=0)
    assert [one.id for one in new] == ["headline.news/1#noise1", "headline.news/1#noise2"]
    assert not dropped
    for one in new:
        assert one.input != STORY
        assert (one.output, one.split, one.card, one.dataset) == (TITLE, "train", "headline.news", "own")
        assert one.source_ids == ("own-1",)
        assert one.source_text is None  # facts are looked for in what the model sees


def test_made_examples_are_not_augmented_again() -> None:
    settings = AugmentSettings(noise={"times": 1}, entities={"times": 1})
    new, _ = augment([example()], settings, seed=0)
    again, _ = augment([example(), *new], settings, seed=1)
    assert len(new) == len(again) == 2
    assert not any(one.id.count("#") > 1 for one in again)


def test_one_seed_gives_one_result_whatever_else_is_there() -> None:
    settings = AugmentSettings(noise={"times": 1.5}, synonyms={"times": 1}, entities={"times": 1})
    given = [example(number, input=STORY.replace("41", f"4{number}")) for number in range(4)]
    new, dropped = augment(given, settings, seed=7)
    assert (new, dropped) == augment(given, settings, seed=7)
    reversed_, _ = augment(given[::-1], settings, seed=7)
    assert sorted(one.id for one in reversed_) == sorted(one.id for one in new)
    assert {one.id: one for one in reversed_} == {one.id: one for one in new}
    alone, _ = augment(given[:1], settings, seed=7)
    assert alone == [one for one in new if one.id.startswith("headline.news/0#")]
    assert augment(given, settings, seed=8)[0] != new


def test_times_below_one_takes_a_share_and_whole_numbers_take_all() -> None:
    given = [
        labelled(id=f"s/{number}", input=f"第{number}所村卫生室投用，村民看病方便。") for number in range(60)
    ]
    some, dropped = augment(given, AugmentSettings(noise={"times": 0.5}), seed=0)
    assert 20 <= len(some) + dropped.total() <= 40
    twice, dropped = augment(given, AugmentSettings(noise={"times": 2}), seed=0)
    assert len(twice) + dropped.total() == 120
    assert len({(one.input) for one in twice}) == len(twice)


def test_cards_and_scarce_datasets_can_be_chosen() -> None:
    given = [example(1), example(2, input=STORY + "完。"), labelled(dataset="small")]
    chosen, _ = augment(given, AugmentSettings(noise={"times": 1}, cards=["sentiment.news"]), seed=0)
    scarce, _ = augment(given, AugmentSettings(noise={"times": 1}, only_below=2), seed=0)
    assert [one.card for one in chosen] == [one.card for one in scarce] == ["sentiment.news"]


def test_an_example_of_an_unknown_card_is_counted() -> None:
    assert augment([example(card="imported")], AugmentSettings(noise={"times": 2}), seed=0) == (
        [],
        {"noise: unknown_card": 2},
    )


def test_every_new_example_passes_its_cards_checks_and_rests_on_its_input() -> None:
    settings = AugmentSettings(noise={"times": 6}, synonyms={"times": 3}, entities={"times": 6})
    given = [example(), labelled(), english(id="headline.news/9")]
    new, _ = augment(given, settings, seed=0)
    assert len(new) > 25
    for one in new:
        assert all(result.passed for result in run_checks(card(one.card), one.output, one).values())
        if one.card == "headline.news":
            assert not unsupported(one.output, one.input, one.language)


def test_what_would_read_like_a_held_out_input_is_dropped() -> None:
    other = STORY.replace("开通新的公交线路", "新的公交线路开通")
    held_out = example(2, split="test", input=f" {other}")
    _, dropped = augment(
        [example(1), held_out], AugmentSettings(paraphrase={"times": 1}), 0, ScriptedModel([other])
    )
    assert dropped == {"paraphrase: held_out": 1}


# Noise


@pytest.mark.parametrize("one", [example(), english()], ids=["zh", "en"])
def test_noise_leaves_facts_denials_and_the_answers_words_alone(one: Example) -> None:
    kept = {
        "zh": [
            "江苏",
            "苏州市3月6日",
            "周敏",
            "第一班车坐满了",
            "41公里",
            "2300米",
            "没有",
            "无人",
            "开通",
            "公交线路",
        ],
        "en": ["Monday", "£3,450", "62 people", "Nobody", "not new", "spend", "bridge", "ouncil"],
    }
    new = made(one, noise={"times": 20, "strength": 0.3})
    assert len(new) == 20
    for noisy in new:
        assert [words for words in kept[one.language] if words not in noisy.input] == []


@pytest.mark.parametrize(
    ("kind", "one", "differs"),
    [
        ("punctuation", example(), lambda old, new: len(new) < len(old) and not set(new) - set(old)),
        ("width", example(), lambda old, new: len(new) == len(old) and "," in new),
        ("doubled", example(), lambda old, new: len(new) > len(old)),
        ("lookalikes", example(), lambda old, new: len(new) == len(old)),
        ("homophones", example(), lambda old, new: len(new) == len(old)),
        ("keyboard", english(), lambda old, new: len(new) == len(old)),
        ("lookalikes", english(), lambda old, new: bool(re.search("rn|cl|vv|1|I|0", new))),
    ],
)
def test_each_kind_of_noise_does_what_it_says(
    kind: str, one: Example, differs: Callable[[str, str], bool]
) -> None:
    for noisy in made(one, noise={"times": 3, "kinds": [kind], "strength": 0.2}):
        assert noisy.input != one.input
        assert differs(one.input, noisy.input)


def test_more_strength_touches_more() -> None:
    def touched(strength: float) -> int:
        [noisy] = made(labelled(), noise={"times": 1, "strength": strength, "kinds": ["lookalikes"]})
        return sum(old != new for old, new in zip(STORY, noisy.input, strict=True))

    assert 1 <= touched(0.02) < touched(0.15)


def test_a_mark_between_two_numbers_is_never_lost() -> None:
    score = labelled(input="五局比分为25比22、19比25、25比22，主队取胜，全场观众一直等到最后才离开。")
    for noisy in made(score, noise={"times": 10, "strength": 0.3, "kinds": ["punctuation", "width"]}):
        assert "25比22、19比25、25比22" in noisy.input


def test_hindi_and_arabic_get_noise_too() -> None:
    hindi = labelled(
        language="hi", input="दिल्ली में नई बस सेवा शुरू हुई और यात्रियों ने इसे पसंद किया।", output="सकारात्मक"
    )
    arabic = labelled(
        language="ar", input="بدأت خدمة الحافلات الجديدة في المدينة ورحب بها السكان.", output="إيجابي"
    )
    for one in (hindi, arabic):
        new = made(one, noise={"times": 3, "kinds": ["lookalikes"], "strength": 0.1})
        assert new
        assert {len(noisy.input) for noisy in new} == {len(one.input)}


def test_a_text_of_nothing_but_facts_and_denials_is_refused() -> None:
    new, dropped = augment([labelled(input="不 3 41")], AugmentSettings(noise={"times": 1}), 0)
    assert (new, dropped) == ([], {"noise: nothing_to_touch": 1})


def test_field_names_stay_as_they_are() -> None:
    lead = example(card="lead.news", input=f"标题：{TITLE}\n正文：{STORY}", output=STORY[:43])
    new = made(lead, noise={"times": 5, "strength": 0.3}, synonyms={"times": 1})
    assert len(new) == 6
    assert all(one.input.startswith("标题：") and "\n正文：" in one.input for one in new)


# Synonyms


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_lexicons_hold_hundreds_of_words_and_no_figures(language: str) -> None:
    words = lexicon.synonyms(language)
    assert sum(map(len, words.values())) >= 400
    for word, others in words.items():
        assert word not in others
        assert not re.search(r"\d|[不没未无非](?![断论管常])|\bnot?\b", word)


def test_synonyms_replace_whole_words_outside_facts_quotations_and_the_answer() -> None:
    new = made(example(output="苏州开通公交线路 目前没有涨价"), synonyms={"times": 12, "strength": 1})
    texts = {one.input for one in new}
    assert texts
    for text in texts:
        assert "目前" in text  # the answer says it
        assert "“第一班车坐满了。”" in text
        assert "举行方" not in text  # 举办方 is one word
        assert re.search("已经|已", text)
    assert any("居民" in text for text in texts)


def test_english_synonyms_keep_capitals_articles_and_verbs_with_particles() -> None:
    text = (
        "Often it is a huge job. Residents said the Large Hall was built up by an important firm. They began "
        "rapidly, but a vital road stayed shut."
    )
    one = labelled(language="en", input=text, output="neutral")
    new = {made(one, seed, synonyms={"times": 1, "strength": 1})[0].input for seed in range(8)}
    for changed in new:
        assert changed.startswith(
            "Frequently it is an enormous job. Inhabitants said the Large Hall was built up by"
        )
        assert "by a significant firm. They started quickly" in changed
        assert "but a vital road remained shut." in changed


def test_a_language_without_a_lexicon_is_counted() -> None:
    arabic = labelled(language="ar", input="رحب السكان بالخدمة الجديدة.", output="إيجابي")
    assert augment([arabic], AugmentSettings(synonyms={"times": 1}), 0) == ([], {"synonyms: no_lexicon": 1})


def test_cards_whose_labels_lie_in_the_words_get_no_other_words() -> None:
    one = example(card="subjectivity.sentence", output="客观")
    _, dropped = augment([one], AugmentSettings(synonyms={"times": 1}), 0)
    assert dropped == {"synonyms: wording_matters": 1}


# Entities


def test_people_places_and_numbers_are_replaced_alike_in_input_and_answer() -> None:
    for one in made(example(), entities={"times": 8}):
        [length] = re.findall(r"线路全长(\d+)公里", one.input)
        [city] = re.findall(r"江苏省(\w+)市3月6日", one.input)
        [surname] = re.findall(r"站长(\w)敏说", one.input)
        assert one.output == f"{city}开通{length}公里公交线路"
        assert f"{surname}站长介绍" in one.input
        assert surname != "周"
        assert lexicon.cities()[city] == "江苏"  # a city of the same province


def test_each_kind_of_entity_can_be_left_alone() -> None:
    [number] = made(example(), entities={"times": 1, "kinds": ["number"]})
    assert "苏州" in number.output
    assert "周敏" in number.input
    [person] = made(example(), entities={"times": 1, "kinds": ["person"]})
    assert person.output == TITLE
    assert "周敏" not in person.input


@pytest.mark.parametrize(
    "text",
    [
        "东溪站今天运送旅客4100人，其中男2300人、女1800人。",  # a sum
        "票价从2300元涨到2760元，上涨20%。",  # a percentage of two others
        "到场约4100人，记者数得4123人。",  # one number, rounded
        "请拨打电话13812345678，或110。",
        "G20与5G的A380，Section 404。",
        "今年是建馆70周年，2015海归论坛谈了2700多年的历史。",
        "资产为189亿日元（约18亿美元）。",  # what one is worth in the other
        "他们用了100天。",
        "今年3月12日至15日，2019年以来第3次。",
    ],
)
def test_numbers_that_hang_together_or_name_something_are_left_alone(text: str) -> None:
    one = labelled(input=f"{text}各方反应平静，记者将继续关注。")
    assert made(one, entities={"times": 5, "kinds": ["number"]}) == []


@pytest.mark.parametrize("who", ["外交部发言人", "国务院总理", "习近平", "The Prime Minister "])
def test_reports_of_affairs_of_state_are_left_as_they_are(who: str) -> None:
    one = labelled(input=f"{who}6日到访江苏省苏州市，2300名居民到场，馆长周敏作了介绍。")
    new, dropped = augment([one], AugmentSettings(entities={"times": 1}), 0)
    assert (new, dropped) == ([], {"entities: affairs_of_state": 1})


def test_a_number_stays_on_its_side_of_the_others() -> None:
    one = labelled(input="收费由每月83元降到76元，用户普遍表示欢迎，公司说明年不再调整。")
    new = made(one, entities={"times": 12, "kinds": ["number"]})
    assert new
    for changed in new:
        before, after = map(int, re.findall(r"(\d+)元", changed.input))
        assert before > after
        assert (before, after) != (83, 76)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("person", "主教练郎平说，球队状态很好，会继续努力。"),  # a known person
        ("person", "馆长周敏和编辑周涛一起介绍了新馆，周馆长说欢迎大家。"),  # which 周馆长?
        ("person", "馆长周敏介绍了新馆，邻居都叫她老周，说她热心。"),
        ("person", "市长林静说，各方已作准备，会议将在下周举行。"),  # of office
        ("person", "老人占了六成，居民都觉得这样很方便。"),
        ("place", "鲁菜师傅来自山东各地，山东代表队获得了好评。"),  # 鲁 would be left behind
        ("place", "昆明市盘龙区人民法院公开审理此案，昆明市民旁听。"),  # a district that no other city has
        ("place", "几个方案大同小异，居民觉得都可以接受。"),
        ("place", "新疆和西藏的游客越来越多，景区准备充分。"),
        ("place", "法国和德国签署了协议，双方都很满意。"),
    ],
)
def test_names_that_cannot_be_replaced_throughout_are_left_alone(kind: str, text: str) -> None:
    assert made(labelled(input=text), entities={"times": 5, "kinds": [kind]}) == []


@pytest.mark.parametrize(
    ("name", "output"),
    [("section.news", "社会"), ("translate.zh_en", "Suzhou opens a bus line of 41 kilometres.")],
)
def test_cards_whose_answers_depend_on_entities_get_none(name: str, output: str) -> None:
    new, dropped = augment([example(card=name, output=output)], AugmentSettings(entities={"times": 1}), 0)
    assert (new, dropped) == ([], {"entities: card_depends_on_entities": 1})


# By a model

GOOD = (
    "3月6日，江苏省苏州市又有一条公交线路开通。公交站站长周敏表示：“第一班车坐满了。”据周站长介绍，线路全长41公里，"
    "每2300米设一站，眼下没有涨价。无人提出异议，举办方已把消息告诉住户。"
)


def paraphrased(answer: str | Exception, **settings: Any) -> tuple[list[Example], dict[str, int]]:
    wanted = AugmentSettings(paraphrase={"times": 1, **settings})
    new, dropped = augment([example()], wanted, 0, ScriptedModel([answer]))
    return new, dict(dropped)


def test_a_paraphrase_that_keeps_every_fact_becomes_an_example() -> None:
    [new], dropped = paraphrased(f"\n{GOOD} ")
    assert (new.id, new.input, new.output) == ("headline.news/0#paraphrase1", GOOD, TITLE)
    assert not dropped


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ModelError("no server"), "model_error"),
        ("", "empty_answer"),
        (STORY, "unchanged"),
        (STORY.replace("。", "！"), "unchanged"),
        (GOOD.replace("41公里", "很长"), "facts_lost"),
        (GOOD.replace("周敏", "林静"), "facts_lost"),
        (GOOD.replace("第一班车坐满了", "头一班车就坐满了"), "facts_lost"),
        (GOOD + "沿线还有17所学校。", "facts_added"),
        (f"好的，以下是改写后的文字：{GOOD}", "chatter"),
        (GOOD[:40], "other_length"),
        (GOOD * 3, "other_length"),
        (
            "On 6 March Suzhou in Jiangsu opened a bus line of 41 kilometres, said Zhou Min. " * 2,
            "wrong_language",
        ),
    ],
)
def test_a_paraphrase_that_says_something_else_is_dropped_with_its_reason(
    answer: str | Exception, reason: str
) -> None:
    assert paraphrased(answer) == ([], {f"paraphrase: {reason}": 1})


def test_a_paraphrase_that_was_cut_off_or_repeats_the_prompt_is_dropped() -> None:
    assert paraphrased(GOOD, max_tokens=30) == ([], {"paraphrase: cut_short": 1})

    def echo(conversation: Conversation) -> str:
        return conversation[-1]["content"]

    _, dropped = augment([example()], AugmentSettings(paraphrase={"times": 1}), 0, ScriptedModel(echo))
    assert dropped == {"paraphrase: prompt_copied": 1}


def test_each_field_is_paraphrased_under_its_name() -> None:
    one = example(
        card="lead.news", input=f"标题：{TITLE}\n正文：{STORY}", output=STORY[:43], source_text=None
    )

    def say(conversation: Conversation) -> str:
        return "41公里公交线路在苏州开通" if conversation[-1]["content"].endswith(TITLE) else GOOD

    [new], _ = augment([one], AugmentSettings(paraphrase={"times": 1}), 0, ScriptedModel(say))
    assert new.input == f"标题：41公里公交线路在苏州开通\n正文：{GOOD}"


def test_back_translation_goes_through_the_other_language() -> None:
    asked: list[str] = []

    def translate(conversation: Conversation) -> str:
        asked.append(conversation[-1]["content"])
        return "Suzhou opened a bus line." if "English" in asked[-1] else GOOD

    settings = AugmentSettings(back_translation={"times": 1})
    [new], dropped = augment([example()], settings, 0, ScriptedModel(translate))
    assert (new.input, new.id, not dropped) == (GOOD, "headline.news/0#back_translation1", True)
    assert asked[0].endswith(STORY)
    assert asked[1].endswith("Suzhou opened a bus line.")


def test_back_translation_that_stays_in_the_language_or_has_none_to_go_through_is_counted() -> None:
    settings = AugmentSettings(back_translation={"times": 1, "through": {"zh": "en"}})
    new, dropped = augment([example(), english(id="headline.news/9")], settings, 0, ScriptedModel([GOOD]))
    assert (new, dropped) == ([], {"back_translation: not_translated": 1, "back_translation: no_language": 1})


def test_the_model_is_asked_in_batches_and_each_copy_with_a_seed_of_its_own() -> None:
    seen: list[tuple[int, int]] = []

    class Counting(ScriptedModel):
        def generate(self, conversations: Any, options: Any = None, on_done: Any = None) -> Any:
            seen.append((len(conversations), options.seed))
            return super().generate(conversations, options)

    given = [example(number) for number in range(3)]
    settings = AugmentSettings(paraphrase={"times": 2, "batch": 2})
    _, dropped = augment(given, settings, 10, Counting([GOOD]))
    assert seen == [(2, 11), (1, 11), (2, 12), (1, 12)]
    assert dropped == {"paraphrase: repeated": 5}  # the same words six times are one example


def test_without_a_model_the_error_names_the_setting() -> None:
    with pytest.raises(ConfigError, match=r"augment\.paraphrase\.times: needs a model"):
        augment([example()], AugmentSettings(paraphrase={"times": 1}), seed=0)
    assert AugmentSettings(paraphrase={"times": 1}).needs_model
    assert not AugmentSettings(noise={"times": 1}).needs_model


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cards": ["headlin.news"]}, "cards: no task card 'headlin.news'"),
        ({"entities": {"label_cards": ["nobody"]}}, "entities.label_cards: no task card 'nobody'"),
        ({"back_translation": {"through": {"zh": "zh"}}}, "zh: goes through itself"),
        ({"noise": {"times": -1}}, "greater than or equal to 0"),
        ({"noise": {"kinds": ["blots"]}}, "lookalikes"),
        ({"nois": {}}, "Extra inputs"),
    ],
)
def test_wrong_settings_are_refused_by_name(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        AugmentSettings(**settings)
