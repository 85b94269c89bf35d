"""Constants of the predicted Dice, written by `python -m benchmarks.quality learn`.

From 215 structures of 18 training volumes, boxed by simulated crowds.
"""

from __future__ import annotations

INTERCEPT = 1.9252

TERMS = {  # feature: mean, scale, weight
    "log instability": (-3.1068, 0.9914, -1.0441),
    "open ends": (0.1258, 0.3107, -0.4713),
    "goes on": (0.1840, 0.3443, -0.1936),
    "interpolated": (0.0254, 0.0698, -0.2273),
    "slack": (0.0987, 0.0667, -0.4822),
    "filled": (0.4834, 0.1343, -0.1270),
}

REACHES = (  # predicted logit up to, true one below it by, above it by
    (1.407, 3.530, 2.003),
    (2.270, 0.952, 1.193),
    (2.676, 0.943, 1.241),
    (2.995, 1.143, 0.917),
    (4.167, 0.863, 0.849),
)
