"""Does the server keep every answer, and how fast, when hundreds annotate at once?

    python -m benchmarks.server_load                       # 200 people for two minutes
    python -m benchmarks.server_load --kill-after 60       # and the server dies half-way

A server of its own process serves a made-up study on this machine. Each simulated person fetches
the next slice and sends an answer on it every two seconds, and sends it again, with the same id,
until the server has said that it has it, as the page does. At the end every answer that was
acknowledged must be in the database, once.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.tables import format_table
from manyhands.config import Asking, Config, make_structures
from manyhands.phantom import make_phantom
from manyhands.pipeline import Source, add_volumes
from manyhands.server.settings import ServerSettings
from manyhands.store import (
    Account,
    Role,
    Study,
    answer_history,
    create_study,
    insert_account,
    make_annotator_of,
    open_study,
    start_session,
)
from manyhands.volumes import write_volume

HOST = "127.0.0.1"
EVERY_S = 2.0
TIMEOUT_S = 8.0  # as the page has it
AGAIN_S = 0.5
SHAPE = (512, 512, 60)
SPACING_MM = (0.8, 0.8, 5.0)
STARTS_WITHIN_S = 60.0


@dataclass
class Person:
    """One annotator at work. `acknowledged` are the ids of answers that the server said it has."""

    token: str
    save_s: list[float] = field(default_factory=list)
    slice_s: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


class Visit:
    """A person's connection to the server, opened anew when it breaks."""

    def __init__(self, port: int, person: Person) -> None:
        self._port, self._person = port, person
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, content: object = None) -> tuple[int, bytes]:
        """Status and body; (0, b"") where the server could not be reached."""
        cookie = f"{ServerSettings().cookie_name}={self._person.token}"
        headers = {"Cookie": cookie, "Origin": f"http://{HOST}:{self._port}"}
        body = None if content is None else json.dumps(content)
        if method == "POST":
            headers["Content-Type"] = "application/json"
        if self._connection is None:
            self._connection = http.client.HTTPConnection(HOST, self._port, timeout=TIMEOUT_S)
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self._connection = None
            return 0, b""


def annotate(port: int, person: Person, ends_at_s: float, number: int) -> None:
    """Work on one task, a slice every two seconds, until the time is over; then send the rest."""
    rng = random.Random(number)
    visit = Visit(port, person)
    task = _begin(visit, person, ends_at_s)
    if task is None:
        return
    slices, address = int(task["volume"]["slice_count"]), f"/api/v1/tasks/{task['task_id']}"
    time.sleep(rng.uniform(0, EVERY_S))
    k = 0
    while time.monotonic() < ends_at_s:
        due_s = time.monotonic() + EVERY_S
        began_s = time.perf_counter()
        status, _ = visit.ask("GET", f"{address}/slices/{k % slices}")
        _note(person, "slice", status, person.slice_s, began_s)
        _save(visit, person, address, k % slices, rng)
        k += 1
        time.sleep(max(0.0, due_s - time.monotonic()))


def _begin(visit: Visit, person: Person, ends_at_s: float) -> dict[str, dict[str, int]] | None:
    while time.monotonic() < ends_at_s:
        status, body = visit.ask("POST", "/api/v1/tasks/next", {})
        if status == 200:
            task: dict[str, dict[str, int]] = json.loads(body)
            return task
        person.errors[f"next task: {status}"] += 1
        time.sleep(AGAIN_S)
    return None


def _save(visit: Visit, person: Person, address: str, k: int, rng: random.Random) -> None:
    row, column = rng.uniform(100, 200), rng.uniform(100, 200)
    box = {"row0": row, "column0": column, "row1": row + 90, "column1": column + 80}
    answer = {
        "answer_id": str(uuid.uuid4()),
        "slice_index": k,
        "state": "boxes",
        "boxes": [{**box, "origin": "drawn"}],
        "created_at": datetime.now(UTC).isoformat(),
        "active_s": 1.5,
        "pause_s": 0.5,
    }
    while True:
        began_s = time.perf_counter()
        status, body = visit.ask("POST", f"{address}/answers", {"answers": [answer]})
        _note(person, "save", status, person.save_s, began_s)
        if status == 200:
            said = json.loads(body)["results"][0]["status"]
            if said not in ("saved", "known"):
                person.errors[f"save: {said}"] += 1
            person.acknowledged.append(str(answer["answer_id"]))
            return
        time.sleep(AGAIN_S)


def _note(person: Person, what: str, status: int, times_s: list[float], began_s: float) -> None:
    if status == 200:
        times_s.append(time.perf_counter() - began_s)
    else:
        person.errors[f"{what}: {status or 'no connection'}"] += 1


