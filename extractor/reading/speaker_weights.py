"""Weights of the features of `speakers` and the measured precision of its guesses.

Both were fitted by tests/gold/fit_speakers.py on novels annotated the way of PDNC (Vishnubhotla et al. 2022) and on
the gold of the demo novels; the fit is an averaged structured perceptron (Collins 2002).
"""

from __future__ import annotations

from collections.abc import Mapping


def _read(table: str) -> dict[str, float]:
    """Read `feature words weight; feature words weight; ...`."""
    entries = (entry.rpartition(" ") for entry in " ".join(table.split()).split(";") if entry.strip())
    return {feature.strip(): float(weight) for feature, _, weight in entries}


WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "en": _read("""
    addressed -2.42; addressed after near 0.03; addressed after next 1.45; addressed after same -0.17;
    addressed before near -0.33; addressed before next 2.73; beat after I narrator 0.35; beat after I person -0.35;
    beat after fits nothing 0.26; beat after fits noun -0.10; beat after fits pronoun 0.23; beat after is beat 0.29;
    beat after is pronoun -0.08; beat after not nothing -0.11; beat after not noun 0.10;
    beat after not pronoun 0.13; beat after other beat -0.29; beat after other pronoun 0.08;
    beat after unknown nothing -0.15; beat after unknown pronoun -0.36; beat before I narrator 0.17;
    beat before I person -0.17; beat before fits beat 0.09; beat before fits nothing 1.00;
    beat before fits pronoun 0.12; beat before is beat 1.11; beat before is noun 0.16; beat before is pronoun 0.96;
    beat before not beat -0.06; beat before not nothing -0.92; beat before other beat -1.11;
    beat before other noun -0.16; beat before other pronoun -0.96; beat before unknown beat -0.04;
    beat before unknown nothing -0.08; beat before unknown pronoun -0.12; beat between I narrator -0.03;
    beat between I person 0.03; beat between fits beat 0.05; beat between fits nothing 0.90;
    beat between is beat 0.83; beat between is pronoun 0.04; beat between not beat -0.05;
    beat between not nothing -0.90; beat between other beat -0.83; beat between other pronoun -0.04;
    before far beat b 0.08; before far far -0.04; before far name b 0.04; before far near 0.20;
    before far next 0.17; before far nothing - -0.19; before far nothing b 0.27; before far noun b 0.06;
    before far pronoun b 0.08; before near beat b -0.21; before near name b 0.38; before near near 0.04;
    before near next 0.26; before near nothing b -0.05; before near noun b 0.04; before near pronoun b 0.08;
    before near same -0.05; before next beat b -0.34; before next far -0.17; before next name b 0.67;
    before next near 0.13; before next next 1.17; before next nothing - 0.75; before next nothing b -0.12;
    before next noun b -0.07; before next pronoun b -0.11; before next same -0.34; before same beat b 0.25;
    before same name b 0.09; before same next 0.08; before same nothing - 0.10; before same nothing b -0.25;
    before same noun b 0.25; before same pronoun b -0.28; before same same 0.07; beside first beat 0.99;
    beside first nothing 0.57; beside first noun 0.48; beside first pronoun 0.96; beside later beat 0.22;
    beside later nothing 0.18; beside later noun 0.16; beside later pronoun -0.03; chapter 0 0.28; chapter 3 -0.09;
    chapter 8 -0.21; gender fits noun 0.24; gender fits pronoun 1.37; gender unknown noun -0.24;
    gender unknown pronoun -1.37; kind narrator nothing 0.89; kind narrator pronoun -0.38;
    kind person nothing -0.89; kind person pronoun 0.38; last far 0.27; last far name b 0.28;
    last far nothing - -0.15; last far nothing b 0.10; last far noun b 0.08; last near 0.63; last near name b 0.14;
    last near nothing - 0.34; last near nothing b 0.09; last near noun b -0.14; last near pronoun b 0.16;
    last next -0.37; last next beat b 0.34; last next name b -1.01; last next nothing - -0.70;
    last next nothing b 0.62; last next noun b -0.11; last next pronoun b 0.49; last same 0.25;
    last same beat b -0.25; last same name b -0.17; last same nothing - -0.03; last same nothing b 0.24;
    last same noun b -0.07; last same pronoun b 0.53; named -1.51; named before near -0.44; named before next -0.60;
    named before same 0.07; new far beat b -0.09; new far name b -0.31; new far nothing - 0.35;
    new far nothing b -0.37; new far noun b -0.14; new far pronoun b -0.05; new near beat b 0.18;
    new near name b -0.53; new near nothing - -0.34; new near nothing b -0.04; new near noun b 0.10;
    new near pronoun b -0.24; new next name b 0.34; new next nothing - -0.05; new next nothing b -0.49;
    new next noun b 0.18; new next pronoun b -0.38; new same name b 0.08; new same nothing - -0.07;
    new same noun b -0.18; new same pronoun b -0.25; object beat 0.41; object noun 0.06; object pronoun -0.27;
    present 0 beat -0.12; present 0 nothing 0.06; present 0 noun -0.40; present 0 pronoun 0.18;
    present 1 beat -0.12; present 1 nothing 0.17; present 1 noun 0.20; present 1 pronoun 0.13;
    present less beat 0.24; present less nothing -0.23; present less noun 0.20; present less pronoun -0.31;
    rank 0 beat 0.53; rank 0 nothing 0.42; rank 0 noun 0.82; rank 0 pronoun 0.94; rank 1 beat 0.25;
    rank 1 nothing 0.20; rank 1 noun 0.38; rank 2 beat -0.38; rank 2 nothing -0.04; rank 2 noun -0.30;
    rank 3 beat -0.31; rank 3 nothing -0.10; rank 3 noun -0.48; rank 3 pronoun -0.33; seen 0 beat 0.99;
    seen 0 nothing 0.56; seen 0 pronoun 0.95; seen 1 beat -0.42; seen 1 nothing -0.29; seen 1 noun -0.15;
    seen 1 pronoun 0.70; seen 12 beat -0.06; seen 12 nothing 0.08; seen 12 noun 0.11; seen 12 pronoun -0.41;
    seen 3 beat -0.31; seen 3 nothing 0.15; seen 3 noun 0.31; seen 3 pronoun -0.40; seen 7 beat -0.12;
    seen 7 noun 0.17; seen 7 pronoun -0.23; subject beat 0.26; subject nothing 0.40; subject noun -0.20;
    subject pronoun 0.24; unseen beat -0.10; unseen nothing -0.48; unseen noun -0.42; unseen pronoun -0.60;
    """),
    "zh": _read("""
    addressed -2.04; addressed after near 0.19; addressed after next 1.33; addressed after same -0.18;
    addressed before near 0.19; addressed before next 2.77; beat after I narrator 0.24; beat after I person -0.24;
    beat after fits nothing 0.63; beat after fits noun -0.05; beat after fits pronoun 0.26; beat after is beat 0.59;
    beat after is noun 0.04; beat after is pronoun -0.36; beat after not nothing -0.53; beat after not noun 0.05;
    beat after not pronoun 0.10; beat after other beat -0.59; beat after other noun -0.04;
    beat after other pronoun 0.36; beat after unknown nothing -0.10; beat after unknown pronoun -0.36;
    beat before I narrator 0.10; beat before I person -0.10; beat before fits nothing 0.83;
    beat before fits noun 0.05; beat before fits pronoun 0.16; beat before is beat 1.04; beat before is elided 0.99;
    beat before is noun 0.05; beat before is pronoun 0.97; beat before not elided 0.15;
    beat before not nothing -0.71; beat before not noun -0.05; beat before other beat -1.04;
    beat before other elided -0.99; beat before other noun -0.05; beat before other pronoun -0.97;
    beat before unknown elided -0.15; beat before unknown nothing -0.12; beat before unknown pronoun -0.16;
    beat between fits beat 0.04; beat between fits nothing 1.46; beat between is beat 1.69;
    beat between is noun 0.08; beat between is pronoun 0.10; beat between not beat -0.04;
    beat between not nothing -1.38; beat between other beat -1.69; beat between other noun -0.08;
    beat between other pronoun -0.10; beat between unknown nothing -0.08; before far beat b -0.26;
    before far elided b 0.10; before far far -0.29; before far name b 0.46; before far near 0.12;
    before far next 0.06; before far nothing - -0.35; before far nothing b 0.14; before far noun b -0.26;
    before far pronoun b 0.03; before near beat b 0.17; before near elided b -0.05; before near far -0.42;
    before near name b 0.08; before near near 0.54; before near next 0.29; before near nothing - 0.06;
    before near nothing b 0.52; before near noun b -0.38; before next beat b -0.12; before next elided b -0.68;
    before next far -0.29; before next name b 0.52; before next near 0.19; before next next 1.24;
    before next nothing - 0.60; before next nothing b 0.20; before next noun b 0.17; before next pronoun b -0.14;
    before next same -0.59; before same elided b -0.10; before same far -0.10; before same name b 0.18;
    before same near 0.13; before same next -0.13; before same nothing - -0.07; before same nothing b -0.29;
    before same noun b 0.47; before same pronoun b -0.35; before same same -0.05; beside first beat 1.97;
    beside first elided -0.26; beside first nothing 1.71; beside first noun 0.45; beside first pronoun 0.24;
    beside later beat -0.31; beside later elided 0.50; beside later nothing 0.44; beside later noun 0.27;
    beside later pronoun 0.21; chapter 0 0.28; chapter 1 0.04; chapter 3 -0.14; chapter 8 -0.18; colon -0.08;
    gender fits noun 0.40; gender fits pronoun 0.73; gender unknown noun -0.40; gender unknown pronoun -0.73;
    kind narrator beat 0.09; kind narrator nothing 0.88; kind narrator pronoun -0.39; kind person beat -0.09;
    kind person nothing -0.88; kind person pronoun 0.39; last far 0.30; last far beat b 0.80;
    last far elided b -0.12; last far name b -0.28; last far nothing - 0.07; last far noun b -0.09;
    last far pronoun b -0.09; last near 0.35; last near beat b 0.17; last near elided b -0.13;
    last near name b 0.28; last near nothing - 0.19; last near nothing b -0.26; last near noun b -0.04;
    last near pronoun b 0.14; last next -0.53; last next beat b -0.14; last next elided b 0.39;
    last next name b -0.67; last next nothing - -0.55; last next nothing b 0.15; last next noun b -0.20;
    last next pronoun b 0.50; last same 0.07; last same beat b -0.10; last same elided b 0.15;
    last same name b -0.34; last same nothing b 0.14; last same noun b -0.10; last same pronoun b 0.33; named -1.05;
    named before near 0.26; named before next -0.58; named before same 0.31; new far beat b -0.55;
    new far name b -0.17; new far nothing - 0.28; new far nothing b -0.14; new far noun b 0.35;
    new far pronoun b 0.05; new near beat b -0.34; new near elided b 0.18; new near name b -0.36;
    new near nothing - -0.25; new near nothing b -0.27; new near noun b 0.42; new near pronoun b -0.12;
    new next beat b 0.26; new next elided b 0.29; new next name b 0.15; new next nothing - -0.05;
    new next nothing b -0.34; new next noun b 0.03; new next pronoun b -0.36; new same beat b 0.11;
    new same elided b -0.05; new same name b 0.16; new same nothing - 0.08; new same nothing b 0.14;
    new same noun b -0.37; object beat 0.43; object elided 1.08; object nothing -0.57; object noun 0.26;
    object pronoun -0.78; present 0 beat -0.17; present 0 elided -0.07; present 0 nothing 0.11;
    present 0 noun -0.56; present 0 pronoun 0.03; present 1 beat -0.20; present 1 elided 0.04;
    present 1 nothing 0.11; present 1 noun 0.31; present 1 pronoun 0.12; present less beat 0.37;
    present less elided 0.04; present less nothing -0.22; present less noun 0.26; present less pronoun -0.15;
    rank 0 beat 0.72; rank 0 elided 0.57; rank 0 nothing 0.53; rank 0 noun 0.84; rank 0 pronoun 0.77;
    rank 1 beat 0.44; rank 1 elided -0.06; rank 1 nothing 0.20; rank 1 noun 0.39; rank 1 pronoun 0.17;
    rank 2 beat -0.80; rank 2 elided -0.27; rank 2 nothing -0.07; rank 2 noun -0.29; rank 2 pronoun 0.25;
    rank 3 beat -0.39; rank 3 elided -0.29; rank 3 nothing -0.19; rank 3 noun -0.33; rank 3 pronoun -0.29;
    seen 0 beat 1.28; seen 0 elided 0.53; seen 0 nothing 1.01; seen 0 noun 0.68; seen 0 pronoun 1.20;
    seen 1 beat -0.82; seen 1 elided -0.18; seen 1 nothing -0.76; seen 1 pronoun 0.86; seen 12 beat 0.09;
    seen 12 elided -0.41; seen 12 nothing -0.07; seen 12 noun 0.17; seen 12 pronoun -0.62; seen 3 beat -0.44;
    seen 3 elided -0.32; seen 3 nothing 0.25; seen 3 noun -0.12; seen 3 pronoun -0.16; seen 7 beat -0.15;
    seen 7 elided 0.34; seen 7 nothing 0.03; seen 7 noun -0.10; seen 7 pronoun -0.38; subject beat -0.28;
    subject elided 0.41; subject nothing 0.28; subject noun -0.47; subject pronoun 0.19; unseen beat 0.03;
    unseen elided 0.04; unseen nothing -0.47; unseen noun -0.61; unseen pronoun -0.89;
    """),
}
# evidence -> (lead below this, share of such guesses that are right), rising leads
PRECISION: Mapping[str, tuple[tuple[float, float], ...]] = {
    "name": ((float("inf"), 0.95),),
    "pronoun": (
        (1, 0.55),
        (float("inf"), 0.8),
    ),
    "noun": (
        (1, 0.45),
        (float("inf"), 0.7),
    ),
    "elided": (
        (1, 0.6),
        (float("inf"), 0.8),
    ),
    "beat": (
        (1, 0.5),
        (float("inf"), 0.75),
    ),
    "nothing": (
        (1, 0.4),
        (float("inf"), 0.65),
    ),
}
