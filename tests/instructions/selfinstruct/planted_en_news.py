"""A passage on corrections and pictures, in English, with good pairs and bad ones of every kind. Our own writing."""

from __future__ import annotations

DOCUMENT = "Standards of the Marlow Tide"
PASSAGE = """Corrections at the Marlow Tide begin with a log. Every complaint about accuracy, whether it arrives by phone, letter or social media, is entered by the duty editor within one hour, and the reporter must answer it in writing before the end of the next working day. In 2022 the paper logged 364 complaints and upheld 91 of them. The readers' editor, Imogen Hartley, publishes the figures every January.
An online story is corrected at the top, above the first paragraph, when the error changes what the story means; spelling and style slips are mended silently. The note says what was wrong, what is right and when the change was made. A story may be taken down only on the advice of the paper's solicitor or when publication puts someone in danger, and the decision is signed by the editor, Callum Reyes.
Photographs are checked before they are used. The picture desk asks the sender for the original file, compares the weather and the shadows with the place and hour claimed, and runs two reverse image searches. After a flood picture from Dunmere turned out to be nine years old, the desk also began to ring one witness at the scene. Pictures made or altered by software are not used in news; in features they carry the label "Illustration made with AI". Freelances who hide an alteration are not commissioned again for twelve months."""

GOOD = [
    (
        "How quickly must a complaint about accuracy be logged at the Marlow Tide?",
        "The duty editor enters it within one hour, whether it came by phone, letter or social media.",
        "is entered by the duty editor within one hour",
    ),
    (
        "By when does a Marlow Tide reporter have to reply to a complaint about accuracy?",
        "The reporter must answer it in writing before the end of the next working day.",
        "the reporter must answer it in writing before the end of the next working day",
    ),
    (
        "How many of the complaints that the Marlow Tide received in 2022 did it uphold?",
        "It upheld 91 of the 364 complaints that it logged in 2022.",
        "In 2022 the paper logged 364 complaints and upheld 91 of them",
    ),
    (
        "Who is Imogen Hartley, and what does she publish?",
        "Imogen Hartley is the readers' editor of the Marlow Tide. She publishes the figures on complaints every January.",
        "The readers' editor, Imogen Hartley, publishes the figures every January",
    ),
    (
        "Where does the Marlow Tide put a correction to an online story?",
        "At the top of the story, above the first paragraph, if the error changes what the story means.",
        "An online story is corrected at the top, above the first paragraph",
    ),
    (
        "A sub-editor at the Marlow Tide finds a misspelt word in a published story. Is a correction note needed?",
        "No. Slips of spelling and style are mended silently.",
        "spelling and style slips are mended silently",
    ),
    (
        "What must a correction note at the Marlow Tide say?",
        "It must say what was wrong, what is right and when the change was made.",
        "The note says what was wrong, what is right and when the change was made",
    ),
    (
        "On what grounds may the Marlow Tide take a story down?",
        "Only when the paper's solicitor advises it or when publication puts someone in danger.",
        "A story may be taken down only on the advice of the paper's solicitor or when publication puts someone in danger",
    ),
    (
        "Whose signature is needed before the Marlow Tide removes a story?",
        "The decision has to be signed by the editor, Callum Reyes.",
        "the decision is signed by the editor, Callum Reyes",
    ),
    (
        "A businessman asks the Marlow Tide to delete a story because it embarrasses him. What should the desk tell him?",
        "The story cannot be taken down for that. It is removed only on the advice of the paper's solicitor or when publication puts someone in danger.",
        "A story may be taken down only on the advice of the paper's solicitor",
    ),
    (
        "List the checks that the Marlow Tide's picture desk makes before it uses a photograph.",
        "It asks the sender for the original file, compares the weather and the shadows with the place and hour claimed, and runs two reverse image searches.",
        "The picture desk asks the sender for the original file",
    ),
    (
        "Why does the Marlow Tide's picture desk ring a witness at the scene?",
        "It began to do so after a flood picture from Dunmere turned out to be nine years old.",
        "After a flood picture from Dunmere turned out to be nine years old, the desk also began to ring one witness at the scene",
    ),
    (
        "May the Marlow Tide run a picture altered by software in a news story?",
        "No, pictures made or altered by software are not used in news.",
        "Pictures made or altered by software are not used in news",
    ),
    (
        "How does the Marlow Tide label software-made pictures in its features?",
        'They carry the label "Illustration made with AI".',
        'in features they carry the label "Illustration made with AI"',
    ),
    (
        "What happens to a freelance who hides an alteration from the Marlow Tide?",
        "The paper does not commission that freelance again for twelve months.",
        "Freelances who hide an alteration are not commissioned again for twelve months",
    ),
    (
        "A reader sends the Marlow Tide a storm picture said to be from this morning. How can the desk test the claim?",
        "It compares the weather and the shadows in the picture with the place and hour claimed, and asks the sender for the original file.",
        "compares the weather and the shadows with the place and hour claimed",
    ),
    (
        "Explain to a trainee how the log of complaints at the Marlow Tide works.",
        "The duty editor enters every complaint about accuracy within one hour, and the reporter must answer it in writing before the end of the next working day.",
        "Corrections at the Marlow Tide begin with a log",
    ),
    (
        "When does the Marlow Tide report to its readers on the complaints it has had?",
        "The readers' editor publishes the figures every January.",
        "publishes the figures every January",
    ),
    (
        "Does a complaint made on social media count at the Marlow Tide?",
        "Yes. Every complaint about accuracy is logged, whether it arrives by phone, letter or social media.",
        "whether it arrives by phone, letter or social media",
    ),
    (
        "How many reverse image searches does the Marlow Tide run on a photograph?",
        "The picture desk runs two reverse image searches before a photograph is used.",
        "runs two reverse image searches",
    ),
]

