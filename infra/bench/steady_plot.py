"""Latency over time, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from infra.bench.levels import percentile
from infra.bench.open_model import Hit

WINDOWS = 60
"""Points of each line: ten seconds each in a run of ten minutes."""
COLOURS = {50: "#8fbccb", 95: "#0b6e8f", 99: "#c2571a"}


def draw(hits: Sequence[Hit], seconds: float, healing: tuple[float, float] | None, path: Path) -> None:
    """All requests and orders beside each other, with the goals. Needs the group `bench`."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "steady", "font.size": 9, "font.family": "sans-serif"}
    from matplotlib import pyplot

    width = max(1.0, seconds / WINDOWS)
    orders = [one for one in hits if one.kind == "order"]
    panels = [(title, part) for title, part in (("all requests", hits), ("orders, until their outcome", orders)) if part]
    figure, axes = pyplot.subplots(1, len(panels), figsize=(4 * len(panels), 2.8), sharey=True, squeeze=False)
    for axis, (title, part) in zip(axes[0], panels, strict=True):
        parts: dict[int, list[Hit]] = {}
        for one in part:
            parts.setdefault(int(one.due / width), []).append(one)
        for percent, colour in COLOURS.items():
            points = [(n * width / 60, percentile(window, percent)) for n, window in sorted(parts.items())]
            axis.plot(*zip(*points, strict=True), color=colour, linewidth=1.2, label=f"p{percent}")
        for goal, percent in ((500, 95), (1000, 99)):
            axis.axhline(goal, color=COLOURS[percent], linestyle=":", linewidth=1)
        if healing:
            axis.axvspan(healing[0] / 60, healing[1] / 60, color="#b00020", alpha=0.15, linewidth=0)
        errors = [one.due / 60 for one in part if one.error]
        axis.plot(errors, [2] * len(errors), "x", color="#b00020", markersize=4, label="error")
        axis.set(title=title, xlabel="minutes", yscale="log", ylim=(1, 20_000))
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("ms")
    axes[0][0].legend(loc="upper left", ncols=4, frameon=False, fontsize=8)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
