// Hands files to the one worker, which is started at the first, and waits for what it decodes.
import type { Order } from "./decode.worker";
import type { Slice, Strip } from "./mhs";

interface Answer {
  id: number;
  decoded?: Slice | Strip;
  error?: string;
}

interface Waiting {
  resolve: (decoded: Slice | Strip) => void;
  reject: (error: Error) => void;
}

let worker: Worker | undefined;
const waiting = new Map<number, Waiting>();
let last = 0;

export const decodeSlice = (file: ArrayBuffer) => decode("slice", file) as Promise<Slice>;
export const decodeStrip = (file: ArrayBuffer) => decode("strip", file) as Promise<Strip>;

function decode(kind: Order["kind"], file: ArrayBuffer): Promise<Slice | Strip> {
  worker ??= start();
  last += 1;
  const order: Order = { id: last, kind, file };
  worker.postMessage(order, [file]);
  return new Promise((resolve, reject) => waiting.set(order.id, { resolve, reject }));
}

function start(): Worker {
  const started = new Worker(new URL("./decode.worker.ts", import.meta.url), { type: "module" });
  started.onmessage = ({ data }: MessageEvent<Answer>) => {
    const { resolve, reject } = waiting.get(data.id) ?? {};
    waiting.delete(data.id);
    if (data.decoded) resolve?.(data.decoded);
    else reject?.(new Error(data.error));
  };
  return started;
}
