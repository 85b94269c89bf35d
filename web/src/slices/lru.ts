// Keeps the most recently used values, up to a number of them.
export class Lru<Key, Value> {
  private readonly kept = new Map<Key, Value>();

  constructor(private readonly most: number) {}

  get(key: Key): Value | undefined {
    const value = this.kept.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  has(key: Key): boolean {
    return this.kept.has(key);
  }

  set(key: Key, value: Value): void {
    this.kept.delete(key); // a Map keeps the order of insertion: the oldest comes first
    this.kept.set(key, value);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.most) break;
      this.kept.delete(oldest);
    }
  }
}
