// One structure of one volume: three planes with everything over them, why it is flagged, who said what.
import { useEffect, useMemo, useState } from "preact/hooks";
import { request } from "../api/request";
import { Dot, Loaded, useAction } from "../lead/parts";
import { useResource } from "../lead/resource";
import type { Me, StructureHead } from "../lead/types";
import { number, percent, plainName, ratio, t } from "../lead/words";
import { Button, toast } from "../ui";
import { Findings, People, SendBack } from "./aside";
import { toBlock } from "./masks";
import type { Shown } from "./Overlay";
import { keyOf, middleOf } from "./order";
import { PlaneView } from "./PlaneView";
import { PLANES, type Place, withIndex } from "./planes";
import type {
  FlaggedSubject,
  Masks,
  NamedWindow,
  ReviewList,
  ReviewSubject,
  ReviewVolume,
} from "./types";

interface Props {
  me: Me;
  subject: FlaggedSubject;
  volume: ReviewVolume;
  structure: StructureHead;
  slice: number | null;
  previous: FlaggedSubject | undefined;
  next: FlaggedSubject | undefined;
  onSentBack: (list: ReviewList) => void;
}

export function SubjectPage(props: Props) {
  const { subject, volume, structure } = props;
  const base = `/api/v1/lead/review/${volume.volume_id}`;
  const path = `${base}/structures/${structure.structure_id}`;
  const said = useResource<ReviewSubject>(path);
  const masks = useResource<Masks>(`${path}/masks`);
  const windows = useResource<NamedWindow[]>(`${base}/windows`);
  return (
    <>
      <div class="row heading">
        <a class="button plain" href="#list">
          {t("review.to-list")}
        </a>
        <h1 class="grow">
          <Dot colour={structure.colour} /> {plainName(structure.name)}, {volume.name}
        </h1>
        <Neighbour of={props.previous} words={t("review.previous")} />
        <Neighbour of={props.next} words={t("review.next")} />
      </div>
      <Loaded of={said}>
        {found => (
          <Loaded of={windows}>
            {choices => (
              <Viewer
                {...props}
                said={found}
                masks={masks.value}
                windows={choices}
                key={keyOf(subject)}
              />
            )}
          </Loaded>
        )}
      </Loaded>
    </>
  );
}

function Neighbour({ of, words }: { of: FlaggedSubject | undefined; words: string }) {
  if (!of) return null;
  return (
    <a class="button" href={`#${keyOf(of)}`}>
      {words}
    </a>
  );
}

interface ViewerProps extends Props {
  said: ReviewSubject;
  masks: Masks | undefined;
  windows: NamedWindow[];
}

function Viewer(props: ViewerProps) {
  const { said, volume, structure, masks, windows } = props;
  const [at, setAt] = useState<Place>(() => {
    const middle = middleOf(said, volume);
    return props.slice === null ? middle : withIndex("axial", middle, props.slice, volume);
  });
  // A link to another slice of the same subject, from the findings.
  useEffect(() => {
    if (props.slice !== null) setAt(old => withIndex("axial", old, props.slice as number, volume));
  }, [props.slice, volume]);
  const [shown, setShown] = useState<Shown>({
    people: true,
    consensus: true,
    mask: true,
    reference: false,
  });
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [window, setWindow] = useState<NamedWindow>(windows[0] as NamedWindow);
  const blocks = useMemo(
    () => ({
      mask: masks?.mask ? toBlock(masks.mask) : null,
      reference: masks?.reference ? toBlock(masks.reference) : null,
    }),
    [masks],
  );
  const goTo = (slice: number) => setAt(withIndex("axial", at, slice, volume));
  return (
    <div class="viewer">
      <div class="planes">
        {PLANES.map(plane => (
          <PlaneView
            key={plane}
            {...{ plane, volume, at, window, blocks, shown, hidden }}
            colour={structure.colour}
            subject={said}
            onMove={setAt}
          />
        ))}
        <SliceBar {...props} at={at} goTo={goTo} />
      </div>
      <div class="stack aside">
        <Findings subject={props.subject} goTo={goTo} />
        <Layers {...{ shown, setShown, windows, window, setWindow }} masks={masks} />
        <People said={said} at={at} hidden={hidden} setHidden={setHidden} />
        <SendBack {...props} />
        {props.me.role === "lead" && <AsExample {...props} at={at} />}
      </div>
    </div>
  );
}

