"""Commands for annotating online: `serve invite`. The server is loaded when it is needed only."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from manyhands.cli.arguments import json_option, study_argument
from manyhands.cli.terminal import give, give_json, say
from manyhands.errors import InputError
from manyhands.store import Role, Study, open_study

if TYPE_CHECKING:
    from manyhands.server import ServerSettings
    from manyhands.server.run import Place

PORT = 8765
LOCAL = "127.0.0.1"

address_option = click.option(
    "--address",
    metavar="URL",
    help=f"How people reach the server, for links.  [default: http://{LOCAL}:{PORT}]",
)


@click.command()
@study_argument
@click.option(
    "--host",
    default=LOCAL,
    show_default=True,
    help="0.0.0.0 lets other devices of the network in.",
)
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="A proxy speaks https for it: cookies for https only, and its X-Forwarded headers count.",
)
@click.option("--address", metavar="URL", help="How people reach it, for links.")
@click.option(
    "--jobs/--no-jobs",
    default=True,
    show_default=True,
    help="Do what leads start on their page, without a `manyhands worker`.",
)
@click.option("--log-requests", is_flag=True, help="A line of JSON for each, without names.")
def serve(
    study: Path,
    host: str,
    port: int,
    behind_proxy: bool,
    address: str | None,
    jobs: bool,
    log_requests: bool,
) -> None:
    """Serve the page on which people annotate, and the one on which you watch them."""
    from manyhands.server import ServerSettings
    from manyhands.server.run import lead_link, listen

    settings = ServerSettings(is_https=behind_proxy, run_jobs=jobs)
    with open_study(study) as opened:
        place = listen(host, port, address=address)
        give(f"lead: {lead_link(opened, place.address)}")
        say(f"serving {study} at {place.address}; Ctrl-C stops it")
        say(f"to invite people: manyhands invite {study} --address {place.address}")
        _serve(opened, place, settings, log_requests)


def serve_demo(folder: Path, port: int) -> None:
    """Serve the demo's study, with two links to click."""
    from manyhands.server import ServerSettings
    from manyhands.server.run import demo_links, listen

    with open_study(folder) as study:
        try:
            place = listen(LOCAL, port)
        except InputError:
            place = listen(LOCAL, 0)  # somebody tries two demos at once
        annotate, lead = demo_links(study, place.address)
        give(f"annotate: {annotate}")
        give(f"lead:     {lead}")
        say("Open these links in a browser; Ctrl-C ends the server.")
        _serve(study, place, ServerSettings(), False)


def _serve(study: Study, place: Place, settings: ServerSettings, log_requests: bool) -> None:
    from manyhands.server.run import serve, why_no_page

    if words := why_no_page(settings):
        say(words)
    with suppress(KeyboardInterrupt):  # it comes again, or not, once the server has ended
        serve(study, place, settings=settings, logs_requests=log_requests)
    say("stopped; everything that was answered is kept")


@click.command()
@study_argument
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.ANNOTATOR.value,
    show_default=True,
)
@click.option("--days", default=14.0, show_default=True, type=click.FloatRange(0, 3650, True))
@click.option(
    "--uses",
    type=click.IntRange(1),
    help="How many people may take it.  [default: any number of annotators, one of the others]",
)
@click.option("--note", default="", help="For yourself: whom it is for.")
@click.option(
    "--for",
    "name",
    metavar="NAME",
    help="Instead, a link that logs in somebody who is here already: once, for a day. Reviewers "
    "and leads choose a new password with it.",
)
@address_option
@json_option
def invite(
    study: Path,
    role: str,
    days: float,
    uses: int | None,
    note: str,
    name: str | None,
    address: str | None,
    as_json: bool,
) -> None:
    """Make a link to send to people: they choose a name and begin."""
    from manyhands.server.run import make_invitation, make_link_for

    if len(note) > 200:
        raise click.UsageError("--note: 200 characters at most")
    address = (address or f"http://{LOCAL}:{PORT}").rstrip("/")
    with open_study(study) as opened:
        if name is not None:
            link = make_link_for(opened, address, name)
            told = {"link": link, "name": name}
        else:
            most_uses = uses or (None if role == Role.ANNOTATOR else 1)
            made, link = make_invitation(
                opened, address, role=Role(role), days=days, most_uses=most_uses, note=note
            )
            told = {"link": link, "invite_id": made.invite_id, "role": role}
    if as_json:
        give_json(told)
    else:
        give(link)
        say("this link is shown this once; the lead's page lists and withdraws it")
