// Decodes slices off the page's own thread, so that drawing never waits.
import { decodeSlice } from "./mhs";

export interface Order {
  id: number;
  file: ArrayBuffer;
}

self.onmessage = async ({ data }: MessageEvent<Order>) => {
  try {
    const slice = await decodeSlice(data.file);
    self.postMessage({ id: data.id, slice }, { transfer: [slice.codes.buffer] });
  } catch (error) {
    self.postMessage({ id: data.id, error: String(error) });
  }
};
