"""The one door to torch, transformers and OpenVINO: says which extra is missing, mends a known
mismatch, and keeps what is done here to ourselves.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
from typing import Any

from manyhands.errors import ConfigError

_REPORTS = "openvino_telemetry"
EXTRA = "needs the extra `sam`: pip install 'manyhands[sam]'"


def require_torch() -> Any:
    """The module torch. Raises `ConfigError` naming the extra where it is not installed."""
    return _require("torch")


def require_transformers() -> Any:
    """The module transformers, ready to give its models."""
    torch = require_torch()
    _require("transformers")
    _mend_torchvision(torch)
    import transformers

    return transformers


def require_openvino() -> Any:
    """The module openvino, without its reports to its makers.

    Unless everybody who installs it refuses them by a file in their home, it sends them a message
    from each process that imports it and of each network that is converted. Where the module that
    does so is missing, it works without.
    """
    if "openvino" in sys.modules:
        return sys.modules["openvino"]
    missing = object()
    before = sys.modules.get(_REPORTS, missing)
    sys.modules[_REPORTS] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("openvino")
    finally:
        del sys.modules[_REPORTS]
        if before is not missing:
            sys.modules[_REPORTS] = before  # type: ignore[assignment]


def _require(name: str) -> Any:
    # A module that was set to None, as tests do, has no spec either.
    try:
        found = importlib.util.find_spec(name)
    except ValueError:
        found = None
    if found is None:
        raise ConfigError(f"this model {EXTRA} ({name} is not installed)")
    return importlib.import_module(name)


@functools.cache
def _mend_torchvision(torch: Any) -> Any:
    """Make a torchvision that was built for another torch importable.

    We need none of it, but transformers imports it wherever it is installed, and that built for
    CUDA refuses a CPU torch because two of its operators are missing. They are declared here, never
    run. The declaration holds for as long as the object that is returned.
    """
    if importlib.util.find_spec("torchvision") is None:
        return None
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
    else:
        return None
    _forget("torchvision")
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


def _forget(package: str) -> None:
    """Take half-imported modules away, so that the next import begins anew."""
    for name in [n for n in sys.modules if n.split(".")[0] == package]:
        del sys.modules[name]
