"""What is done over the link, and what is measured of it."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bed import FAST, LEFT, RIGHT, SIDES, THIN, Bed, Link
from process import Late, until

# How often it is looked whether texts are visible, in seconds: single ones, and many, where asking
# a busy server all the time would hold it up.
LOOK_FOR_ONE, LOOK_FOR_MANY = 0.005, 0.05
# For how long something may take, in seconds.
PATIENCE = 300
# For how long after all was visible bytes are still counted: acknowledgements and the like.
TAIL = 10


@dataclass(frozen=True)
class Size:
    """How much is done."""

    singles: int = 30
    pause: float = 2
    burst: int = 200
    missed: int = 100
    cut: float = 45
    runs: int = 3
    # Who post at once in a burst and in a cut, on each side.
    clients: int = 1


QUICK = Size(singles=5, pause=1, burst=20, missed=10, cut=5, runs=1)


@dataclass
class Measured:
    """The figures of one run. Bytes are of IP packets, for each message; times are in seconds."""

    out: float
    both: float
    times: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """Something that is done over a link, once or several times."""

    name: str
    title: Callable[[Size], str]
    link: Link
    runs: Callable[[Size], int]
    run: Callable[[Bed, object, Iterator[str], Size], Measured]


def settle(pair, texts: Iterator[str]) -> None:
    """Somebody speaks on each side, so that what is needed once only has passed."""
    for side in SIDES:
        text = next(texts)
        pair.poster(side)(text)
        wait(pair, other(side), [text])
    time.sleep(TAIL)


def other(side: str) -> str:
    return RIGHT if side == LEFT else LEFT


def wait(pair, side: str, texts: list[str]) -> None:
    """Waits until all these texts are visible at a side."""
    wanted = set(texts)
    every = LOOK_FOR_ONE if len(texts) == 1 else LOOK_FOR_MANY
    what = f"{pair.title}: {len(texts)} texts visible"
    until(lambda: wanted <= pair.seen(side), what, PATIENCE, every)


def post(pair, side: str, texts: list[str], clients: int) -> None:
    """Posts texts at a side as quickly as it takes them from so many clients."""
    own = threading.local()

    def one(text: str) -> None:
        if not hasattr(own, "poster"):
            own.poster = pair.poster(side)
        own.poster(text)

    with ThreadPoolExecutor(clients) as at_once:
        list(at_once.map(one, texts))


def on_both_sides(do: Callable[[str], None]) -> None:
    with ThreadPoolExecutor(len(SIDES)) as sides:
        list(sides.map(do, SIDES))


def take(texts: Iterator[str], number: int) -> list[str]:
    return [next(texts) for _ in range(number)]


def one_by_one(bed: Bed, pair, texts: Iterator[str], size: Size) -> Measured:
    """Messages with pauses between them, from left to right."""
    poster = pair.poster(LEFT)
    before, begun = bed.traffic(), time.monotonic()
    delays = []
    for number in range(size.singles):
        time.sleep(max(0.0, begun + number * size.pause - time.monotonic()))
        text, posted = next(texts), time.monotonic()
        poster(text)
        wait(pair, RIGHT, [text])
        delays.append(time.monotonic() - posted)
    time.sleep(TAIL)
    passed = bed.traffic().since(before)
    delays.sort()
    return Measured(
        out=passed.left / size.singles,
        both=(passed.left + passed.right) / size.singles,
        times={"posted → visible at the other, median": delays[len(delays) // 2]},
    )


def burst(bed: Bed, pair, texts: Iterator[str], size: Size) -> Measured:
    """Many messages at once, from left to right."""
    said = take(texts, size.burst)
    before, begun = bed.traffic(), time.monotonic()
    post(pair, LEFT, said, size.clients)
    posted = time.monotonic() - begun
    wait(pair, RIGHT, said)
    visible = time.monotonic() - begun
    time.sleep(TAIL)
    passed = bed.traffic().since(before)
    return Measured(
        out=passed.left / size.burst,
        both=(passed.left + passed.right) / size.burst,
        times={
            "first posted → all visible at the other": visible,
            "… of which its own server took to accept them": posted,
        },
    )


def cut(bed: Bed, pair, texts: Iterator[str], size: Size) -> Measured:
    """Messages on both sides while the link is cut."""
    said = {side: take(texts, size.missed) for side in SIDES}
    bed.tell("cut")
    begun = time.monotonic()
    pair.when_cut()
    on_both_sides(lambda side: post(pair, side, said[side], size.clients))
    time.sleep(max(0.0, begun + size.cut - time.monotonic()))
    before, back = bed.traffic(), time.monotonic()
    bed.tell("restore")
    try:
        on_both_sides(lambda side: wait(pair, side, said[other(side)]))
    except Late as late:
        raise Late(f"{late} after the link's return") from None
    visible = time.monotonic() - back
    time.sleep(TAIL)
    passed = bed.traffic().since(before)
    return Measured(
        out=passed.left / size.missed,
        both=(passed.left + passed.right) / (2 * size.missed),
        times={"link back → all visible at both": visible},
    )


CASES = (
    Case("steady", lambda size: f"{size.singles} messages, one every {size.pause:g} s",
         FAST, lambda size: 1, one_by_one),
    Case("burst", lambda size: f"{size.burst} messages in a burst",
         THIN, lambda size: size.runs, burst),
    Case("cut", lambda size: f"cut for {size.cut:g} s, {size.missed} posted at each side meanwhile",
         FAST, lambda size: size.runs, cut),
)


def needed(size: Size) -> int:
    """The texts that a pair needs at most."""
    return 2 + max(size.singles, size.runs * size.burst, size.runs * 2 * size.missed)
