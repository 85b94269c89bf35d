"""Writes `web/openapi.json`, of which the page's types are made; a test compares it.

`python -m manyhands.server.openapi` writes it anew.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from manyhands.config import Config, make_structures
from manyhands.server.app import make_app
from manyhands.server.settings import ServerSettings
from manyhands.store import create_study

DEFAULT_PATH = Path("web/openapi.json")


def describe_api() -> str:
    """The OpenAPI description of the server, as JSON."""
    with (
        tempfile.TemporaryDirectory() as folder,
        create_study(Path(folder, "study"), Config(make_structures(("liver",)))) as study,
    ):
        app = make_app(study, settings=ServerSettings(run_jobs=False, prepare=False))
        described = app.openapi()
        app.state.server.close()
    described["info"]["version"] = "1"  # of the API, or each release would change the file
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_PATH
    path.write_text(describe_api(), encoding="utf-8")
