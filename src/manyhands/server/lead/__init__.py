"""What leads and reviewers see and do: set up, invite, watch, review, start jobs.

The `*_routes` modules hold the routes; the others gather what these tell.
"""

from fastapi import APIRouter

from manyhands.server.access import LEADS, REVIEWERS, Access
from manyhands.server.lead import (
    account_routes,
    invite_routes,
    job_routes,
    review_routes,
    setup_routes,
    watch_routes,
)
from manyhands.server.lead.common import PREFIX

ROUTERS: tuple[APIRouter, ...] = (
    setup_routes.router,
    invite_routes.router,
    account_routes.router,
    watch_routes.router,
    review_routes.router,
    job_routes.router,
)

_REVIEW = f"{PREFIX}/review"

ACCESS: Access = {
    # Set up.
    ("GET", f"{PREFIX}/study"): LEADS,
    ("PATCH", f"{PREFIX}/study"): LEADS,
    ("PUT", f"{PREFIX}/structures/{{structure_id}}/example"): LEADS,
    ("GET", f"{PREFIX}/volumes"): LEADS,
    ("POST", f"{PREFIX}/volumes"): LEADS,
    # Who may do what.
    ("GET", f"{PREFIX}/invites"): LEADS,
    ("POST", f"{PREFIX}/invites"): LEADS,
    ("POST", f"{PREFIX}/invites/{{invite_id}}/revoke"): LEADS,
    ("GET", f"{PREFIX}/accounts"): LEADS,
    ("POST", f"{PREFIX}/accounts/{{account_id}}/disable"): LEADS,
    ("POST", f"{PREFIX}/accounts/{{account_id}}/enable"): LEADS,
    ("POST", f"{PREFIX}/accounts/{{account_id}}/role"): LEADS,
    ("POST", f"{PREFIX}/accounts/{{account_id}}/link"): LEADS,
    ("POST", f"{PREFIX}/accounts/{{account_id}}/revoke-links"): LEADS,
    # Watch.
    ("GET", f"{PREFIX}/progress"): REVIEWERS,
    ("GET", f"{PREFIX}/annotators"): LEADS,
    ("GET", f"{PREFIX}/charts"): LEADS,
    ("GET", f"{PREFIX}/audit"): LEADS,
    # Review.
    ("GET", _REVIEW): REVIEWERS,
    ("GET", f"{_REVIEW}/{{volume_id}}/windows"): REVIEWERS,
    ("GET", f"{_REVIEW}/{{volume_id}}/{{plane}}/{{index}}.mhs"): REVIEWERS,
    ("GET", f"{_REVIEW}/{{volume_id}}/structures/{{structure_id}}"): REVIEWERS,
    ("GET", f"{_REVIEW}/{{volume_id}}/structures/{{structure_id}}/masks"): REVIEWERS,
    ("POST", f"{_REVIEW}/{{volume_id}}/structures/{{structure_id}}/send-back"): REVIEWERS,
    # Jobs and results.
    ("GET", f"{PREFIX}/jobs"): LEADS,
    ("POST", f"{PREFIX}/jobs"): LEADS,
    ("POST", f"{PREFIX}/jobs/{{job_id}}/cancel"): LEADS,
    ("GET", f"{PREFIX}/downloads"): LEADS,
    ("GET", f"{PREFIX}/downloads/{{name}}"): LEADS,
}
"""Who may ask what, a line for each route; part of the server's one table."""

__all__ = ["ACCESS", "ROUTERS"]