def make_study(folder: Path, people: int, volumes: int) -> list[Person]:
    """A study of phantoms with large slices, and people who are logged in already."""
    asking = Asking(first_annotators=people, most_annotators=people)
    config = Config(make_structures(("liver", "spleen")), asking=asking)
    with create_study(folder, config) as study:
        sources = []
        for number in range(volumes):
            image = folder / f"phantom-{number}.nii.gz"
            volume, _, _ = make_phantom(SHAPE, spacing_mm=SPACING_MM, seed=number)
            write_volume(volume.data, volume.grid, image)
            sources.append(Source(image, None, None))
        add_volumes(study, sources, link=True)
        return [_enter(study, f"person-{number}") for number in range(people)]


def _enter(study: Study, name: str) -> Person:
    now = datetime.now(UTC)
    with study.writing() as connection:
        account = Account(name, Role.ANNOTATOR, created_at=now)
        insert_account(connection, account)
        return Person(start_session(connection, make_annotator_of(connection, account), now))


@contextmanager
def serving(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The server in a process of its own, from when it is ready."""
    command = [sys.executable, "-m", "manyhands", "serve", str(folder), "--port", str(port)]
    with subprocess.Popen([*command, "--no-jobs"], stdout=subprocess.DEVNULL) as process:
        try:
            wait_until_ready(port)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def wait_until_ready(port: int) -> None:
    """Raises `TimeoutError` where the server does not come up."""
    visit = Visit(port, Person(""))
    ends_s = time.monotonic() + STARTS_WITHIN_S
    while visit.ask("GET", "/readyz")[0] != 200:
        if time.monotonic() > ends_s:
            raise TimeoutError(f"the server did not get ready within {STARTS_WITHIN_S:g} s")
        time.sleep(0.2)


def work(folder: Path, people: Sequence[Person], arguments: argparse.Namespace) -> None:
    """All people at once; the server is killed on the way where that is asked for."""
    with serving(folder, arguments.port) as server:
        wait_until_prepared(folder, arguments.volumes)
        ends_at_s = time.monotonic() + arguments.seconds
        threads = [
            threading.Thread(target=annotate, args=(arguments.port, person, ends_at_s, number))
            for number, person in enumerate(people)
        ]
        for thread in threads:
            thread.start()
        if not arguments.kill_after:
            _join(threads, arguments.seconds)
            return
        time.sleep(arguments.kill_after)
        server.kill()
        server.wait()
    with serving(folder, arguments.port):
        _join(threads, arguments.seconds - arguments.kill_after)


def wait_until_prepared(folder: Path, volumes: int) -> None:
    """Slices are written ahead of time, before anybody annotates."""
    wanted = volumes * SHAPE[2]
    with tqdm(total=wanted, unit="slice", desc="prepare", file=sys.stderr) as bar:
        while bar.n < wanted:
            time.sleep(0.5)
            bar.update(len(list(folder.glob("slices/*/axial/*.mhs"))) - bar.n)


def _join(threads: Sequence[threading.Thread], seconds: float) -> None:
    for _ in tqdm(range(round(seconds)), unit="s", desc="annotate", file=sys.stderr):
        time.sleep(1)
    for thread in threads:
        thread.join()


def check_answers(folder: Path, people: Sequence[Person]) -> tuple[int, int, int]:
    """How many answers were acknowledged, how many of these are missing, and how many double."""
    with open_study(folder) as study, study.reading() as connection:
        there = Counter(answer.answer_id for answer in answer_history(connection))
    acknowledged = [answer_id for person in people for answer_id in person.acknowledged]
    missing = sum(answer_id not in there for answer_id in acknowledged)
    return len(acknowledged), missing, sum(number > 1 for number in there.values())


def describe(people: Sequence[Person]) -> str:
    """Times of what was answered, in ms."""
    rows = []
    for name, times in (
        ("save an answer", [s for person in people for s in person.save_s]),
        ("fetch a slice", [s for person in people for s in person.slice_s]),
    ):
        cells = (f"{1000 * value:.0f}" for value in np.percentile(times, (50, 95, 99, 100)))
        rows.append([name, str(len(times)), *cells])
    return format_table(["ms", "times", "median", "p95", "p99", "most"], rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Gives 1 where an acknowledged answer is missing or double, or something went wrong."""
    parser = argparse.ArgumentParser(description="The server under the load of many annotators.")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--volumes", type=int, default=4)
    parser.add_argument("--kill-after", type=float, default=0, help="seconds; 0: never")
    parser.add_argument("--port", type=int, default=8799)
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "study"
        people = make_study(folder, arguments.people, arguments.volumes)
        work(folder, people, arguments)
        acknowledged, missing, double = check_answers(folder, people)
    print(describe(people))
    print(f"{acknowledged} answers acknowledged, {missing} of them missing, {double} double")
    errors = sum((person.errors for person in people), Counter[str]())
    for what, number in errors.most_common():
        print(f"{number} times {what}")
    return int(missing > 0 or double > 0 or (bool(errors) and not arguments.kill_after))


if __name__ == "__main__":
    sys.exit(main())
