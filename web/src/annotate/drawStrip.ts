// Draws the strip. States differ in form as well as in colour: a box is a full bar, "not here" a thin
// line, "not sure" half a bar, what is asked for is hollow, what is proposed is dotted.
import type { Strip } from "../slices/mhs";
import { type Mark, markOf } from "../state/coverage";
import type { Desk } from "./desk";
import { previewOf } from "./pictures";

const MARKS_PX = 14;
const GAP_PX = 4;

interface Look {
  fill: string | null;
  /** Share of the height. */
  high: number;
  line?: string;
}

const LOOKS: Readonly<Record<Mark, Look>> = {
  boxes: { fill: "#4fc3b3", high: 1 },
  absent: { fill: "#8b9795", high: 0.22 },
  unsure: { fill: "#f2b95f", high: 0.55 },
  asked: { fill: null, high: 1, line: "#e6ecea" },
  proposed: { fill: "#4fc3b3", high: 0.3 },
  outside: { fill: "#2a3335", high: 0.22 },
  unseen: { fill: "#46524f", high: 0.4 },
};

export function drawStrip(canvas: HTMLCanvasElement, desk: Desk): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext("2d");
  const strip = desk.pictures.strip.value;
  const current = desk.current.value;
  const { work, volume } = desk;
  if (!context || width === 0) return;
  const dense = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * dense)) canvas.width = Math.round(width * dense);
  if (canvas.height !== Math.round(height * dense)) canvas.height = Math.round(height * dense);
  context.setTransform(dense, 0, 0, dense, 0, 0);
  context.clearRect(0, 0, width, height);

  const pictures_px = height - MARKS_PX - GAP_PX;
  if (strip) drawPictures(context, desk, strip, width, pictures_px);
  const step = width / volume.count;
  for (let slice = 0; slice < volume.count; slice += 1) {
    drawMark(context, LOOKS[markOf(work, volume, slice)], slice * step, step, height);
  }
  drawHere(context, current * step, Math.max(step, 3), width, height);
}

function drawMark(
  context: CanvasRenderingContext2D,
  look: Look,
  x: number,
  step: number,
  bottom: number,
): void {
  const gap = step > 4 ? 1 : 0;
  const high = Math.max(MARKS_PX * look.high, 2);
  const wide = Math.max(step - gap, 0.7);
  if (look.fill) {
    context.fillStyle = look.fill;
    context.fillRect(x, bottom - high, wide, high);
  } else if (look.line) {
    context.strokeStyle = look.line;
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, bottom - high + 0.5, Math.max(wide - 1, 0.5), high - 1);
  }
}

function drawHere(
  context: CanvasRenderingContext2D,
  x: number,
  wide: number,
  width: number,
  height: number,
): void {
  context.strokeStyle = "#ffffff";
  context.lineWidth = 2;
  context.beginPath();
  context.roundRect(Math.min(Math.max(x, 1), width - wide - 1), 1, wide, height - 2, 2);
  context.stroke();
}

/** The row of pictures, drawn once for each size: only the marks change while one works. */
interface Film {
  canvas: OffscreenCanvas;
  key: string;
}

const films = new WeakMap<Strip, Film>();

function drawPictures(
  context: CanvasRenderingContext2D,
  desk: Desk,
  strip: Strip,
  width: number,
  height: number,
): void {
  const dense = devicePixelRatio || 1;
  const key = `${width} ${height} ${dense}`;
  let film = films.get(strip);
  if (film?.key !== key) {
    film = { canvas: makeFilm(desk, strip, width * dense, height * dense), key };
    films.set(strip, film);
  }
  context.drawImage(film.canvas, 0, 0, width, height);
}

/** As many small pictures as fit side by side, each in the middle of the slices it stands for. */
function makeFilm(desk: Desk, strip: Strip, width: number, height: number): OffscreenCanvas {
  const film = new OffscreenCanvas(Math.ceil(width), Math.ceil(height));
  const [, row_mm, column_mm] = desk.task.volume.spacing_mm;
  const ratio = (desk.stage.size.columns * column_mm) / (desk.stage.size.rows * row_mm);
  const shown = Math.max(1, Math.min(strip.count, Math.round(width / (height * ratio))));
  const wide = width / shown;
  const small = new OffscreenCanvas(strip.columns, strip.rows);
  const picture = new ImageData(strip.columns, strip.rows);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let i = 0; i < shown; i += 1) {
    const { greys } = previewOf(strip, Math.floor(((i + 0.5) / shown) * strip.count));
    for (let at = 0; at < greys.length; at += 1)
      pixels[at] = 0xff000000 | ((greys[at] as number) * 0x010101);
    small.getContext("2d")?.putImageData(picture, 0, 0);
    film.getContext("2d")?.drawImage(small, i * wide, 0, wide, height);
  }
  return film;
}
