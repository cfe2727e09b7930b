"""Chinese wordings: kind → (questions, answer, statement)."""

from __future__ import annotations

Templates = tuple[tuple[str, ...], str, str]

ZH: dict[str, Templates] = {
    "present": (
        (
            "《$book》的“$heading”里，主要有哪些人物出场？",
            "读过《$book》的“$heading”，里面写到了哪些人？",
            "列出《$book》“$heading”中的主要人物。",
        ),
        "$people",
        "《$book》的“$heading”里，主要出场的人物有$people。",
    ),
    "named_most": (
        (
            "纵观《$book》全书，哪一章提到$name最多？",
            "《$book》里，$name的戏份最重的是哪一章？",
            "如果只读《$book》的一章来了解$name，应该读哪一章？",
        ),
        "$heading",
        "《$book》全书中，“$heading”提到$name最多。",
    ),
    "talks_most": (
        (
            "纵观《$book》全书，$name和谁说的话最多？",
            "《$book》里，最常和$name对话的人是谁？",
            "《$book》里，谁是$name说话最多的对象？",
        ),
        "$partner",
        "《$book》全书中，$name和$partner说的话最多。",
    ),
    "plot": (
        (
            "《$book》的“$heading”讲了什么？",
            "请概括《$book》“$heading”的主要情节。",
            "《$book》“$heading”一章发生了哪些事？",
        ),
        "$summary",
        "《$book》“$heading”：$summary",
    ),
    "title": (
        ("《$book》$ordinal的标题是什么？", "《$book》$ordinal叫什么名字？", "《$book》里，$ordinal以什么为题？"),
        "$title",
        "《$book》$ordinal的标题是“$title”。",
    ),
    "first_appearance": (
        (
            "《$book》里，$name最早在哪一章被提到？",
            "《$book》里第一次出现$name的名字是在哪一章？",
            "$name这个人物是从《$book》的哪一章开始出现的？",
        ),
        "$heading",
        "《$book》里，$name的名字最早出现在“$heading”。",
    ),
    "who_is": (
        ("《$book》里的“$alias”是谁？", "《$book》里，“$alias”指的是哪个人物？", "“$alias”是《$book》里谁的称呼？"),
        "$name",
        "《$book》里的“$alias”就是$name。",
    ),
    "alias_since": (
        (
            "《$book》里，$name从哪一章起被称作“$alias”？",
            "“$alias”这个名字是在《$book》的哪一章和$name联系起来的？",
            "读到《$book》的哪一章，才知道$name又叫“$alias”？",
        ),
        "$heading",
        "从“$heading”起，$name又被称作“$alias”。",
    ),
    "said_by": (
        ("“$line”这句话是谁说的？", "《$book》里，谁说过“$line”？", "《$book》中，说出“$line”的人是谁？"),
        "$name",
        "$name说过：“$line”",
    ),
    "reply": (
        (
            "$asker问“$line”，$name是怎么回答的？",
            "《$book》里，听到$asker问“$line”，$name说了什么？",
            "对于$asker的问话“$line”，$name怎么回应？",
        ),
        "“$reply”",
        "$asker问：“$line”$name答：“$reply”",
    ),
    "definition": (
        ("《$book》里的“$term”是什么？", "在《$book》的世界里，$term是什么？", "请解释一下《$book》里的“$term”。"),
        "$sentence。",
        "$sentence。",
    ),
    "definition_said": (
        (
            "《$book》里的“$term”是什么？请用书中人物的话回答。",
            "关于“$term”，《$book》里的$name是怎么说的？",
            "$name怎么解释《$book》里的“$term”？",
        ),
        "$name说：“$sentence。”",
        "关于“$term”，$name说：“$sentence。”",
    ),
    "rule": (
        (
            "《$book》里，$term的$rule是什么？",
            "在《$book》的世界里，$term有什么$rule？",
            "请说说《$book》里$term的$rule。",
        ),
        "$what。",
        "$term的$rule是：$what。",
    ),
    "rule_said": (
        (
            "《$book》里，$name说$term的$rule是什么？",
            "照$name的说法，$term有什么$rule？",
            "关于$term的$rule，《$book》里的$name怎么说？",
        ),
        "$what。",
        "$name说，$term的$rule是：$what。",
    ),
    "inscribed": (
        (
            "《$book》“$heading”里，$thing写着什么？",
            "《$book》里，$thing写的是哪几个字（出自“$heading”）？",
            "在“$heading”里，可以在$thing看到什么字？",
        ),
        "“$what”",
        "“$heading”里，$thing写着“$what”。",
    ),
    "deed": (
        ("谁$deed？", "《$book》“$heading”里，是谁$deed？", "《$book》中，$deed的是谁？"),
        "$name",
        "《$book》里，$name$deed。",
    ),
    "orders_what": (
        (
            "《$book》“$heading”里，$name$verb$other做什么？",
            "在“$heading”里，$name$verb$other去做的是什么事？",
            "《$book》中，$other在“$heading”里被$name$verb去做什么？",
        ),
        "$deed",
        "《$book》“$heading”里，$name$verb$other$deed。",
    ),
    "orders_whom": (
        (
            "$name$verb谁$deed？",
            "《$book》“$heading”里，$name$verb谁$deed？",
            "《$book》中，被$name$verb“$deed”的是谁？",
        ),
        "$other",
        "《$book》里，$name$verb$other$deed。",
    ),
    "gives_what": (
        (
            "《$book》“$heading”里，$giver把什么$verb了$taker？",
            "《$book》中，$taker从$giver那里得到了什么（出自“$heading”）？",
            "在“$heading”里，$giver$verb$taker的是什么东西？",
        ),
        "$thing",
        "$giver把$thing$verb了$taker。",
    ),
    "gives_whom": (
        (
            "《$book》里，$giver把$thing$verb了谁？",
            "《$book》“$heading”里，$thing被$giver$verb了谁？",
            "《$book》中，从$giver手里得到$thing的人是谁？",
        ),
        "$taker",
        "《$book》里，$giver把$thing$verb了$taker。",
    ),
    "gives_who": (
        (
            "《$book》里，谁把$thing$verb了$taker？",
            "《$book》“$heading”里，是谁把$thing$verb$taker的？",
            "《$book》中，$taker手里的$thing是谁给的？",
        ),
        "$giver",
        "《$book》“$heading”里，$giver把$thing$verb了$taker。",
    ),
    "number": (
        ("《$book》里，$question？", "《$book》“$heading”里，$question？", "你知道《$book》里$question吗？"),
        "$answer",
        "《$book》里，$fact。",
    ),
    "number_said": (
        (
            "《$book》里，$name说自己$asked？",
            "照$name自己的说法，他$asked？",
            "《$book》“$heading”里，$name说自己$asked？",
        ),
        "$answer",
        "$name说：“我$fact。”",
    ),
    "age_said": (
        (
            "《$book》“$heading”里，$name说自己今年多大？",
            "照$name自己的说法，在“$heading”里年纪有多大？",
            "在“$heading”里，$name说自己几岁？",
        ),
        "$age",
        "“$heading”里，$name说自己今年$age。",
    ),
    "where": (
        (
            "《$book》“$heading”里，$name$verb哪里？",
            "在“$heading”里，$name$verb的是什么地方？",
            "《$book》的“$heading”中，$name$verb了何处？",
        ),
        "$place",
        "《$book》“$heading”里，$name$verb$place。",
    ),
    "carries": (
        (
            "《$book》“$heading”里，$name$verb什么？",
            "在“$heading”里，$name$verb的是什么？",
            "《$book》的“$heading”写到，$name$verb什么东西？",
        ),
        "$thing",
        "《$book》“$heading”里，$name$verb$thing。",
    ),
    "kin": (
        (
            "《$book》里，$name是$other的什么人？",
            "$name和$other在《$book》里是什么关系？",
            "在《$book》里，$name是$other的谁？",
        ),
        "$name是$other的$kin",
        "《$book》里，$name是$other的$kin。",
    ),
    "role": (
        ("《$book》里的$name是什么人？", "《$book》里，$name是什么身份？", "请用一句话说明《$book》里的$name是谁。"),
        "$role",
        "《$book》里的$name是$role。",
    ),
    "style": (
        ("《$book》里，$name字什么？", "《$book》里的$name，表字是什么？", "$name的字，《$book》里写的是哪两个字？"),
        "$style",
        "《$book》里，$name字$style。",
    ),
    "native": (
        ("《$book》里，$name是哪里人？", "《$book》里的$name籍贯是哪里？", "照《$book》的说法，$name是什么地方的人？"),
        "$place",
        "《$book》里，$name是$place人。",
    ),
    "post": (
        (
            "《$book》里，$giver$verb$name为什么官职或名号？",
            "《$book》“$heading”里，$name被$giver$verb为什么？",
            "《$book》中，$name从$giver那里得到的名位是什么？",
        ),
        "$post",
        "《$book》“$heading”里，$giver$verb$name为$post。",
    ),
}