function SliceBar(props: ViewerProps & { at: Place; goTo: (slice: number) => void }) {
  const { said, volume, at, goTo } = props;
  const k = at[0];
  const presence = said.agreed?.presence[k];
  const confidence = said.confidence?.[k];
  return (
    <div class="slice-bar">
      <label class="row">
        <span class="small number">{t("review.slice", { n: k, all: volume.slice_count - 1 })}</span>
        <input
          class="grow"
          type="range"
          min={0}
          max={volume.slice_count - 1}
          value={k}
          aria-label={t("review.slice-slider")}
          onInput={event => goTo(Number((event.target as HTMLInputElement).value))}
        />
      </label>
      <p class="small soft number facts-line">
        {said.agreed && !said.agreed.is_seen[k] && (
          <span class="badge warn">{t("review.not-seen")}</span>
        )}
        {presence !== undefined && (
          <span>{t("review.presence", { share: percent(presence) })}</span>
        )}
        {typeof confidence === "number" && (
          <span>{t("review.confidence", { share: percent(confidence) })}</span>
        )}
        {said.volume_dice !== null && (
          <span>{t("review.dice", { dice: ratio(said.volume_dice) })}</span>
        )}
      </p>
    </div>
  );
}

const LAYERS = ["people", "consensus", "mask", "reference"] as const;

function Layers(props: {
  shown: Shown;
  setShown: (shown: Shown) => void;
  windows: NamedWindow[];
  window: NamedWindow;
  setWindow: (window: NamedWindow) => void;
  masks: Masks | undefined;
}) {
  const { shown, setShown, windows, window, masks } = props;
  const isThere = (layer: (typeof LAYERS)[number]) =>
    layer === "mask" || layer === "reference" ? masks?.[layer] != null : true;
  return (
    <section class="card stack">
      <h2>{t("review.show")}</h2>
      <div class="actions">
        {LAYERS.map(layer => (
          <Button
            key={layer}
            pressed={shown[layer] && isThere(layer)}
            disabled={!isThere(layer)}
            onClick={() => setShown({ ...shown, [layer]: !shown[layer] })}
          >
            {t(`review.show-${layer}`)}
          </Button>
        ))}
      </div>
      {masks && !masks.mask && <p class="soft small">{t("review.no-mask")}</p>}
      <label class="field">
        {t("review.window")}
        <select
          class="input"
          value={window.name}
          onChange={event => {
            const name = (event.target as HTMLSelectElement).value;
            props.setWindow(windows.find(one => one.name === name) ?? window);
          }}
        >
          {windows.map(one => (
            <option key={one.name} value={one.name}>
              {one.name} ({number(one.centre)} / {number(one.width)})
            </option>
          ))}
        </select>
      </label>
    </section>
  );
}

function AsExample({ said, volume, structure, at }: ViewerProps & { at: Place }) {
  const [isBusy, run] = useAction();
  const box = said.agreed?.slices.find(one => one.slice_index === at[0])?.boxes[0] ?? null;
  const send = () =>
    run(async () => {
      const path = `/api/v1/lead/structures/${structure.structure_id}/example`;
      const body = { volume_id: volume.volume_id, slice_index: at[0], box };
      await request("PUT", path, { body, limit_ms: 60_000 });
      toast(t("review.as-example-done", { name: structure.name }));
    });
  return (
    <Button disabled={isBusy} onClick={() => void send()}>
      {t("review.as-example")}
    </Button>
  );
}