BAD = {
    "says_nothing": [
        (
            "How quickly must a complaint about accuracy be logged at the Marlow Tide?",
            "A complaint about accuracy must be logged quickly at the Marlow Tide.",
            "is entered by the duty editor within one hour",
        ),
        (
            "Where does the Marlow Tide put a correction to an online story?",
            "The Marlow Tide puts a correction to an online story.",
            "An online story is corrected at the top",
        ),
        (
            "What must a correction note at the Marlow Tide say?",
            "A correction note at the Marlow Tide must say it.",
            "The note says what was wrong, what is right and when the change was made",
        ),
        (
            "When may the Marlow Tide take a story down?",
            "The Marlow Tide may take a story down.",
            "A story may be taken down only on the advice of the paper's solicitor",
        ),
        (
            "How does the picture desk of the Marlow Tide check photographs?",
            "The picture desk of the Marlow Tide checks photographs.",
            "The picture desk asks the sender for the original file",
        ),
        (
            "What happens to freelances who hide an alteration from the Marlow Tide?",
            "It happens to freelances who hide an alteration from the Marlow Tide.",
            "Freelances who hide an alteration are not commissioned again for twelve months",
        ),
    ],
    "few_shot_leakage": [
        (
            "What does the Harrow Vale Courier record about every embargo, and who keeps the record?",
            "The news editor keeps it. Each embargo is logged in a shared sheet with its exact time and time zone.",
            "The news editor logs each embargo in a shared sheet with its exact time and time zone",
        ),
        (
            "What does the Marlow Tide record about every embargo, and who keeps the record?",
            "The news editor logs each embargo in a shared sheet with its exact time and time zone.",
            "Corrections at the Marlow Tide begin with a log",
        ),
        (
            "A rival has broken an embargo that the Marlow Tide had agreed to. What must its reporter do first?",
            "The reporter must answer it in writing before the end of the next working day.",
            "the reporter must answer it in writing",
        ),
        (
            "When does the paper accept an embargo?",
            "The paper accepts an embargo only when it is offered in writing and agreed before the material arrives.",
            "Corrections at the Marlow Tide begin with a log",
        ),
        (
            "Are court documents ever under embargo at the Marlow Tide?",
            "No, court documents and public meetings are never treated as embargoed.",
            "The note says what was wrong",
        ),
        (
            "What should a reporter say when an embargo was broken?",
            "Before publishing, the reporter rings the source and says that the paper considers itself released from the embargo.",
            "the desk also began to ring one witness at the scene",
        ),
    ],
    "off_topic": [
        (
            "What is the capital of Mongolia?",
            "The capital of Mongolia is Ulaanbaatar, home to nearly half of its inhabitants.",
            "Photographs are checked before they are used",
        ),
        (
            "How do vaccines train the immune system?",
            "They present a harmless fragment of a germ, so that antibodies and memory cells form in advance.",
            "Corrections at the Marlow Tide begin with a log",
        ),
        (
            "Suggest three ways to grow a podcast audience.",
            "Invite guests with followers, trail each episode in a newsletter and keep to a weekly rhythm.",
            "publishes the figures every January",
        ),
        (
            "Which exercises strengthen the lower back?",
            "Bridges, bird dogs and gentle planks are often recommended by physiotherapists.",
            "Photographs are checked before they are used",
        ),
        (
            "Explain what a compiler does.",
            "A compiler translates source code into machine instructions that a processor can execute.",
            "Corrections at the Marlow Tide begin with a log",
        ),
        (
            "How should bread dough be proved?",
            "Leave it covered somewhere warm until it has doubled in size, then knock it back and shape it.",
            "The picture desk asks the sender for the original file",
        ),
    ],
    "refusal": [
        (
            "Who signs the decision to remove a story at the Marlow Tide?",
            "I'm sorry, but I can't help with that.",
            "the decision is signed by the editor, Callum Reyes",
        ),
        (
            "How many complaints did the Marlow Tide log in 2022?",
            "As an AI language model, I do not have access to the internal records of newspapers.",
            "In 2022 the paper logged 364 complaints",
        ),
        (
            "What does the Marlow Tide do with altered pictures?",
            "I apologise, but this request goes against my guidelines, and I am unable to provide an answer.",
            "Pictures made or altered by software are not used in news",
        ),
        (
            "What label do software-made pictures carry at the Marlow Tide?",
            "Unfortunately, I cannot answer this question. Please contact the newspaper directly.",
            'they carry the label "Illustration made with AI"',
        ),
        (
            "How does the Marlow Tide check photographs?",
            "I don't have enough information to answer this question.",
            "Photographs are checked before they are used",
        ),
        (
            "Why did the Marlow Tide begin to ring witnesses?",
            "Sorry, I am only a virtual assistant and am not able to comment on editorial decisions.",
            "the desk also began to ring one witness at the scene",
        ),
    ],
    "empty": [
        ("Who is the editor of the Marlow Tide?", "", "signed by the editor, Callum Reyes"),
        (
            "  ",
            "The duty editor enters every complaint within one hour.",
            "is entered by the duty editor within one hour",
        ),
        (
            "Who publishes the figures at the Marlow Tide?",
            "The readers' editor publishes them every January.",
            " ",
        ),
        ("What does the note say at the Marlow Tide?", "None", "The note says what was wrong"),
        (
            "How are photographs checked at the Marlow Tide?",
            "Your answer here",
            "Photographs are checked before they are used",
        ),
        (
            "...",
            "A story may be taken down only on the advice of the paper's solicitor.",
            "A story may be taken down only",
        ),
    ],
    "unanswerable": [
        (
            "What is the main idea of the passage above?",
            "Complaints are logged, stories are corrected openly and photographs are checked before they are used.",
            "Corrections at the Marlow Tide begin with a log",
        ),
        (
            "According to the text, who publishes the figures?",
            "The readers' editor, Imogen Hartley, publishes the figures every January.",
            "publishes the figures every January",
        ),
        (
            "How many reporters work for the Marlow Tide?",
            "The passage does not mention how many reporters work for the paper.",
            "the reporter must answer it in writing",
        ),
        (
            "What does Figure 3 show about complaints upheld in 2022?",
            "It shows that 91 of 364 complaints were upheld.",
            "upheld 91 of them",
        ),
        (
            "Why does the author think that photographs should be checked?",
            "Because a flood picture from Dunmere turned out to be nine years old.",
            "Photographs are checked before they are used",
        ),
        (
            "What is Callum Reyes's annual salary?",
            "His salary is not stated in the given material, so it cannot be determined.",
            "the editor, Callum Reyes",
        ),
    ],
    "quote_not_in_passage": [
        (
            "How quickly are complaints logged at the Marlow Tide?",
            "The duty editor enters them within one hour.",
            "is entered by the duty editor within two hours",
        ),
        (
            "Who signs the removal of a story at the Marlow Tide?",
            "The editor, Callum Reyes, signs the decision.",
            "the decision must be signed by the editor in chief, Callum Reyes",
        ),
        (
            "How does the Marlow Tide check photographs?",
            "It asks the sender for the original file and runs two reverse image searches.",
            "Every picture is verified by an independent laboratory",
        ),
        (
            "What happens to freelances who hide an alteration?",
            "They are not commissioned again for twelve months by the Marlow Tide.",
            "Freelancers that conceal alterations will not be commissioned for a year",
        ),
        (
            "When are spelling slips mended at the Marlow Tide?",
            "Spelling and style slips are mended silently.",
            "style and spelling slips are mended silently",
        ),
        (
            "Why does the desk ring a witness at the Marlow Tide?",
            "Because a flood picture from Dunmere turned out to be nine years old.",
            "After a flood picture from Dunmere turned out to be ten years old",
        ),
    ],
    "answer_not_grounded": [
        (
            "How many complaints did the Marlow Tide uphold in 2022?",
            "It upheld 250 of the complaints that it logged in 2022.",
            "upheld 91 of them",
        ),
        (
            "Who is the readers' editor of the Marlow Tide?",
            "The readers' editor is Beatrice Langford, who publishes the figures every January.",
            "The readers' editor, Imogen Hartley",
        ),
        (
            "Why does the Marlow Tide keep a log of complaints?",
            "Transparency fosters engagement, strengthens brand loyalty and supports digital transformation across modern organisations.",
            "Corrections at the Marlow Tide begin with a log",
        ),
        (
            "When was the Dunmere picture taken?",
            "It was taken on 14 March 2011 by a photographer from Reuters, nine years before the flood.",
            "After a flood picture from Dunmere turned out to be nine years old",
        ),
        (
            "How long are freelances who hide an alteration barred from the Marlow Tide?",
            "They are not commissioned again for 36 months and must pay a fine of £500.",
            "not commissioned again for twelve months",
        ),
        (
            "Where does the Marlow Tide print its corrections?",
            "They appear on page 2 of the Saturday edition, next to a letter from Lord Ashcombe of the Press Council.",
            "An online story is corrected at the top",
        ),
    ],
    "near_duplicate": [
        (
            "How quickly must complaints about accuracy be logged at the Marlow Tide?",
            "The duty editor enters them within one hour, whether they came by phone, letter or social media.",
            "is entered by the duty editor within one hour",
        ),
        (
            "Where does the Marlow Tide put the correction to an online story?",
            "At the top of the story, above the first paragraph, when the error changes what the story means.",
            "An online story is corrected at the top, above the first paragraph",
        ),
        (
            "What must a correction note say at the Marlow Tide?",
            "It says what was wrong, what is right and when the change was made.",
            "The note says what was wrong, what is right and when the change was made",
        ),
        (
            "On what grounds may a story be taken down by the Marlow Tide?",
            "Only when the paper's solicitor advises it, or when publication puts someone in danger.",
            "A story may be taken down only on the advice of the paper's solicitor",
        ),
        (
            "List the checks the picture desk of the Marlow Tide makes before it uses a photograph.",
            "It asks the sender for the original file, compares the weather and shadows with the place and hour claimed, and runs two reverse image searches.",
            "The picture desk asks the sender for the original file",
        ),
        (
            "How many reverse image searches does the Marlow Tide run on a photograph?",
            "The picture desk runs two reverse image searches on it before it is used.",
            "runs two reverse image searches",
        ),
    ],
    "too_short": [
        ("Who is the editor of the Marlow Tide?", "Callum Reyes.", "the editor, Callum Reyes"),
        (
            "Log?",
            "Every complaint about accuracy is entered by the duty editor within one hour.",
            "is entered by the duty editor within one hour",
        ),
        ("How many complaints were upheld by the Marlow Tide in 2022?", "91", "upheld 91 of them"),
        (
            "Are altered pictures used in news at the Marlow Tide?",
            "No.",
            "Pictures made or altered by software are not used in news",
        ),
        (
            "Photographs checked",
            "Photographs are checked by the picture desk before they are used.",
            "Photographs are checked before they are used",
        ),
        (
            "How many reverse image searches does the Marlow Tide's desk run?",
            "Two searches",
            "runs two reverse image searches",
        ),
    ],
    "too_long": [
        (
            "Describe the standards of the Marlow Tide.",
            PASSAGE,
            "Corrections at the Marlow Tide begin with a log",
        ),
        (
            "How does the Marlow Tide check photographs?",
            "The picture desk asks the sender for the original file and runs two reverse image searches. "
            * 16,
            "runs two reverse image searches",
        ),
        (
            "Describe corrections at the Marlow Tide.",
            PASSAGE.split("\n")[1]
            + " In short, "
            + PASSAGE.split("\n")[0]
            + " Once more, "
            + PASSAGE.split("\n")[1],
            "Corrections at the Marlow Tide begin with a log",
        ),
        (
            "Suppose that it is late on a Sunday evening, that the only people left in the newsroom are a trainee and a sub-editor, that a reader has rung to say that a name in the main story on the site is wrong, that another reader has written on social media that the picture is old, and that the editor cannot be reached by telephone because he is on a train without a signal: what, in the order in which it must happen, does the Marlow Tide expect of the duty editor?",
            "The duty editor enters both complaints in the log within one hour.",
            "is entered by the duty editor within one hour",
        ),
        (
            "What does the Marlow Tide do about complaints?",
            "\n".join(
                f"{k}. Every complaint about accuracy, whether it arrives by phone, letter or social media, is entered by the duty editor."
                for k in range(1, 14)
            ),
            "is entered by the duty editor within one hour",
        ),
        (
            "When may the Marlow Tide remove a story?",
            "A story may be taken down only on the advice of the paper's solicitor "
            + "or when publication puts someone in danger, and the decision is signed by the editor, " * 14
            + "Callum Reyes.",
            "the decision is signed by the editor, Callum Reyes",
        ),
    ],
    "wrong_language": [
        (
            "《马洛潮报》怎样记录投诉？",
            "值班编辑在一小时内登记每一宗投诉，记者在下一个工作日结束前书面答复。",
            "is entered by the duty editor within one hour",
        ),
        (
            "How does the Marlow Tide check photographs?",
            "图片部向发送者索要原始文件，比对天气和影子，并作两次反向图片搜索。",
            "The picture desk asks the sender for the original file",
        ),
        (
            "2022年收到多少投诉？",
            "The paper logged 364 complaints in 2022 and upheld 91 of them.",
            "In 2022 the paper logged 364 complaints",
        ),
        (
            "Who signs the decision to take down a story at the Marlow Tide?",
            "Решение подписывает редактор Каллум Рейес по совету юриста газеты.",
            "the decision is signed by the editor, Callum Reyes",
        ),
        (
            "What must a correction note at the Marlow Tide say?",
            "कृपया बताइए कि क्या गलत था, क्या सही है और बदलाव कब किया गया।",
            "The note says what was wrong",
        ),
        (
            "What happens to freelances who hide an alteration?",
            "They lose work. 隐瞒改动的自由撰稿人在十二个月之内不会再得到约稿，报社也会把情况告诉图片部。",
            "not commissioned again for twelve months",
        ),
    ],
}
