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
    addressed -2.02; addressed after near 0.12; addressed after next 1.61; addressed after same -0.20;
    addressed before near -0.27; addressed before next 2.72; beat after I narrator 0.38; beat after I person -0.38;
    beat after fits nothing 0.47; beat after fits noun -0.07; beat after fits pronoun 0.17; beat after is beat 0.28;
    beat after is noun -0.09; beat after is pronoun -0.06; beat after not nothing -0.41; beat after not noun 0.07;
    beat after not pronoun 0.12; beat after other beat -0.28; beat after other noun 0.09;
    beat after other pronoun 0.06; beat after unknown nothing -0.06; beat after unknown pronoun -0.29;
    beat before I narrator 0.20; beat before I person -0.20; beat before fits beat 0.12;
    beat before fits nothing 0.86; beat before fits pronoun 0.11; beat before is beat 0.99;
    beat before is noun 0.24; beat before is pronoun 0.90; beat before not beat -0.10;
    beat before not nothing -0.86; beat before other beat -0.99; beat before other noun -0.24;
    beat before other pronoun -0.90; beat before unknown pronoun -0.11; beat between fits nothing 0.83;
    beat between is beat 0.81; beat between is pronoun 0.06; beat between not nothing -0.75;
    beat between other beat -0.81; beat between other pronoun -0.06; beat between unknown nothing -0.09;
    before far beat b 0.07; before far name b 0.09; before far near -0.05; before far next 0.11;
    before far nothing - -0.26; before far noun b 0.03; before far same -0.10; before near beat b -0.18;
    before near far -0.13; before near name b 0.30; before near near 0.16; before near next 0.32;
    before near nothing - -0.03; before near nothing b -0.10; before near noun b 0.18; before near pronoun b 0.10;
    before near same -0.08; before next beat b -0.22; before next far -0.10; before next name b 0.57;
    before next near 0.30; before next next 1.25; before next nothing - 0.76; before next nothing b 0.03;
    before next noun b -0.04; before next pronoun b -0.12; before next same -0.47; before same beat b 0.16;
    before same name b 0.23; before same near 0.05; before same next -0.15; before same nothing - 0.17;
    before same nothing b -0.33; before same noun b 0.08; before same pronoun b -0.21; before same same 0.21;
    beside first beat 0.91; beside first nothing 0.57; beside first noun 0.63; beside first pronoun 0.93;
    beside later beat 0.06; beside later nothing 0.14; beside later noun 0.11; beside later pronoun -0.06;
    chapter 0 0.25; chapter 1 -0.05; chapter 3 -0.07; chapter 8 -0.13; gender fits noun 0.35;
    gender fits pronoun 1.27; gender unknown noun -0.35; gender unknown pronoun -1.27; kind narrator nothing 0.89;
    kind person nothing -0.87; last far 0.21; last far beat b 0.04; last far name b 0.18; last far nothing - -0.07;
    last far nothing b 0.18; last far noun b -0.06; last far pronoun b -0.07; last near 0.59; last near beat b 0.05;
    last near name b 0.10; last near nothing - 0.39; last near nothing b 0.13; last near noun b -0.28;
    last near pronoun b 0.20; last next -0.39; last next beat b 0.36; last next name b -0.87;
    last next nothing - -0.69; last next nothing b 0.42; last next noun b -0.20; last next pronoun b 0.60;
    last same 0.53; last same beat b -0.08; last same name b -0.19; last same nothing - -0.12;
    last same nothing b 0.41; last same noun b -0.03; last same pronoun b 0.53; named -1.31;
    named before near -0.39; named before next -0.95; named before same 0.19; new far beat b -0.11;
    new far name b -0.27; new far nothing - 0.33; new far nothing b -0.21; new far pronoun b 0.06;
    new near beat b 0.13; new near name b -0.41; new near nothing - -0.35; new near noun b 0.11;
    new near pronoun b -0.30; new next beat b -0.14; new next name b 0.30; new next nothing - -0.07;
    new next nothing b -0.45; new next noun b 0.24; new next pronoun b -0.47; new same beat b -0.08;
    new same name b -0.05; new same nothing - -0.06; new same nothing b -0.09; new same noun b -0.05;
    new same pronoun b -0.32; object beat 0.44; object nothing 0.08; object noun -0.04; object pronoun -0.25;
    present 0 beat -0.36; present 0 nothing 0.10; present 0 noun -0.47; present 0 pronoun 0.11; present 1 beat 0.08;
    present 1 nothing 0.14; present 1 noun 0.28; present 1 pronoun 0.10; present less beat 0.28;
    present less nothing -0.24; present less noun 0.19; present less pronoun -0.20; rank 0 beat 0.54;
    rank 0 nothing 0.37; rank 0 noun 0.76; rank 0 pronoun 0.86; rank 1 beat 0.17; rank 1 nothing 0.21;
    rank 1 noun 0.39; rank 1 pronoun 0.06; rank 2 beat -0.24; rank 2 noun -0.33; rank 2 pronoun 0.17;
    rank 3 beat -0.37; rank 3 nothing -0.08; rank 3 noun -0.44; rank 3 pronoun -0.27; seen 0 beat 1.04;
    seen 0 nothing 0.69; seen 0 noun -0.13; seen 0 pronoun 1.39; seen 1 beat -0.33; seen 1 nothing -0.27;
    seen 1 noun -0.03; seen 1 pronoun 0.85; seen 12 beat -0.13; seen 12 noun 0.08; seen 12 pronoun -0.56;
    seen 3 beat -0.37; seen 3 nothing 0.09; seen 3 noun 0.30; seen 3 pronoun -0.42; seen 7 beat -0.11;
    seen 7 noun 0.16; seen 7 pronoun -0.45; subject beat 0.53; subject nothing 0.38; subject noun -0.11;
    subject pronoun 0.19; unseen beat -0.10; unseen nothing -0.51; unseen noun -0.38; unseen pronoun -0.82;
    """),
    "zh": _read("""
    addressed -1.99; addressed after near 0.35; addressed after next 1.44; addressed after same -0.20;
    addressed before near 0.27; addressed before next 2.76; addressed before same -0.20; beat after I narrator 0.21;
    beat after I person -0.21; beat after fits nothing 0.38; beat after fits noun -0.05;
    beat after fits pronoun 0.20; beat after is beat 0.67; beat after is elided -0.10; beat after is pronoun -0.39;
    beat after not nothing -0.30; beat after not noun 0.05; beat after not pronoun 0.10;
    beat after other beat -0.67; beat after other elided 0.10; beat after other pronoun 0.39;
    beat after unknown nothing -0.08; beat after unknown pronoun -0.30; beat before I narrator 0.15;
    beat before I person -0.15; beat before fits beat 0.08; beat before fits nothing 1.00;
    beat before fits pronoun 0.17; beat before is beat 1.17; beat before is elided 0.92; beat before is noun 0.08;
    beat before is pronoun 0.92; beat before not beat -0.09; beat before not elided 0.20;
    beat before not nothing -0.94; beat before other beat -1.17; beat before other elided -0.92;
    beat before other noun -0.08; beat before other pronoun -0.92; beat before unknown elided -0.20;
    beat before unknown nothing -0.07; beat before unknown pronoun -0.17; beat between I narrator -0.03;
    beat between I person 0.03; beat between fits beat 0.05; beat between fits nothing 1.39;
    beat between is beat 1.87; beat between is noun 0.08; beat between is pronoun 0.04; beat between not beat -0.05;
    beat between not nothing -1.28; beat between other beat -1.87; beat between other noun -0.08;
    beat between other pronoun -0.04; beat between unknown nothing -0.11; before far beat b -0.32;
    before far elided b 0.07; before far far -0.27; before far name b 0.40; before far next 0.11;
    before far nothing - -0.29; before far nothing b 0.22; before far noun b -0.30; before far same -0.07;
    before near beat b 0.11; before near elided b -0.09; before near far -0.24; before near name b 0.12;
    before near near 0.37; before near next 0.25; before near nothing - 0.04; before near nothing b 0.57;
    before near noun b -0.30; before near pronoun b -0.08; before next beat b 0.04; before next elided b -0.36;
    before next far -0.26; before next name b 0.51; before next near 0.14; before next next 1.26;
    before next nothing - 0.63; before next nothing b 0.05; before next noun b -0.07; before next pronoun b -0.15;
    before next same -0.50; before same beat b 0.06; before same elided b -0.11; before same far -0.21;
    before same name b 0.23; before same near 0.13; before same next -0.10; before same nothing - -0.03;
    before same nothing b -0.28; before same noun b 0.36; before same pronoun b -0.42; beside first beat 2.08;
    beside first elided -0.05; beside first nothing 1.56; beside first noun 0.62; beside first pronoun 0.06;
    beside later beat -0.13; beside later elided 0.59; beside later nothing 0.46; beside later noun 0.12;
    beside later pronoun -0.08; chapter 0 0.22; chapter 1 0.04; chapter 3 -0.15; chapter 8 -0.10; colon -0.04;
    gender fits noun 0.35; gender fits pronoun 0.78; gender unknown noun -0.35; gender unknown pronoun -0.78;
    kind group beat 0.36; kind group nothing -0.37; kind narrator beat 0.03; kind narrator nothing 1.07;
    kind person beat -0.39; kind person nothing -0.71; last far 0.21; last far beat b 0.83; last far elided b -0.08;
    last far name b -0.24; last far nothing - 0.10; last far nothing b -0.15; last far noun b -0.12;
    last far pronoun b -0.13; last near 0.28; last near beat b 0.12; last near elided b -0.06;
    last near name b 0.29; last near nothing - 0.16; last near nothing b -0.49; last near pronoun b 0.26;
    last next -0.55; last next beat b -0.25; last next name b -0.67; last next nothing - -0.49;
    last next nothing b 0.31; last next noun b 0.03; last next pronoun b 0.55; last same 0.17;
    last same beat b -0.08; last same elided b 0.13; last same name b -0.38; last same nothing - -0.15;
    last same nothing b 0.26; last same noun b -0.13; last same pronoun b 0.52; named -1.08; named before near 0.21;
    named before next -0.75; named before same 0.25; new far beat b -0.52; new far name b -0.15;
    new far nothing - 0.20; new far nothing b -0.07; new far noun b 0.42; new far pronoun b 0.14;
    new near beat b -0.22; new near elided b 0.15; new near name b -0.41; new near nothing - -0.21;
    new near nothing b -0.09; new near noun b 0.30; new near pronoun b -0.19; new next beat b 0.21;
    new next elided b 0.39; new next name b 0.16; new next nothing - -0.14; new next nothing b -0.36;
    new next noun b 0.04; new next pronoun b -0.39; new same name b 0.15; new same nothing - 0.18;
    new same noun b -0.23; new same pronoun b -0.10; object beat 0.38; object elided 1.18; object nothing -0.39;
    object noun 0.33; object pronoun -1.03; present 0 beat -0.12; present 0 elided -0.08; present 0 nothing 0.10;
    present 0 noun -0.46; present 0 pronoun 0.06; present 1 beat -0.27; present 1 nothing 0.14; present 1 noun 0.26;
    present 1 pronoun 0.12; present less beat 0.39; present less elided 0.07; present less nothing -0.24;
    present less noun 0.20; present less pronoun -0.18; rank 0 beat 0.71; rank 0 elided 0.46; rank 0 nothing 0.47;
    rank 0 noun 0.84; rank 0 pronoun 0.69; rank 1 beat 0.37; rank 1 elided -0.08; rank 1 nothing 0.22;
    rank 1 noun 0.41; rank 1 pronoun 0.21; rank 2 beat -0.55; rank 2 elided -0.29; rank 2 nothing -0.07;
    rank 2 noun -0.22; rank 2 pronoun 0.28; rank 3 beat -0.38; rank 3 elided -0.14; rank 3 nothing -0.10;
    rank 3 noun -0.44; rank 3 pronoun -0.19; seen 0 beat 1.13; seen 0 elided 0.78; seen 0 nothing 1.01;
    seen 0 noun 0.65; seen 0 pronoun 1.32; seen 1 beat -0.79; seen 1 elided -0.20; seen 1 nothing -0.68;
    seen 1 noun -0.22; seen 1 pronoun 0.90; seen 12 beat 0.24; seen 12 elided -0.37; seen 12 nothing -0.05;
    seen 12 noun 0.19; seen 12 pronoun -0.64; seen 3 beat -0.40; seen 3 nothing 0.24; seen 3 noun -0.06;
    seen 3 pronoun -0.16; seen 7 beat -0.04; seen 7 elided -0.28; seen 7 noun 0.03; seen 7 pronoun -0.43;
    subject beat -0.37; subject elided 0.38; subject nothing 0.31; subject noun -0.31; subject pronoun 0.25;
    unseen beat -0.14; unseen elided 0.06; unseen nothing -0.52; unseen noun -0.59; unseen pronoun -0.99;
    """),
}
# evidence -> (lead below this, share of such guesses that are right), rising leads
PRECISION: Mapping[str, tuple[tuple[float, float], ...]] = {
    "name": ((float("inf"), 0.96),),
    "pronoun": (
        (0.15, 0.45),
        (0.4, 0.45),
        (0.8, 0.54),
        (1.5, 0.61),
        (3, 0.8),
        (float("inf"), 0.93),
    ),
    "noun": (
        (0.15, 0.14),
        (0.4, 0.28),
        (0.8, 0.28),
        (1.5, 0.48),
        (3, 0.65),
        (float("inf"), 0.81),
    ),
    "elided": (
        (0.15, 0.08),
        (0.4, 0.28),
        (0.8, 0.33),
        (1.5, 0.53),
        (3, 0.55),
        (float("inf"), 0.74),
    ),
    "beat": (
        (0.8, 0.48),
        (1.5, 0.66),
        (3, 0.76),
        (float("inf"), 0.95),
    ),
    "nothing": (
        (0.15, 0.41),
        (0.4, 0.5),
        (0.8, 0.5),
        (1.5, 0.56),
        (3, 0.74),
        (float("inf"), 0.91),
    ),
}
