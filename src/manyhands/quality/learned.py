"""Constants of the predicted Dice, written by `python -m benchmarks.quality learn`.

From 310 structures of 18 training volumes, boxed by simulated crowds.
"""

from __future__ import annotations

INTERCEPT = 1.9119

TERMS = {  # feature: mean, scale, weight
    "log instability": (-3.0457, 0.8113, -0.7598),
    "open ends": (0.0921, 0.2725, -0.5545),
    "goes on": (0.1564, 0.3228, -0.0958),
    "interpolated": (0.0191, 0.0637, -0.3929),
    "slack": (0.0844, 0.0612, -0.2903),
    "filled": (0.5408, 0.1292, -0.1022),
}

REACHES = (  # predicted logit up to, true one below it by, above it by
    (2.095, 2.968, 2.009),
    (2.554, 0.945, 0.497),
    (3.815, 1.128, 0.711),
)
