"""Constants of the predicted Dice, written by `python -m benchmarks.quality learn`.

From 215 structures of 18 training volumes, boxed by simulated crowds.
"""

from __future__ import annotations

INTERCEPT = 1.9298

TERMS = {  # feature: mean, scale, weight
    "log instability": (-3.1009, 0.9638, -1.0646),
    "open ends": (0.1248, 0.3101, -0.4645),
    "goes on": (0.1827, 0.3405, -0.1994),
    "interpolated": (0.0247, 0.0685, -0.2423),
    "slack": (0.0980, 0.0657, -0.4832),
    "filled": (0.4851, 0.1335, -0.1577),
}

REACHES = (  # predicted logit up to, true one below it by, above it by
    (1.415, 3.339, 1.829),
    (2.248, 0.869, 1.215),
    (2.672, 1.124, 1.206),
    (2.999, 1.195, 1.076),
    (4.223, 0.914, 0.778),
)
