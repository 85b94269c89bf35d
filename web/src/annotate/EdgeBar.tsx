// Edges by buttons, for hands that cannot drag.
import { type Edge, edgeOf, setEdge } from "../geometry/boxes";
import { replaceBox, type StageModel } from "./stage";
import type { Words } from "./words";

export interface EdgeBarProps {
  model: StageModel;
  t: Words;
}

const EDGE_SIGNS: readonly [Edge, string, string][] = [
  ["top", "↑", "↓"],
  ["bottom", "↑", "↓"],
  ["left", "←", "→"],
  ["right", "←", "→"],
];

/** WCAG 2.2, 2.5.7: whatever is dragged can be done without dragging. */
export function EdgeBar({ model, t }: EdgeBarProps) {
  const index = model.selected.value ?? 0;
  const box = model.boxes.value[index];
  if (!box) return null;
  const nudge = (edge: Edge, by: number) =>
    replaceBox(model, index, setEdge(box, edge, edgeOf(box, edge) + by, model.size));
  return (
    <div class="edge-bar chip" data-control>
      {EDGE_SIGNS.map(([edge, less, more]) => (
        <fieldset key={edge}>
          <legend>{t(`box.${edge}`)}</legend>
          <Nudge
            sign={less}
            label={`${t(`box.${edge}`)} ${less}`}
            onClick={() => nudge(edge, -1)}
          />
          <Nudge sign={more} label={`${t(`box.${edge}`)} ${more}`} onClick={() => nudge(edge, 1)} />
        </fieldset>
      ))}
    </div>
  );
}

function Nudge({ sign, label, onClick }: { sign: string; label: string; onClick: () => void }) {
  return (
    <button type="button" class="button icon" aria-label={label} onClick={onClick}>
      {sign}
    </button>
  );
}
