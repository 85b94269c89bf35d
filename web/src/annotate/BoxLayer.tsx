// Boxes as real elements: each has a name and takes the focus; arrow keys move it, and its edges are
// sliders of their own. Handles are drawn small and felt large. In SVG, `tabindex` counts only in small
// letters.
import { type Box, type Edge, edgeOf, moveBox, setEdge } from "../geometry/boxes";
import { HANDLES, handlePosition } from "../geometry/handles";
import { boxToScreen, toScreen, type View } from "../geometry/view";
import { replaceBox, type StageModel } from "./stage";
import type { Words } from "./words";

const EDGES: readonly Edge[] = ["top", "left", "bottom", "right"];
/** How thick an edge is that has the focus: a line without an area could not take it. */
const EDGE_PX = 4;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export function BoxLayer({ model, t }: { model: StageModel; t: Words }) {
  const view = model.view.value;
  if (!view) return null;
  const boxes = model.dragged.value ?? model.boxes.value;
  const ghosts = model.dragged.value ? [] : model.ghost.value;
  return (
    <svg class="boxes" role="group" aria-label={t("guide.step-boxes")}>
      {model.reference.value.map((box, i) => (
        <Outline key={`r${i}`} view={view} box={box} look="reference" />
      ))}
      {ghosts.map((box, i) => (
        <Outline key={`g${i}`} view={view} box={box} look="ghost" name={t("box.ghost")} />
      ))}
      {ghosts[0] && <GhostHandles view={view} box={ghosts[0]} />}
      {boxes.map((box, i) => (
        <OneBox key={i} model={model} view={view} box={box} index={i} t={t} />
      ))}
      <DraftLines model={model} view={view} />
    </svg>
  );
}

function Outline({ view, box, look, name }: { view: View; box: Box; look: string; name?: string }) {
  const rectangle = boxToScreen(view, box);
  return (
    <g
      class={look}
      role={name ? "img" : undefined}
      aria-label={name}
      aria-hidden={name ? undefined : true}
    >
      <rect class="halo" {...rectangle} />
      <rect class="line" {...rectangle} />
    </g>
  );
}

function GhostHandles({ view, box }: { view: View; box: Box }) {
  return (
    <g class="ghost" aria-hidden="true">
      {HANDLES.map(handle => {
        const { x, y } = handlePosition(view, box, handle);
        return <circle key={handle} class="handle" cx={x} cy={y} r={4} />;
      })}
    </g>
  );
}

interface OneBoxProps {
  model: StageModel;
  view: View;
  box: Box;
  index: number;
  t: Words;
}

function OneBox({ model, view, box, index, t }: OneBoxProps) {
  const isSelected = model.selected.value === index;
  const rectangle = boxToScreen(view, box);
  const round = (value: number) => Math.round(value);
  const name = t("box.name", {
    n: index + 1,
    top: round(box.row0),
    left: round(box.column0),
    bottom: round(box.row1),
    right: round(box.column1),
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const arrow = ARROWS[event.key];
    if (!arrow || event.ctrlKey) return;
    event.preventDefault();
    event.stopPropagation();
    const by = event.shiftKey ? 10 : 1;
    replaceBox(model, index, moveBox(box, arrow[0] * by, arrow[1] * by, model.size));
  };
  return (
    <g class={isSelected ? "box selected" : "box"}>
      <g
        class="frame"
        tabindex={0}
        role="button"
        aria-label={name}
        aria-pressed={isSelected}
        data-box={index}
        onFocus={() => {
          model.selected.value = index;
        }}
        onKeyDown={onKeyDown}
      >
        <rect class="halo" {...rectangle} />
        <rect class="line" {...rectangle} />
      </g>
      {isSelected &&
        EDGES.map(edge => <EdgeSlider key={edge} {...{ model, view, box, index, edge, t }} />)}
      {isSelected &&
        HANDLES.map(handle => {
          const { x, y } = handlePosition(view, box, handle);
          return (
            <circle
              key={handle}
              class={`handle ${handle}`}
              cx={x}
              cy={y}
              r={5.5}
              data-handle={handle}
            />
          );
        })}
    </g>
  );
}

function EdgeSlider({ model, view, box, index, edge, t }: OneBoxProps & { edge: Edge }) {
  const { x, y, width, height } = boxToScreen(view, box);
  const half = EDGE_PX / 2;
  const bars = {
    top: { x, y: y - half, width, height: EDGE_PX },
    bottom: { x, y: y + height - half, width, height: EDGE_PX },
    left: { x: x - half, y, width: EDGE_PX, height },
    right: { x: x + width - half, y, width: EDGE_PX, height },
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const arrow = ARROWS[event.key];
    if (!arrow || event.ctrlKey) return;
    event.preventDefault();
    event.stopPropagation();
    const by = (arrow[0] + arrow[1]) * (event.shiftKey ? 10 : 1);
    replaceBox(model, index, setEdge(box, edge, edgeOf(box, edge) + by, model.size));
  };
  const isRow = edge === "top" || edge === "bottom";
  return (
    <rect
      class="edge"
      {...bars[edge]}
      tabindex={0}
      role="slider"
      aria-label={t(`box.${edge}`)}
      aria-orientation={isRow ? "vertical" : "horizontal"}
      aria-valuemin={0}
      aria-valuemax={isRow ? model.size.rows : model.size.columns}
      aria-valuenow={edgeOf(box, edge)}
      onKeyDown={onKeyDown}
    />
  );
}

/** What is being drawn: the points that are fixed, and the box that they and the pointer span. */
function DraftLines({ model, view }: { model: StageModel; view: View }) {
  const { points, tip } = model.draft.value;
  if (points.length === 0) return null;
  const all = (tip ? [...points, tip] : points).map(point => toScreen(view, point));
  const xs = all.map(({ x }) => x);
  const ys = all.map(({ y }) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  const rectangle = { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
  return (
    <g class="draft" aria-hidden="true">
      <rect class="halo" {...rectangle} />
      <rect class="line" {...rectangle} />
      {all.slice(0, points.length).map((at, i) => (
        <circle key={i} class="handle" cx={at.x} cy={at.y} r={4} />
      ))}
    </g>
  );
}
