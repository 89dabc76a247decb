"""Measures two Matrix servers and two of our own sites over the same emulated link.

    python3 scripts/peers/measure.py [--quick] [--clients N] [steady] [burst] [cut]

`make bench-peers` builds what this needs and runs it; docs/benchmarks.md says what is measured and
what that does not tell. Prints one table, and writes the same with every single run to
target/peers/results.json. All traffic stays in network namespaces that end with this; servers,
their data and Synapse's environment are below target/peers.
"""

import argparse
import contextlib
import fcntl
import http.client
import json
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import matrix
from bare import Bare
from bed import Bed
from cases import CASES, QUICK, Case, Measured, Size, needed, settle
from fieldpost import Fieldpost
from matrix import Matrix
from process import Late, Trouble, run, stopping
from texts import texts

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path("target/peers")


@dataclass
class Outcome:
    """What became of a case with one pair: its runs, or why there are none."""

    case: str
    pair: str
    runs: list[Measured] = field(default_factory=list)
    late: str = ""

    def middle(self, figure) -> float | None:
        """The median of a figure over the runs. None at all if one run never came to its end."""
        return None if self.late or not self.runs else statistics.median(map(figure, self.runs))


class Measurement:
    """All pairs, and what they are measured with."""

    def __init__(self, arguments: argparse.Namespace, python: Path) -> None:
        self.arguments = arguments
        size = QUICK if arguments.quick else Size()
        self.size = replace(size, clients=arguments.clients)
        self.source, self.texts = texts(needed(self.size))
        self.pairs = {
            Matrix.title: lambda *where: Matrix(python, *where),
            Fieldpost.title: lambda *where: Fieldpost(arguments.server.absolute(), *where),
            Bare.title: Bare,
        }
        self.congestion_control = ""

    def measure(self, case: Case, title: str) -> Outcome:
        """Runs a case with one pair, on servers and a link of its own."""
        outcome = Outcome(case.name, title)
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=KEPT))
        try:
            with contextlib.ExitStack() as running:
                bed = Bed(self.arguments.linkbed.absolute(), folder, case.link)
                running.callback(bed.end)
                pair = self.pairs[title](bed, folder)
                running.callback(pair.end)
                self.congestion_control = bed.congestion_control()
                pair.start()
                said = iter(self.texts)
                settle(pair, said)
                for number in range(1, case.runs(self.size) + 1):
                    print(f"{case.name}: {title}, run {number} …", file=sys.stderr)
                    outcome.runs.append(case.run(bed, pair, said, self.size))
        except Late as late:
            print(f"{late}; the servers' logs are in {folder}", file=sys.stderr)
            outcome.late = str(late)
        except Trouble as trouble:
            raise Trouble(f"{case.name}: {trouble}\nThe servers' logs are in {folder}") from None
        else:
            shutil.rmtree(folder)
        return outcome


def shown(value: float | None, unit: str) -> str:
    """Three significant digits; whole numbers from a hundred on."""
    if value is None:
        return "not measured"
    small = abs(value)
    digits = 3 if small < 1 else 2 if small < 10 else 1 if small < 100 else 0
    return f"{value:.{digits}f} {unit}"


def rows(case: Case, outcomes: list[Outcome], size: Size) -> list[str]:
    """The lines of a case in the table: bytes, then times."""
    figures = [
        ("bytes a message, out", "B", lambda run: run.out),
        ("bytes a message, both ways", "B", lambda run: run.both),
    ]
    names = next((list(one.runs[0].times) for one in outcomes if one.runs), [])
    figures += [(name, "s", lambda run, name=name: run.times[name]) for name in names]
    title = f"{case.title(size)}; {case.link.name}"
    lines = []
    for what, unit, figure in figures:
        cells = [shown(one.middle(figure), unit) for one in outcomes]
        lines.append("| " + " | ".join([title, what, *cells]) + " |")
        title = ""
    return lines


def table(chosen: list[Case], outcomes: list[Outcome], size: Size) -> str:
    titles = list(dict.fromkeys(one.pair for one in outcomes))
    lines = ["| " + " | ".join(["What, over which link", "", *titles]) + " |",
             "|---" * (2 + len(titles)) + "|"]
    for case in chosen:
        lines += rows(case, [one for one in outcomes if one.case == case.name], size)
    return "\n".join(lines)


@contextlib.contextmanager
def room():
    """Room for files, for one measurement at a time. What one that failed has left is removed."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with open(KEPT / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble("another measurement runs here") from None
        for earlier in KEPT.glob("run-*"):
            shutil.rmtree(earlier)
        yield


def measured(arguments: argparse.Namespace) -> bool:
    """Measures and reports; gives whether everything came to its end."""
    for binary in (arguments.server, arguments.linkbed):
        if not binary.exists():
            raise Trouble(f"{binary} is missing; `make bench-peers` builds it")
    python = matrix.installed(KEPT / "venv")
    measurement = Measurement(arguments, python)
    chosen = [case for case in CASES if case.name in arguments.cases or not arguments.cases]
    begun, outcomes = time.strftime("%-d %B %Y, %H:%M"), []
    for case in chosen:
        outcomes += [measurement.measure(case, title) for title in measurement.pairs]
    own = run([str(arguments.server), "--version"], "asking for our own version").strip()
    length = statistics.mean(len(text.encode()) for text in measurement.texts)
    about = (f"{begun}. {matrix.version(python)}; {own}. Texts: {measurement.source}, "
             f"{length:.1f} B on average. Clients that post at once: {arguments.clients}. "
             f"TCP: {measurement.congestion_control}. Medians of {measurement.size.runs} runs; "
             "the first case is one run of many messages.")
    print(f"{about}\n\n{table(chosen, outcomes, measurement.size)}")
    results = {"about": about, "outcomes": [asdict(one) for one in outcomes]}
    (KEPT / "results.json").write_text(json.dumps(results, indent=2, ensure_ascii=False))
    return not any(one.late for one in outcomes)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Measures Matrix servers and our own over one link."
    )
    parser.add_argument("cases", nargs="*", metavar="CASE",
                        help="steady, burst, cut; all without any")
    parser.add_argument("--quick", action="store_true",
                        help="less of everything: shows that it works")
    parser.add_argument("--clients", type=int, default=1, help="who post at once on a side: 1")
    parser.add_argument("--server", type=Path, default=Path("target/release/fieldpost"))
    parser.add_argument("--linkbed", type=Path, default=Path("target/release/linkbed"))
    given = parser.parse_args()
    unknown = set(given.cases) - {case.name for case in CASES}
    if unknown:
        parser.error(f"no case is called {', '.join(sorted(unknown))}")
    return given


def stopped(*_) -> None:
    """Whoever waits in whatever thread stops waiting, and everything is ended in order."""
    if not stopping.is_set():
        stopping.set()
        raise Trouble("stopped")


def main() -> int:
    if sys.version_info < (3, 10):
        print("bench-peers needs Python 3.10 or newer", file=sys.stderr)
        return 1
    given = arguments()
    # Paths of sockets have to be short, so they are relative.
    os.chdir(ROOT)
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, stopped)
    try:
        with room():
            return 0 if measured(given) else 1
    except (Trouble, OSError, http.client.HTTPException) as trouble:
        print(f"bench-peers: {trouble}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
