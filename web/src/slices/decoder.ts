// Hands files to the worker and waits for the decoded slices.
import type { Slice } from "./mhs";

interface Answer {
  id: number;
  slice?: Slice;
  error?: string;
}

type Decode = (file: ArrayBuffer) => Promise<Slice>;

export function startDecoder(): Decode {
  const worker = new Worker(new URL("./decode.worker.ts", import.meta.url), { type: "module" });
  const waiting = new Map<
    number,
    { resolve: (slice: Slice) => void; reject: (error: Error) => void }
  >();
  let last = 0;

  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    const { resolve, reject } = waiting.get(data.id) ?? {};
    waiting.delete(data.id);
    if (data.slice) resolve?.(data.slice);
    else reject?.(new Error(data.error));
  };
  return file =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      worker.postMessage({ id: last, file }, [file]);
    });
}
