"""Prices: by the hour, in two currencies, from a table with a source that a user can override."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.asking.prices import load_prices, price
from extractor.asking.request import Usage
from extractor.errors import EndpointError

MILLION = 1_000_000
FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)
COUNTS = st.integers(min_value=0, max_value=10**7)


@pytest.mark.parametrize(
    ("days", "hour", "minute", "factor"),
    [
        (0, 0, 59, 1),
        (0, 1, 0, 2),
        (0, 3, 59, 2),
        (0, 4, 0, 1),
        (0, 6, 0, 2),
        (0, 9, 59, 2),
        (0, 10, 0, 1),
        (1, 2, 0, 1),  # Saturday
        (2, 7, 0, 1),  # Sunday
        (3, 2, 0, 2),  # Monday
    ],
)
def test_peak_hours_cost_twice_on_working_days(days, hour, minute, factor):
    at = FRIDAY + timedelta(days=days, hours=hour, minutes=minute)
    usage = Usage(hit=MILLION, miss=MILLION, completion=MILLION)
    assert price(usage, "deepseek-flash", at=at, currency="CNY") == pytest.approx(5.02 * factor)
    assert price(usage, "deepseek-flash", at=at, currency="USD") == pytest.approx(0.753 * factor)


def test_the_hour_is_that_of_utc_wherever_the_clock_stands():
    beijing = datetime(2026, 11, 20, 9, 0, tzinfo=timezone(timedelta(hours=8)))
    usage = Usage(miss=MILLION)
    assert price(usage, "deepseek-flash", at=beijing, currency="CNY") == 2.0


def test_aliases_have_the_price_of_their_model():
    usage = Usage(1, 2, 3)
    assert price(usage, "DeepSeek-V4-Flash", at=FRIDAY, currency="CNY") == price(
        usage, "deepseek-flash", at=FRIDAY, currency="CNY"
    )


def test_an_unknown_model_has_no_price():
    assert price(Usage(1, 1, 1), "mystery-7b", at=FRIDAY, currency="CNY") is None


@given(COUNTS, COUNTS, COUNTS)
def test_the_dearest_hour_is_never_cheaper(hit, miss, completion):
    prices, usage = load_prices(), Usage(hit, miss, completion)
    off_peak, most = prices.off_peak(usage, "deepseek-v4-pro"), prices.at_most(usage, "deepseek-v4-pro")
    assert off_peak.cny <= most.cny == pytest.approx(2 * off_peak.cny)
    for hours in range(0, 24 * 7, 5):
        now = prices.price(usage, "deepseek-v4-pro", at=FRIDAY + timedelta(hours=hours))
        assert off_peak.cny <= now.cny <= most.cny


def test_a_users_table_wins_and_adds(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text(
        '[[model]]\nname = "qwen-plus"\nsource = "my bill"\nchecked = 2026-11-01\n'
        "CNY = { hit = 0.1, miss = 0.8, output = 2.0 }\n"
    )
    prices = load_prices(path)
    usage = Usage(miss=MILLION)
    assert prices.price(usage, "qwen-plus", at=FRIDAY).cny == 0.8
    assert prices.price(usage, "qwen-plus", at=FRIDAY).usd == pytest.approx(0.8 / 7.2)
    assert prices.price(usage, "deepseek-flash", at=FRIDAY).cny == 1.0
    assert load_prices(tmp_path / "none.toml").find("qwen-plus") is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[model", "is not TOML"),
        ('[[model]]\nname = "x"\nsource = ""\nchecked = 2026-01-01\n', "x: neither CNY nor USD"),
        ('[[model]]\nname = "x"\nchecked = 2026-01-01\nCNY = { hit = 1, miss = 1, output = 1 }\n', "x: source"),
        (
            '[[model]]\nname = "x"\nsource = ""\nchecked = 2026-01-01\nCNY = { hit = -1, miss = 1, output = 1 }\n',
            "x: CNY.hit",
        ),
    ],
)
def test_a_broken_table_is_named_with_its_field(tmp_path, text, sentence):
    path = tmp_path / "prices.toml"
    path.write_text(text)
    with pytest.raises(EndpointError, match=sentence):
        load_prices(path)


def test_every_shipped_price_has_a_source_and_a_date():
    for model in ("deepseek-flash", "deepseek-v4-pro"):
        table = load_prices().find(model)
        assert table.source.startswith("https://")
        assert table.checked.year >= 2026
