"""The pace alone: it grows, shrinks, stops in an outage and never lets more through than it says."""

import asyncio

import pytest

from extractor.asking.pace import START, Pace, Place


def run(coroutine):
    return asyncio.run(coroutine)


async def fill(pace):
    places = []
    while pace.in_flight < int(pace.limit):
        places.append(await pace.enter())
    return places


def test_it_starts_low_and_doubles_with_each_round():
    async def rounds():
        pace, limits = Pace(100), []
        for _ in range(4):
            places = await fill(pace)
            limits.append(len(places))
            for place in places:
                pace.replied(place)
                pace.leave()
        return limits

    assert run(rounds()) == [START, 2 * START, 4 * START, 100][:4]


def test_it_halves_once_per_crowd_and_learns_where_refusals_begin():
    async def refused():
        pace = Pace(64)
        for place in await fill(pace):
            pace.replied(place)
            pace.leave()
        places = await fill(pace)
        for place in reversed(places):  # refusals come back at once, replies later
            pace.replied(place) if place.number <= 20 else pace.overloaded(place, 1.0)
            pace.leave()
        after = pace.limit
        for _ in range(3):
            for place in await fill(pace):
                pace.replied(place)
                pace.leave()
        return after, pace.limit

    after, later = run(refused())
    assert 16 <= after < 21.5
    assert 20 <= later < 23


def test_in_an_outage_one_at_a_time_looks_and_a_reply_ends_it():
    async def outage():
        pace = Pace(50)
        for _ in range(6):
            place = await pace.enter()
            pace.faulted(0.05)
            pace.leave()
        assert pace.down_since is not None
        waiting = [asyncio.create_task(pace.enter()) for _ in range(20)]
        await asyncio.sleep(0.7)
        admitted = [task for task in waiting if task.done()]
        assert len(admitted) == 1
        pace.replied(admitted[0].result())
        pace.leave()
        await asyncio.sleep(0.05)
        assert sum(task.done() for task in waiting) == 10  # the limit restarts at 8 and grows by one
        pace.open()
        await asyncio.gather(*waiting)
        return place

    assert isinstance(run(outage()), Place)


def test_somebody_who_stops_waiting_takes_no_place():
    async def cancelled():
        pace = Pace(1)
        await pace.enter()
        waiting = asyncio.create_task(pace.enter())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        pace.leave()
        return await asyncio.wait_for(pace.enter(), 1)

    assert run(cancelled()).number == 1
