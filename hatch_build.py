"""Builds the web page into the wheel; an installed package needs no Node."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = Path("src/manyhands/server/static/annotate.html")


class BuildPage(BuildHookInterface[Any]):
    """Runs `npm ci` and `npm run build` where the page is not built yet.

    An editable install goes without: there `make web` builds it.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or (Path(self.root) / PAGE).exists():
            return
        web = Path(self.root) / "web"
        for command in (["./npm", "ci"], ["./npm", "run", "build"]):
            try:
                subprocess.run(command, cwd=web, check=True)
            except (OSError, subprocess.CalledProcessError) as error:
                raise RuntimeError(
                    f"the web page could not be built ({' '.join(command)} in {web}: {error}); "
                    "it needs Node 20 or newer, and a wheel without the page is of no use"
                ) from error
