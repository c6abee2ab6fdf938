"""The results as pictures: SVG, the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from .summary import HEALTH_P99_MOST_MS, Spread

OURS: Final = "#2b6cb0"
THEIRS: Final = "#a0aec0"
LAYERS: Final = (THEIRS, "#63b3ed", OURS, "#1a365d")
WORDS: Final = {
    "raw_bytes": "raw ASGI, constant bytes",
    "raw_words": "raw ASGI, same endpoint",
    "service": "words",
    "service_seeds": "words, no query twice",
    "express": "Express + morgan",
}
SAVE: Final = {"botocore_tuned": "botocore, save's settings", "botocore": "bare botocore", "service": "save"}
STARTS: Final = {"hello": "Starlette + uvicorn", "website": "website", "words": "words", "save": "save"}


def draw(results: Mapping[str, Any], folder: Path) -> None:
    """Writes words.svg, save.svg, cold-start.svg and images.svg."""
    plt.rcParams.update({"svg.hashsalt": "storyizer", "svg.fonttype": "none", "font.family": "sans-serif"})
    _, axes = plt.subplots(figsize=(8, 2.4), layout="constrained")
    _bars(axes, results["words"], WORDS, {"service", "service_seeds"}, "requests per second on one core", ",.0f")
    _write(folder / "words.svg")
    _, (left, right) = plt.subplots(1, 2, figsize=(8, 2.4), layout="constrained")
    _bars(left, results["save"]["writes_per_second"], SAVE, {"service"}, "writes per second on one core", ",.0f")
    _latencies(right, results["save"]["health_ms"])
    _write(folder / "save.svg")
    _, axes = plt.subplots(figsize=(8, 2.4), layout="constrained")
    _bars(axes, results["cold-start"], STARTS, STARTS.keys() - {"hello"}, "seconds to the first answer", ".2f")
    _write(folder / "cold-start.svg")
    _, axes = plt.subplots(figsize=(8, 2.4), layout="constrained")
    _layers(axes, results["images"]["services"])
    _write(folder / "images.svg")


def _bars(
    axes: Axes,
    values: Mapping[str, Sequence[float]],
    labels: Mapping[str, str],
    ours: set[str],
    title: str,
    form: str,
) -> None:
    """Medians as bars, spreads as whiskers."""
    spreads = [Spread.of(values[name]) for name in labels]
    medians = [spread.median for spread in spreads]
    whiskers = [[s.median - s.low for s in spreads], [s.high - s.median for s in spreads]]
    colours = [OURS if name in ours else THEIRS for name in labels]
    axes.barh(
        list(labels.values()), medians, color=colours, xerr=whiskers, error_kw={"ecolor": "#1a202c", "capsize": 3}
    )
    for row, spread in enumerate(spreads):
        axes.annotate(f"{spread.median:{form}}", (spread.high, row), (6, 0), textcoords="offset points", va="center")
    axes.set_xlim(0, max(spread.high for spread in spreads) * 1.2)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)


def _layers(axes: Axes, services: Mapping[str, Any]) -> None:
    """Compressed sizes, stacked by what the layers hold."""
    holds = list(dict.fromkeys(layer["holds"] for image in services.values() for layer in image["layers"]))
    left = [0.0] * len(services)
    for what, colour in zip(holds, LAYERS, strict=False):
        sizes = [
            sum(layer["compressed_bytes"] for layer in image["layers"] if layer["holds"] == what) / 1e6
            for image in services.values()
        ]
        axes.barh(list(services), sizes, left=left, color=colour, label=what)
        left = [start + size for start, size in zip(left, sizes, strict=True)]
    for row, total in enumerate(left):
        axes.annotate(f"{total:.1f}", (total, row), (6, 0), textcoords="offset points", va="center")
    axes.set_xlim(0, max(left) * 1.2)
    axes.invert_yaxis()
    axes.set_title("compressed MB", fontsize=10, loc="left")
    axes.legend(fontsize=8, frameon=False, ncols=len(holds), loc="upper center", bbox_to_anchor=(0.5, -0.1))
    axes.spines[["top", "right"]].set_visible(False)


def _latencies(axes: Axes, values_ms: Sequence[float]) -> None:
    """How many of the answers came within a time."""
    ordered = sorted(values_ms)
    # Each hundredth of a percent is enough for the eye.
    points = [ordered[min(len(ordered) - 1, len(ordered) * share // 1000)] for share in range(1001)]
    axes.plot(points, [share / 10 for share in range(1001)], color=OURS)
    axes.axvline(HEALTH_P99_MOST_MS, color=THEIRS, linestyle="--")
    axes.axhline(99, color=THEIRS, linestyle="--")
    axes.set_title("health under load: percent within ms", fontsize=10, loc="left")
    axes.set_ylim(0, 102)
    axes.set_xlim(0)
    axes.spines[["top", "right"]].set_visible(False)


def _write(path: Path) -> None:
    plt.savefig(path, metadata={"Date": None})
    plt.close()
