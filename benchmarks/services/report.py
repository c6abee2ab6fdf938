"""The results as a page: every figure in it is calculated from results.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from . import probe
from .summary import Spread, targets

WORDS = {
    "service": "words: whole middleware, a log line per request",
    "service_seeds": "words, no query twice (`&seed=1`, `2`, ...)",
    "express": 'Express with `morgan("combined")`',
    "raw_words": "raw ASGI, the same endpoint by hand: no middleware, no log",
    "raw_bytes": "raw ASGI, constant bytes",
}
SAVE = {
    "service": "save: `POST /api/stories`",
    "botocore": "bare botocore: `put_item` in threads",
    "botocore_tuned": "the same with save's settings: no validation of parameters, a fixed user agent",
}
STARTS = {"hello": "Starlette and uvicorn, one route", "website": "website", "words": "words", "save": "save"}


def render(results: Mapping[str, Any]) -> str:
    """The page of whatever parts the results have."""
    sections = [_head(results), _targets(results)]
    for part, section in (("words", _words), ("save", _save), ("cold-start", _cold_start), ("images", _images)):
        if part in results:
            sections.append(section(results))
    sections.append(_machine(results["machine"]))
    return "\n".join(sections)


def _head(results: Mapping[str, Any]) -> str:
    return (
        "# The services, measured\n\n"
        "Written by `python3 benchmarks/services/run.py`; no figure is typed by hand. "
        f"Commit `{results['commit']}`, {results['measured']}.\n\n"
        "What is measured has a core of its own; load generator, stub and prober share the other. Candidates take "
        f"turns for {results['plan']['rounds']} rounds, each time as new processes, so that a slower minute is slower "
        "for all. "
        "Figures are medians, in brackets the lowest and the highest round; ratios are taken within each round. "
        "All write their logs to a file.\n"
    )


def _targets(results: Mapping[str, Any]) -> str:
    rows = [(t.what, t.found, t.aim, "yes" if t.reached else "**no**") for t in targets(dict(results))]
    return _table(("", "found", "aim", "reached"), rows) if rows else ""


def _words(results: Mapping[str, Any]) -> str:
    words, plan = results["words"], results["plan"]
    rows = [
        (label, _spread(Spread.of(words[name]), ",.0f"), _spread(Spread.ratio(words["service"], words[name]), ".2f"))
        for name, label in WORDS.items()
    ]
    return (
        "## words\n\n![requests per second](words.svg)\n\n"
        + _table(("`GET /api/words?kind=noun&count=3`", "requests/s on one core", "words is this many times"), rows)
        + f"\n`wrk`, {plan['words_connections']} connections, {plan['words_seconds']} s after {plan['warm_seconds']} s "
        "of warm-up. The rivals choose from nouns that words gave out. Express runs with its defaults (an ETag per "
        "answer among them) and `NODE_ENV=production`, raw ASGI on uvicorn with uvloop and httptools as they come: "
        "words writes head and body at once, answers without a task of its own where nothing is waited for, and writes "
        "its log lines once per turn of the event loop, which is part of what is compared. words remembers what it has "
        "read from a query; the second row is without that.\n"
    )


def _save(results: Mapping[str, Any]) -> str:
    save, plan = results["save"], results["plan"]
    rates, health = save["writes_per_second"], save["health_ms"]
    rows = [
        (label, _spread(Spread.of(rates[name]), ",.0f"), _spread(Spread.ratio(rates["service"], rates[name]), ".2f"))
        for name, label in SAVE.items()
    ]
    return (
        "## save\n\n![writes per second, health latencies](save.svg)\n\n"
        + _table(("", "writes/s on one core", "save is this many times"), rows)
        + f"\n{plan['save_connections']} connections post stories; botocore has {plan['threads']} threads and sends "
        "the PutItem that the service sends. save signs with botocore, and speaks HTTP itself. DynamoDB is a "
        "stub in memory on the other core with correct checksums, "
        f"good for {save['stub_per_second']:,.0f} writes/s when it shares that core with the load generator.\n\n"
        f"`/healthz` while save is saturated, asked every 50 ms, {len(health):,} times: median "
        f"{Spread.of(health).median:.1f} ms, p99 {probe.p99(health):.1f} ms, at most {max(health):.1f} ms.\n"
    )


def _cold_start(results: Mapping[str, Any]) -> str:
    starts = results["cold-start"]
    rows = [
        (label, _spread(Spread.of(starts[name]), ".3f"), _spread(Spread.ratio(starts[name], starts["hello"]), ".2f"))
        for name, label in STARTS.items()
    ]
    return (
        "## Cold start\n\n![seconds to the first answer](cold-start.svg)\n\n"
        + _table(("from the process's start to the first 200 of `/healthz`", "s", "times the first row"), rows)
        + f"\n{results['plan']['starts']} starts each, bytecode compiled and files in memory, as in a container that "
        "starts on a machine that has the image.\n"
    )


def _images(results: Mapping[str, Any]) -> str:
    images = results["images"]
    rows = [
        (name, _megabytes(image["compressed_bytes"]), _megabytes(image["bytes"]), _layers(image["layers"]))
        for name, image in images["services"].items()
    ]
    base = images["base"]
    return (
        "## Images\n\n![compressed sizes by layer](images.svg)\n\n"
        + _table(("", "compressed MB", "MB", "compressed MB by layer"), rows)
        + f"\nThe layers under gzip, as a push compresses them. Base: {base['from']}, "
        f"{_megabytes(base['compressed_bytes'])} MB compressed.\n"
    )


def _layers(layers: Sequence[Mapping[str, Any]]) -> str:
    sizes: Counter[str] = Counter()
    for layer in layers:
        sizes[layer["holds"]] += layer["compressed_bytes"]
    return ", ".join(f"{holds} {_megabytes(size)}" for holds, size in sizes.items())


def _megabytes(size_bytes: float) -> str:
    return f"{size_bytes / 1e6:.1f}"


def _machine(machine: Mapping[str, str]) -> str:
    return "## The machine\n\n" + _table(("", ""), list(machine.items()))


def _spread(spread: Spread, form: str) -> str:
    return f"{spread.median:{form}} ({spread.low:{form}} to {spread.high:{form}})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
