"""Constants of the predicted Dice, written by `python -m benchmarks.quality learn`.

From 242 structures of 15 training volumes, boxed by simulated crowds.
"""

from __future__ import annotations

INTERCEPT = 1.8623

TERMS = {  # feature: mean, scale, weight
    "confidence": (0.8401, 0.1327, 0.5461),
    "instability": (0.0758, 0.1325, -0.7245),
    "open ends": (0.0805, 0.2577, -0.4654),
    "goes on": (0.1392, 0.2702, -0.1984),
    "interpolated": (0.0142, 0.0535, -0.1701),
    "log size": (4.4247, 0.4003, -0.1943),
}

REACHES = (  # predicted logit up to, true one below it by, above it by
    (2.200, 2.535, 1.386),
    (2.420, 0.896, 0.410),
    (3.261, 1.026, 0.629),
)
