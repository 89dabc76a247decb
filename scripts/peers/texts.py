"""What is posted: the messages of a field log where there is one, made-up ones otherwise."""

import gzip
import json
import os
import random
from pathlib import Path

FIELD_LOG = Path("../shared/data/field-log.jsonl.gz")

VERBS = ("checked", "moved", "refilled", "counted", "found", "loaded", "cleaned", "replaced")
OBJECTS = (
    "the generator", "two water tanks", "the spare antenna", "six crates of bandages",
    "a leaking pump", "the blue truck", "all fuel drums", "the radio batteries",
    "the patient lists", "the survey maps", "forty blankets", "the vaccine fridge",
)
PLACES = (
    "at the north camp", "behind the school", "near the river", "by gate two", "at the depot",
    "on the hill road", "in the clinic", "under the mast", "at the ferry", "on the ridge",
)


def texts(needed: int) -> tuple[str, list[str]]:
    """Where the texts are from, in words, and so many of them, each another, each of one line."""
    dice = random.Random(7)
    log = Path(os.environ.get("FIELDPOST_FIELD_LOG", FIELD_LOG))
    if log.exists():
        found = sorted(said(log))
        dice.shuffle(found)
        if len(found) >= needed:
            return "field log", found[:needed]
    made: dict[str, None] = {}
    while len(made) < needed:
        clauses = (
            f"we {dice.choice(VERBS)} {dice.choice(OBJECTS)} {dice.choice(PLACES)} "
            f"at {dice.randrange(24):02}:{dice.randrange(60):02}"
            for _ in range(dice.choice((1, 1, 2)))
        )
        made[", then ".join(clauses)] = None
    return "generated", list(made)


def said(log: Path) -> set[str]:
    """The messages of a bulk file, without replies."""
    with gzip.open(log, "rt", encoding="utf-8") as lines:
        posts = (json.loads(line).get("post") or {} for line in lines)
        messages = {post.get("message", "").strip() for post in posts}
    return {text for text in messages if text and "\n" not in text}
