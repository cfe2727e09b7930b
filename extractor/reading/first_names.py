"""First names of English novels: whose they are, and which are short forms of which."""

from __future__ import annotations

from extractor.reading.lexicon import words

MALE_FIRST = frozenset(
    words(
        """
    john william james george charles thomas henry robert edward joseph richard david peter paul mark luke
    matthew andrew philip stephen michael daniel samuel benjamin simon martin frank fred frederick harry jack tom
    tim bill will bob dick ned ted jim joe sam ben dan mike nick nicholas oliver arthur albert alfred walter
    ralph roger hugh leonard adam isaac jacob abraham noah christopher anthony antony francis patrick edmund
    edgar ernest eric harold herbert howard lawrence laurence lewis louis oscar percy philip sherlock sidney
    stanley theodore victor vincent jonathan nathaniel gilbert geoffrey godfrey gerald bertram basil cecil
    clarence clement cyril denis dominic duncan eugene felix giles guy horace humphrey jasper jerome jeremy
    julian kenneth leo lionel malcolm maurice miles neville nigel norman rupert silas solomon tobias toby
    ebenezer ambrose augustus barnaby bartholomew caleb cornelius elijah ezra gabriel hector hiram jonas joshua
    josiah marcus moses obadiah phineas reginald rufus seth timothy uriah zachary pedro juan carlos pablo luis
    jake kevin brian steve alan alex ryan jason eric sean scott gary
    """
    )
)
FEMALE_FIRST = frozenset(
    words(
        """
    mary elizabeth jane anne ann anna catherine katherine kate margaret sarah alice emily emma charlotte caroline
    helen ellen eleanor harriet louisa lucy lydia maria martha nancy rebecca rachel ruth susan sophia sophie
    victoria julia juliet laura lily rose dorothy dolly daisy edith ethel eva eve evelyn fanny florence frances
    georgiana gertrude grace hannah ida irene isabel isabella ivy janet jenny jessie joan josephine judith kitty
    lizzy eliza betsy bessie bess mabel madge maggie marian marianne marion matilda maud may mildred minnie
    miriam molly nell nellie nora olive olivia patience peggy penelope phoebe phyllis polly priscilla prudence
    rosalind rosamond rosa sally selina sylvia theresa ursula viola violet virginia winifred agnes amelia amy
    angela arabella audrey beatrice bertha blanche brett cecilia celia clara constance cordelia deborah diana
    dinah dora esther flora gladys henrietta hester hilda jemima leonora letitia lavinia mercy myrtle naomi
    tabitha jo beth meg jennifer linda jessica lisa michelle karen amanda stephanie nicole heather julie
    christine
    """
    )
)
# formal name, then its short forms
_SHORT_FORMS = """
    abraham abe
    albert bertie bert al
    alexander alec alex sandy
    anne nancy annie
    anthony tony
    archibald archie
    augustus gus
    benjamin ben
    catherine kate kitty cathy
    charles charley charlie
    charlotte lottie
    christopher kit
    daniel dan
    david davy dave
    dorothea dora dolly
    dorothy dot
    edward ned ted teddy ed
    eleanor nellie nora
    elizabeth lizzy eliza bess beth betsy lizzie betty
    ellen nell nelly
    frances fanny
    francis frank
    frederick fred freddy
    henry harry hal
    isaac ike
    jacob jake
    james jim jimmy jem
    jane jenny janey
    john jack johnny
    joseph joe
    josephine jo
    joshua josh
    leonard lenny len
    magdalen mag
    margaret meg maggie peggy
    mary molly polly
    matthew matt
    michael mike
    mildred milly
    nancy nance
    nathaniel nat
    nicholas nick
    philip pip phil
    rebecca becky
    richard dick rick
    robert bob rob bobby
    rose rosie
    samuel sam
    sarah sally
    stephen steve
    susan susy sue
    theresa tess
    thomas tom tommy
    timothy tim
    tobias toby
    victoria vicky
    walter wat walt
    wilhelmina minnie
    william bill will billy willie
    winifred winnie
"""
NICKNAMES = {short: line.split()[0] for line in _SHORT_FORMS.strip().splitlines() for short in line.split()[1:]}
