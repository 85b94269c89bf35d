// Decodes slices and strips off the page's own thread, so that drawing never waits.
import { decodeSlice, decodeStrip } from "./mhs";

export interface Order {
  id: number;
  kind: "slice" | "strip";
  file: ArrayBuffer;
}

self.onmessage = async ({ data: { id, kind, file } }: MessageEvent<Order>) => {
  try {
    if (kind === "slice") {
      const decoded = await decodeSlice(file);
      self.postMessage({ id, decoded }, { transfer: [decoded.codes.buffer] });
    } else self.postMessage({ id, decoded: await decodeStrip(file) });
  } catch (error) {
    self.postMessage({ id, error: String(error) });
  }
};
