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
    addressed -2.27; addressed after next 1.39; addressed after same -0.21; addressed before near -0.33;
    addressed before next 2.82; addressed before same 0.06; beat after I narrator 0.33; beat after I person -0.33;
    beat after fits nothing 0.17; beat after fits noun -0.10; beat after fits pronoun 0.21; beat after is beat 0.28;
    beat after is pronoun -0.10; beat after not nothing -0.06; beat after not noun 0.10;
    beat after not pronoun 0.13; beat after other beat -0.28; beat after other pronoun 0.10;
    beat after unknown nothing -0.11; beat after unknown pronoun -0.33; beat before I narrator 0.22;
    beat before I person -0.22; beat before fits beat 0.07; beat before fits nothing 0.94;
    beat before fits pronoun 0.13; beat before is beat 1.06; beat before is noun 0.19; beat before is pronoun 1.01;
    beat before not nothing -0.87; beat before other beat -1.06; beat before other noun -0.19;
    beat before other pronoun -1.01; beat before unknown beat -0.05; beat before unknown nothing -0.07;
    beat before unknown pronoun -0.13; beat between fits nothing 0.92; beat between is beat 0.81;
    beat between is pronoun 0.07; beat between not nothing -0.84; beat between other beat -0.81;
    beat between other pronoun -0.07; beat between unknown nothing -0.09; before far beat b 0.09;
    before far far -0.07; before far name b 0.06; before far near 0.11; before far next 0.11;
    before far nothing - -0.14; before far nothing b 0.18; before far noun b -0.10; before far pronoun b 0.06;
    before near beat b -0.24; before near far 0.06; before near name b 0.42; before near near -0.12;
    before near next 0.30; before near nothing b -0.10; before near noun b 0.10; before near pronoun b 0.07;
    before next beat b -0.32; before next far -0.11; before next name b 0.64; before next near 0.19;
    before next next 1.19; before next nothing - 0.75; before next nothing b -0.08; before next noun b -0.08;
    before next pronoun b -0.09; before next same -0.45; before same beat b 0.23; before same name b 0.17;
    before same next -0.04; before same nothing - 0.27; before same nothing b -0.28; before same noun b 0.04;
    before same pronoun b -0.27; before same same 0.21; beside first beat 0.97; beside first nothing 0.55;
    beside first noun 0.61; beside first pronoun 0.66; beside later beat 0.20; beside later nothing 0.17;
    beside later noun 0.04; chapter 0 0.26; chapter 1 0.04; chapter 3 -0.08; chapter 8 -0.22; gender fits noun 0.28;
    gender fits pronoun 1.53; gender unknown noun -0.28; gender unknown pronoun -1.53; kind narrator beat 0.03;
    kind narrator nothing 0.89; kind narrator pronoun -0.35; kind person beat -0.03; kind person nothing -0.89;
    kind person pronoun 0.35; last far 0.18; last far beat b 0.06; last far name b 0.22; last far nothing - -0.25;
    last far nothing b 0.09; last far noun b 0.14; last far pronoun b -0.07; last near 0.62; last near name b 0.10;
    last near nothing - 0.36; last near nothing b 0.21; last near noun b -0.19; last near pronoun b 0.14;
    last next -0.39; last next beat b 0.35; last next name b -1.02; last next nothing - -0.71;
    last next nothing b 0.58; last next noun b -0.08; last next pronoun b 0.49; last same 0.27;
    last same beat b -0.23; last same name b -0.23; last same nothing - -0.10; last same nothing b 0.24;
    last same pronoun b 0.59; named -1.43; named before near -0.49; named before next -0.67; named before same 0.21;
    new far beat b -0.15; new far name b -0.28; new far nothing - 0.39; new far nothing b -0.28;
    new far noun b -0.04; new near beat b 0.25; new near name b -0.52; new near nothing - -0.36;
    new near nothing b -0.11; new near noun b 0.09; new near pronoun b -0.21; new next name b 0.38;
    new next nothing - -0.04; new next nothing b -0.49; new next noun b 0.15; new next pronoun b -0.40;
    new same name b 0.07; new same nothing - -0.17; new same nothing b 0.04; new same noun b -0.05;
    new same pronoun b -0.32; object beat 0.44; object nothing 0.14; object noun 0.04; object pronoun -0.18;
    present 0 beat -0.23; present 0 nothing 0.06; present 0 noun -0.35; present 0 pronoun 0.18;
    present 1 nothing 0.17; present 1 noun 0.20; present 1 pronoun 0.15; present less beat 0.24;
    present less nothing -0.24; present less noun 0.15; present less pronoun -0.33; rank 0 beat 0.62;
    rank 0 nothing 0.45; rank 0 noun 0.77; rank 0 pronoun 0.93; rank 1 beat 0.13; rank 1 nothing 0.20;
    rank 1 noun 0.36; rank 1 pronoun 0.04; rank 2 beat -0.27; rank 2 noun -0.28; rank 3 beat -0.38;
    rank 3 nothing -0.15; rank 3 noun -0.45; rank 3 pronoun -0.39; seen 0 beat 1.07; seen 0 nothing 0.65;
    seen 0 pronoun 1.02; seen 1 beat -0.34; seen 1 nothing -0.40; seen 1 noun -0.22; seen 1 pronoun 0.66;
    seen 12 beat -0.13; seen 12 nothing 0.09; seen 12 noun 0.09; seen 12 pronoun -0.46; seen 3 beat -0.33;
    seen 3 nothing 0.16; seen 3 noun 0.32; seen 3 pronoun -0.33; seen 7 beat -0.15; seen 7 noun 0.18;
    seen 7 pronoun -0.30; subject beat 0.41; subject nothing 0.39; subject noun -0.20; subject pronoun 0.20;
    unseen beat -0.11; unseen nothing -0.47; unseen noun -0.39; unseen pronoun -0.59;
    """),
    "zh": _read("""
    addressed -2.07; addressed after near 0.26; addressed after next 1.40; addressed after same -0.20;
    addressed before near 0.35; addressed before next 2.66; addressed before same -0.19; beat after I narrator 0.25;
    beat after I person -0.25; beat after fits nothing 0.67; beat after fits noun -0.05;
    beat after fits pronoun 0.17; beat after is beat 0.60; beat after is elided -0.08; beat after is pronoun -0.36;
    beat after not nothing -0.38; beat after not noun 0.05; beat after not pronoun 0.09;
    beat after other beat -0.60; beat after other elided 0.08; beat after other pronoun 0.36;
    beat after unknown nothing -0.29; beat after unknown pronoun -0.26; beat before I narrator 0.10;
    beat before I person -0.10; beat before fits nothing 0.76; beat before fits pronoun 0.15;
    beat before is beat 1.14; beat before is elided 0.96; beat before is noun 0.10; beat before is pronoun 0.94;
    beat before not elided 0.20; beat before not nothing -0.71; beat before other beat -1.14;
    beat before other elided -0.96; beat before other noun -0.10; beat before other pronoun -0.94;
    beat before unknown elided -0.20; beat before unknown nothing -0.05; beat before unknown pronoun -0.15;
    beat between I narrator -0.03; beat between I person 0.03; beat between fits beat 0.03;
    beat between fits nothing 1.53; beat between is beat 1.78; beat between is noun 0.09;
    beat between is pronoun 0.09; beat between not beat -0.03; beat between not nothing -1.17;
    beat between other beat -1.78; beat between other noun -0.09; beat between other pronoun -0.09;
    beat between unknown nothing -0.36; before far beat b -0.27; before far elided b 0.13; before far far -0.29;
    before far name b 0.47; before far near 0.14; before far next 0.07; before far nothing - -0.28;
    before far nothing b 0.20; before far noun b -0.25; before far pronoun b -0.12; before far same -0.04;
    before near beat b 0.20; before near elided b -0.04; before near far -0.33; before near name b 0.10;
    before near near 0.51; before near next 0.27; before near nothing - 0.04; before near nothing b 0.53;
    before near noun b -0.33; before near pronoun b -0.06; before next elided b -0.63; before next far -0.22;
    before next name b 0.49; before next near 0.14; before next next 1.17; before next nothing - 0.60;
    before next nothing b 0.13; before next noun b 0.12; before next pronoun b -0.10; before next same -0.46;
    before same beat b 0.10; before same elided b -0.17; before same far -0.13; before same name b 0.20;
    before same near 0.11; before same next -0.15; before same nothing b -0.28; before same noun b 0.31;
    before same pronoun b -0.35; beside first beat 2.01; beside first elided -0.11; beside first nothing 1.75;
    beside first noun 0.54; beside first pronoun 0.13; beside later beat -0.11; beside later elided 0.56;
    beside later nothing 0.42; beside later noun 0.17; chapter 0 0.26; chapter 1 0.05; chapter 3 -0.12;
    chapter 8 -0.19; colon -0.04; gender fits noun 0.40; gender fits pronoun 0.82; gender unknown noun -0.40;
    gender unknown pronoun -0.82; kind group beat 0.33; kind group nothing -0.51; kind group noun 0.03;
    kind narrator beat 0.08; kind narrator nothing 1.11; kind narrator pronoun -0.39; kind person beat -0.41;
    kind person nothing -0.60; kind person noun -0.03; kind person pronoun 0.39; last far 0.27;
    last far beat b 0.86; last far elided b -0.18; last far name b -0.36; last near 0.33; last near beat b 0.19;
    last near elided b -0.05; last near name b 0.26; last near nothing - 0.21; last near nothing b -0.52;
    last near pronoun b 0.24; last next -0.61; last next beat b -0.26; last next elided b 0.17;
    last next name b -0.62; last next nothing - -0.49; last next nothing b 0.22; last next noun b -0.15;
    last next pronoun b 0.52; last same 0.15; last same beat b -0.17; last same elided b 0.18;
    last same name b -0.37; last same nothing - -0.17; last same nothing b 0.34; last same noun b -0.09;
    last same pronoun b 0.44; named -1.07; named before near 0.14; named before next -0.69; named before same 0.28;
    new far beat b -0.59; new far elided b 0.05; new far name b -0.12; new far nothing - 0.29;
    new far nothing b -0.18; new far noun b 0.28; new far pronoun b 0.12; new near beat b -0.39;
    new near elided b 0.09; new near name b -0.35; new near nothing - -0.25; new near noun b 0.33;
    new near pronoun b -0.18; new next beat b 0.24; new next elided b 0.46; new next name b 0.13;
    new next nothing - -0.11; new next nothing b -0.35; new next pronoun b -0.41; new same beat b 0.07;
    new same name b 0.17; new same nothing - 0.15; new same nothing b -0.06; new same noun b -0.21;
    new same pronoun b -0.09; object beat 0.46; object elided 1.23; object nothing -0.50; object noun 0.31;
    object pronoun -1.02; present 0 beat -0.04; present 0 elided -0.03; present 0 nothing 0.09;
    present 0 noun -0.48; present 0 pronoun 0.06; present 1 beat -0.21; present 1 nothing 0.13; present 1 noun 0.27;
    present 1 pronoun 0.13; present less beat 0.26; present less nothing -0.21; present less noun 0.21;
    present less pronoun -0.19; rank 0 beat 0.64; rank 0 elided 0.47; rank 0 nothing 0.51; rank 0 noun 0.82;
    rank 0 pronoun 0.74; rank 1 beat 0.41; rank 1 elided -0.06; rank 1 nothing 0.23; rank 1 noun 0.40;
    rank 1 pronoun 0.19; rank 2 beat -0.55; rank 2 elided -0.25; rank 2 nothing -0.10; rank 2 noun -0.29;
    rank 2 pronoun 0.23; rank 3 beat -0.40; rank 3 elided -0.17; rank 3 nothing -0.16; rank 3 noun -0.39;
    rank 3 pronoun -0.19; seen 0 beat 1.24; seen 0 elided 0.62; seen 0 nothing 0.91; seen 0 noun 0.72;
    seen 0 pronoun 1.27; seen 1 beat -0.81; seen 1 elided -0.20; seen 1 nothing -0.71; seen 1 noun -0.11;
    seen 1 pronoun 0.88; seen 12 beat 0.25; seen 12 elided -0.39; seen 12 noun 0.17; seen 12 pronoun -0.62;
    seen 3 beat -0.42; seen 3 elided -0.07; seen 3 nothing 0.27; seen 3 noun -0.12; seen 3 pronoun -0.18;
    seen 7 beat -0.16; seen 7 noun -0.11; seen 7 pronoun -0.38; subject beat -0.39; subject elided 0.44;
    subject nothing 0.28; subject noun -0.37; subject pronoun 0.19; unseen beat -0.10; unseen nothing -0.47;
    unseen noun -0.55; unseen pronoun -0.96;
    """),
}
# evidence -> (lead below this, share of such guesses that are right), rising leads
PRECISION: Mapping[str, tuple[tuple[float, float], ...]] = {
    "name": ((float("inf"), 0.96),),
    "pronoun": (
        (0.15, 0.32),
        (0.4, 0.44),
        (0.8, 0.48),
        (1.5, 0.64),
        (3, 0.77),
        (float("inf"), 0.91),
    ),
    "noun": (
        (0.15, 0.16),
        (0.4, 0.25),
        (0.8, 0.29),
        (1.5, 0.41),
        (3, 0.68),
        (float("inf"), 0.71),
    ),
    "elided": (
        (0.15, 0.27),
        (0.4, 0.3),
        (0.8, 0.3),
        (1.5, 0.55),
        (3, 0.55),
        (float("inf"), 0.73),
    ),
    "beat": (
        (0.8, 0.53),
        (1.5, 0.63),
        (3, 0.77),
        (float("inf"), 0.94),
    ),
    "nothing": (
        (0.15, 0.32),
        (0.4, 0.43),
        (0.8, 0.47),
        (1.5, 0.54),
        (3, 0.74),
        (float("inf"), 0.9),
    ),
}
