// Reads slices as the server sends them: gzip of a header and planes of bytes, 16 bits a voxel.
// The format is described in docs/look-up/slice-format.md.

/** One decoded slice: codes row after row; `value = code * slope + intercept`. */
export interface Slice {
  rows: number;
  columns: number;
  codes: Uint16Array;
  slope: number;
  intercept: number;
}

/** Small grey pictures of all slices, one after the other; 0 to 255 is the volume's first window. */
export interface Strip {
  count: number;
  rows: number;
  columns: number;
  greys: Uint8Array;
}

const HEADER_BYTES = 32;

export async function decodeSlice(file: ArrayBuffer): Promise<Slice> {
  const { magic, kind, step, ...header } = readHeader(await gunzip(file));
  const { rows, columns, bytes } = header;
  const count = rows * columns;
  if (magic !== "MHS1" || kind !== 0)
    throw new Error(`Expected a slice MHS1 of kind 0, got ${magic} ${kind}`);
  if (bytes.length !== 2 * count) {
    throw new Error(
      `A slice of ${rows} x ${columns} needs ${2 * count} bytes, got ${bytes.length}`,
    );
  }
  const codes = undoPrediction(bytes.subarray(0, count), bytes.subarray(count), rows, columns);
  return { rows, columns, codes, slope: header.slope * step, intercept: header.intercept };
}

export async function decodeStrip(file: ArrayBuffer): Promise<Strip> {
  const { magic, kind, count, rows, columns, bytes } = readHeader(await gunzip(file));
  if (magic !== "MHT1" || kind !== 1)
    throw new Error(`Expected a strip MHT1 of kind 1, got ${magic} ${kind}`);
  if (bytes.length !== count * rows * columns) {
    throw new Error(
      `A strip of ${count} x ${rows} x ${columns} does not fit ${bytes.length} bytes`,
    );
  }
  return { count, rows, columns, greys: bytes };
}

function readHeader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES) throw new Error(`A header has 32 bytes, got ${bytes.length}`);
  return {
    magic: String.fromCharCode(...bytes.subarray(0, 4)),
    columns: view.getUint16(4, true),
    rows: view.getUint16(6, true),
    kind: view.getUint8(8),
    slope: view.getFloat32(12, true),
    intercept: view.getFloat32(16, true),
    step: view.getUint16(20, true),
    count: view.getUint16(22, true),
    bytes: bytes.subarray(HEADER_BYTES),
  };
}

/** Undo LOCO-I's predictor: each code is the folded residual plus the median of a, b and a + b - c. */
function undoPrediction(
  low: Uint8Array,
  high: Uint8Array,
  rows: number,
  columns: number,
): Uint16Array {
  const codes = new Uint16Array(rows * columns);
  for (let row = 0, i = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, i += 1) {
      const a = column > 0 ? (codes[i - 1] as number) : 0;
      const b = row > 0 ? (codes[i - columns] as number) : 0;
      const c = column > 0 && row > 0 ? (codes[i - columns - 1] as number) : 0;
      const folded = (low[i] as number) | ((high[i] as number) << 8);
      const most = Math.max(a, b);
      const least = Math.min(a, b);
      const predicted = c >= most ? least : c <= least ? most : a + b - c;
      codes[i] = predicted + ((folded >> 1) ^ -(folded & 1)); // the array keeps it modulo 65536
    }
  }
  return codes;
}

async function gunzip(file: ArrayBuffer): Promise<Uint8Array> {
  const stream = new Blob([file]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
