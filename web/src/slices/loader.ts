// Fetches and decodes slices ahead of the person, a few at a time, nearest first; a jump elsewhere
// drops what is no longer near.
import { Lru } from "./lru";
import type { Slice } from "./mhs";
import { type PrefetchOptions, prefetchOrder } from "./prefetch";

export interface LoaderOptions {
  fetchSlice: (slice: number, signal: AbortSignal) => Promise<ArrayBuffer>;
  decode: (file: ArrayBuffer) => Promise<Slice>;
  /** Called when a slice can be shown. */
  onReady: (slice: number) => void;
  /** Called when the slice that is shown cannot be fetched; it is tried again. */
  onMissing?: (slice: number) => void;
  /** How many decoded slices to keep: 0.5 MB each at 512 x 512. */
  most?: number;
  retry_ms?: number;
}

const AT_ONCE = 3;

export class SliceLoader {
  private readonly ready: Lru<number, Slice>;
  private readonly running = new Map<number, AbortController>();
  private order: number[] = [];
  private current = 0;
  private isClosed = false;

  constructor(private readonly options: LoaderOptions) {
    this.ready = new Lru(options.most ?? 60);
  }

  /** The slice if it is there already. */
  get(slice: number): Slice | undefined {
    return this.ready.get(slice);
  }

  /** The person is here now and moves that way. */
  goTo(options: PrefetchOptions): void {
    this.current = options.current;
    const most = this.options.most ?? 60;
    this.order = prefetchOrder(options).slice(0, most - 1);
    const near = new Set(this.order.slice(0, 8));
    for (const [slice, controller] of this.running) if (!near.has(slice)) controller.abort();
    this.pump();
  }

  close(): void {
    this.isClosed = true;
    for (const controller of this.running.values()) controller.abort();
  }

  private pump(): void {
    while (!this.isClosed && this.running.size < AT_ONCE) {
      const next = this.order.find(slice => !this.ready.has(slice) && !this.running.has(slice));
      if (next === undefined) return;
      void this.load(next);
    }
  }

  private async load(slice: number): Promise<void> {
    const controller = new AbortController();
    this.running.set(slice, controller);
    try {
      const file = await this.options.fetchSlice(slice, controller.signal);
      this.ready.set(slice, await this.options.decode(file));
      this.options.onReady(slice);
    } catch {
      if (!controller.signal.aborted) await this.rest(slice);
    } finally {
      this.running.delete(slice);
      this.pump();
    }
  }

  /** After a failure wait before the next try, and say so if it is the slice that is looked at. */
  private rest(slice: number): Promise<void> {
    if (slice === this.current) this.options.onMissing?.(slice);
    return new Promise(resolve => setTimeout(resolve, this.options.retry_ms ?? 2000));
  }
}
