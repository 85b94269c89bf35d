// How far every structure of every volume is: a matrix, and who said what of one of them.
import { useState } from "preact/hooks";
import { Button, Dialog, Icon, type IconName } from "../ui";
import { Dot, Empty, Figure, Loaded } from "./parts";
import { runsOf, runWords, type Standing, seenShare, standingOf, totalsOf } from "./progress";
import { useResource } from "./resource";
import type { PersonProgress, Progress, StructureHead, SubjectProgress } from "./types";
import { duration, moment, number, percent, plainName, t } from "./words";

const EVERY_MS = 15_000;
/** Beyond so many people wanted the number says nothing: whoever comes is welcome. */
const MANY = 9;

export function ProgressPage() {
  const progress = useResource<Progress>("/api/v1/lead/progress", EVERY_MS);
  return (
    <>
      <h1>{t("progress.title")}</h1>
      <Loaded of={progress}>{value => <Overview progress={value} />}</Loaded>
    </>
  );
}

function Overview({ progress }: { progress: Progress }) {
  const [open, setOpen] = useState<SubjectProgress>();
  const totals = totalsOf(progress);
  if (progress.volumes.length === 0)
    return (
      <Empty>
        {t("progress.no-volumes")} <a href="#setup">{t("nav.setup")}</a>
      </Empty>
    );
  const shown = progress.subjects.find(
    one => one.volume_id === open?.volume_id && one.structure_id === open.structure_id,
  );
  return (
    <>
      <div class="tiles">
        <Figure
          value={`${number(totals.done)} / ${number(totals.all)}`}
          words={t("progress.done")}
        />
        <Figure value={number(totals.disputed)} words={t("progress.disputed")} />
        <Figure value={number(totals.people)} words={t("progress.people", { n: totals.people })} />
        <Figure
          value={totals.active_s ? duration(totals.active_s) : "–"}
          words={t("progress.time")}
        />
      </div>
      <Matrix progress={progress} onOpen={setOpen} />
      {shown && <Detail progress={progress} subject={shown} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function Matrix(props: { progress: Progress; onOpen: (subject: SubjectProgress) => void }) {
  const { volumes, structures, subjects } = props.progress;
  const found = new Map(subjects.map(s => [`${s.volume_id} ${s.structure_id}`, s]));
  return (
    <div class="table-frame">
      <table class="table matrix">
        <caption class="only-read">{t("progress.caption")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("progress.volume")}</th>
            {structures.map(one => (
              <th scope="col" key={one.structure_id}>
                <Dot colour={one.colour} /> {plainName(one.name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {volumes.map(volume => (
            <tr key={volume.volume_id}>
              <th scope="row">
                {volume.name}
                <span class="soft small"> {t("progress.slices", { n: volume.slice_count })}</span>
              </th>
              {structures.map(one => {
                const subject = found.get(`${volume.volume_id} ${one.structure_id}`);
                return (
                  <td key={one.structure_id} data-title={plainName(one.name)}>
                    {subject ? (
                      <Cell
                        subject={subject}
                        sliceCount={volume.slice_count}
                        name={`${volume.name}, ${plainName(one.name)}`}
                        onOpen={() => props.onOpen(subject)}
                      />
                    ) : (
                      <span class="soft small not-asked">{t("progress.not-asked")}</span>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const LOOK: Record<Standing, { icon: IconName; class: string }> = {
  untouched: { icon: "next", class: "" },
  open: { icon: "edges", class: "warn" },
  disputed: { icon: "warn", class: "bad" },
  wanted: { icon: "add", class: "" },
  done: { icon: "accept", class: "good" },
};

function Cell(props: {
  subject: SubjectProgress;
  sliceCount: number;
  name: string;
  onOpen: () => void;
}) {
  const { subject, sliceCount, name } = props;
  const standing = standingOf(subject);
  const share = seenShare(subject, sliceCount);
  const finished = subject.people.filter(person => person.has_finished).length;
  const words = t(`standing.${standing}`);
  return (
    <button type="button" class="cell" onClick={props.onOpen}>
      <span class="only-read">{name}: </span>
      <span class={`badge ${LOOK[standing].class}`}>
        <Icon name={LOOK[standing].icon} size={14} />
        {words}
      </span>
      <span class="only-read">, {t("progress.seen", { share: percent(share) })}, </span>
      <span class="meter" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
      <span class="soft small number">
        {t("progress.finished", { n: finished })}
        {subject.n_more > 0 &&
          subject.n_more <= MANY &&
          ` · ${t("progress.more", { n: subject.n_more })}`}
      </span>
    </button>
  );
}

function Legend() {
  return (
    <ul class="legend small">
      {(["b", "a", "u", "."] as const).map(letter => (
        <li key={letter}>
          <span class={`swatch said-${name(letter)}`} aria-hidden="true" />
          {t(`said.${name(letter)}`)}
        </li>
      ))}
    </ul>
  );
}

const NAMES = { b: "boxes", a: "absent", u: "unsure", ".": "nothing" } as const;
const name = (letter: string) => NAMES[letter as keyof typeof NAMES] ?? "nothing";

function Detail(props: { progress: Progress; subject: SubjectProgress; onClose: () => void }) {
  const { progress, subject } = props;
  const volume = progress.volumes.find(one => one.volume_id === subject.volume_id);
  const structure = progress.structures.find(one => one.structure_id === subject.structure_id);
  const title = `${volume?.name ?? ""}, ${plainName((structure as StructureHead).name)}`;
  return (
    <Dialog
      wide
      title={title}
      closeLabel={t("lead.close")}
      onClose={props.onClose}
      footer={
        <Button
          look="primary"
          icon="next"
          onClick={() => {
            location.href = `/review#${subject.volume_id}/${subject.structure_id}`;
          }}
        >
          {t("progress.review")}
        </Button>
      }
    >
      <p>
        {t(`standing.${standingOf(subject)}`)}: {subject.reason}.
      </p>
      {subject.unseen.length > 0 && subject.is_begun && (
        <p class="soft">
          {t("progress.unseen", { slices: runWords(subject.unseen, t("lead.to")) })}
        </p>
      )}
      {subject.people.length === 0 && <Empty>{t("progress.nobody")}</Empty>}
      {subject.people.map(person => (
        <Person key={person.annotator_id} person={person} />
      ))}
      {subject.people.length > 0 && <Legend />}
    </Dialog>
  );
}

function Person({ person }: { person: PersonProgress }) {
  return (
    <div class="person">
      <div class="row">
        <strong class="grow">{person.name}</strong>
        <span class="soft small number">
          {number(person.answered)} / {number(person.asked)} · {duration(person.active_s)} ·{" "}
          {moment(person.last_at)}
        </span>
        {person.has_finished && <span class="badge good">{t("progress.has-finished")}</span>}
      </div>
      <SliceStrip person={person} />
    </div>
  );
}

/** A band along the volume, from the lowest slice on the left to the highest. */
function SliceStrip({ person }: { person: PersonProgress }) {
  const runs = runsOf(person.slices);
  const words = runs
    .filter(run => run.letter !== ".")
    .map(run => {
      const slices = runWords([[run.first, run.first + run.length - 1]], t("lead.to"));
      return `${t(`said.${name(run.letter)}`)} ${slices}`;
    });
  return (
    <svg
      class="strip"
      viewBox={`0 0 ${person.slices.length} 10`}
      preserveAspectRatio="none"
      role="img"
      aria-label={words.join("; ") || t("said.nothing")}
    >
      {runs.map(run => (
        <rect
          key={run.first}
          class={`said-${name(run.letter)}`}
          x={run.first}
          y={0}
          width={run.length}
          height={10}
        />
      ))}
    </svg>
  );
}
