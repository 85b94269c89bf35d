"""Constants of the predicted Dice, written by `python -m benchmarks.quality learn`.

From 349 structures of 18 training volumes, boxed by simulated crowds.
"""

from __future__ import annotations

INTERCEPT = 1.9777

TERMS = {  # feature: mean, scale, weight
    "log instability": (-3.0985, 0.8348, -0.8060),
    "open ends": (0.0923, 0.2716, -0.5059),
    "goes on": (0.1637, 0.3348, -0.1195),
    "interpolated": (0.0174, 0.0605, -0.3932),
    "slack": (0.0846, 0.0610, -0.2583),
    "filled": (0.5412, 0.1294, -0.0712),
}

REACHES = (  # predicted logit up to, true one below it by, above it by
    (1.735, 3.092, 1.919),
    (2.230, 0.759, 1.322),
    (2.488, 1.040, 0.622),
    (2.839, 0.886, 0.589),
    (3.877, 1.304, 0.861),
)
