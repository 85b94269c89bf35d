"""What whoever starts the server decides; the study's own settings are in manyhands.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

STATIC_FOLDER = Path(__file__).parent / "static"


@dataclass(frozen=True)
class ServerSettings:
    """How one server runs.

    `is_https` where people reach it by https, through a proxy: cookies are then for https only.
    `run_jobs`: do what leads ask for beside the server, without a `manyhands worker`. `prepare`:
    write the slices of all volumes, and warm up the live mask, before anybody asks for them.
    """

    is_https: bool = False
    run_jobs: bool = True
    prepare: bool = True
    static_folder: Path = field(default=STATIC_FOLDER)

    @property
    def cookie_name(self) -> str:
        """`__Host-` lets browsers refuse a cookie that another host of the domain made."""
        return "__Host-manyhands" if self.is_https else "manyhands"
