"""English wordings: kind → (questions, answer, statement)."""

from __future__ import annotations

Templates = tuple[tuple[str, ...], str, str]

EN: dict[str, Templates] = {
    "present": (
        (
            "Which characters have a part in “$heading” of $book?",
            "Who appears in “$heading” of $book?",
            "Name the main characters of “$heading” in $book.",
        ),
        "$people",
        "The main characters of “$heading” in $book are $people.",
    ),
    "named_most": (
        (
            "In all of $book, which chapter names $name most often?",
            "In which chapter of $book does $name matter most?",
            "To learn about $name from one chapter of $book, which one should be read?",
        ),
        "$heading",
        "In all of $book, “$heading” names $name most often.",
    ),
    "talks_most": (
        (
            "In all of $book, with whom does $name talk most?",
            "Who exchanges the most words with $name in $book?",
            "Which character of $book is $name most often in conversation with?",
        ),
        "$partner",
        "In all of $book, $name talks most with $partner.",
    ),
    "plot": (
        (
            "What happens in “$heading” of $book?",
            "Summarise “$heading” of $book.",
            "Which events does “$heading” of $book tell of?",
        ),
        "$summary",
        "$book, “$heading”: $summary",
    ),
    "title": (
        (
            "What is the title of $ordinal of $book?",
            "What is $ordinal of $book called?",
            "Which title does $ordinal of $book bear?",
        ),
        "$title",
        "$ordinal of $book is called “$title”.",
    ),
    "first_appearance": (
        (
            "In which chapter of $book is $name first mentioned?",
            "Where in $book does the name of $name first come up?",
            "From which chapter of $book on do we know of $name?",
        ),
        "$heading",
        "In $book, $name is first mentioned in “$heading”.",
    ),
    "who_is": (
        (
            "Who is “$alias” in $book?",
            "Which character of $book is meant by “$alias”?",
            "Whose other name is “$alias” in $book?",
        ),
        "$name",
        "In $book, “$alias” is $name.",
    ),
    "alias_since": (
        (
            "From which chapter of $book on is $name called “$alias”?",
            "Where in $book does the name “$alias” for $name begin?",
            "In which chapter of $book does $name become known as “$alias”?",
        ),
        "$heading",
        "From “$heading” on, $name is also called “$alias”.",
    ),
    "said_by": (
        ("Who says “$line”?", "In $book, whose words are these: “$line”?", "Which character of $book says “$line”?"),
        "$name",
        "$name says: “$line”",
    ),
    "reply": (
        (
            "What does $name answer when $asker asks “$line”?",
            "In $book, $asker asks “$line”. What is the reply of $name?",
            "How does $name answer this question of $asker: “$line”?",
        ),
        "“$reply”",
        "$asker asks: “$line” $name answers: “$reply”",
    ),
    "definition": (
        (
            "What is meant by “$term” in $book?",
            "In $book, what do we learn about “$term”?",
            "Explain “$term” as $book does.",
        ),
        "$sentence.",
        "$sentence.",
    ),
    "definition_said": (
        (
            "What does $name say about “$term” in $book?",
            "How does $name explain “$term”?",
            "In the words of $name in $book: what is “$term”?",
        ),
        "“$sentence.”",
        "About “$term”, $name says: “$sentence.”",
    ),
    "meaning": (
        ("What is $term in $book?", "How does $book describe $term?", "In the world of $book, what is $term?"),
        "$what",
        "In $book, $term is $what.",
    ),
    "meaning_said": (
        (
            "What is $term in $book, as $name tells it?",
            "How does $name describe $term?",
            "According to $name in $book, what is $term?",
        ),
        "$what",
        "According to $name, $term is $what.",
    ),
    "law": (
        (
            "What does $term $base in $book?",
            "In $book, what exactly does $term $base?",
            "State what $term ${base}s in $book.",
        ),
        "$what",
        "In $book, $term $verb that $what.",
    ),
    "law_said": (
        (
            "According to $name, what does $term $base?",
            "In $book, what does $term $base, as $name puts it?",
            "What does $name say that $term ${base}s?",
        ),
        "$what",
        "$name says that $term $verb that $what.",
    ),
    "count": (
        (
            "How many $noun $be there $where?",
            "In $book, how many $noun $be there $where?",
            "What is the number of $noun $where in $book?",
        ),
        "$number",
        "In $book, there $be $number $noun $where.",
    ),
    "count_said": (
        (
            "According to $name, how many $noun $be there $where?",
            "In $book, how many $noun does $name say there $be $where?",
            "Which number of $noun $where does $name give in $book?",
        ),
        "$number",
        "According to $name, there $be $number $noun $where.",
    ),
    "about": (
        (
            "What does $book tell of “$term”?",
            "In $book, what do we learn about “$term”?",
            "Name something that is told of “$term” in $book.",
        ),
        "$sentence.",
        "$sentence.",
    ),
    "inscribed": (
        (
            "What is written on the $thing in “$heading” of $book?",
            "In “$heading” of $book, which words stand on the $thing?",
            "Quote the words on the $thing in “$heading” of $book.",
        ),
        "“$what”",
        "In “$heading” of $book, the words on the $thing are “$what”.",
    ),
    "deed": (
        ("Who $deed?", "In “$heading” of $book, who $deed?", "Name the character of $book who $deed."),
        "$name",
        "In $book, $name $deed.",
    ),
    "orders_what": (
        (
            "What is it that $name $verb $other to do in “$heading” of $book?",
            "In “$heading”, $name $verb $other to do something. What?",
            "In $book, $other was the one whom $name $verb in “$heading”: to do what?",
        ),
        "$deed",
        "In $book, $name $verb $other $deed.",
    ),
    "orders_whom": (
        (
            "Whom was it that $name $verb $deed?",
            "In “$heading” of $book, $name $verb somebody $deed. Whom?",
            "In $book, which character is it that $name $verb $deed?",
        ),
        "$other",
        "In “$heading” of $book, $name $verb $other $deed.",
    ),
    "gives_what": (
        (
            "What did $giver $base $taker in “$heading” of $book?",
            "In “$heading” of $book, what did $taker have from $giver?",
            "$giver $verb $taker something in “$heading” of $book. What was it?",
        ),
        "$thing",
        "In $book, $giver $verb $taker $thing.",
    ),
    "gives_whom": (
        (
            "Whom did $giver $base $thing in $book?",
            "In “$heading” of $book, $giver $verb somebody $thing. Whom?",
            "Who had $thing from $giver in $book?",
        ),
        "$taker",
        "In $book, $giver $verb $taker $thing.",
    ),
    "gives_who": (
        (
            "Who $verb $taker $thing?",
            "In “$heading” of $book, who $verb $taker $thing?",
            "From which character of $book did $taker have $thing?",
        ),
        "$giver",
        "In “$heading” of $book, $giver $verb $taker $thing.",
    ),
    "where": (
        (
            "$name $verb somewhere in “$heading” of $book. Where?",
            "In “$heading” of $book, where is it that $name $verb?",
            "What is the place in $book of which “$heading” tells that $name $verb there?",
        ),
        "$place",
        "In “$heading” of $book, $name $verb $place.",
    ),
    "lives": (
        (
            "Where in $book does $name live?",
            "In $book, what is the home of $name?",
            "At which place in $book do we find $name at home?",
        ),
        "$place",
        "In $book, $name $verb $place.",
    ),
    "carries": (
        (
            "In “$heading” of $book, $name $verb something. What?",
            "What is it that $name $verb in “$heading” of $book?",
            "Which thing does “$heading” of $book mention that $name $verb?",
        ),
        "$thing",
        "In “$heading” of $book, $name $verb $thing.",
    ),
    "kin": (
        (
            "In $book, what is $name to $other?",
            "How are $name and $other connected in $book?",
            "What is the relation of $name to $other in $book?",
        ),
        "$name is the $kin of $other",
        "In $book, $name is the $kin of $other.",
    ),
    "role": (
        (
            "Who is $name in $book?",
            "What is $name by office or trade in $book?",
            "Say in a few words who $name is in $book.",
        ),
        "$role",
        "In $book, $name is $role.",
    ),
    "age": (
        (
            "How old is $name in “$heading” of $book?",
            "In “$heading” of $book, what is the age of $name?",
            "How many years old is $name when “$heading” of $book takes place?",
        ),
        "$age",
        "In “$heading” of $book, $name is $age years old.",
    ),
}
