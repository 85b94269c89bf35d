// Sorting that keeps equals in their order, and what is not known last whichever way it goes.

export function sorted<Row>(
  rows: readonly Row[],
  by: (row: Row) => string | number | null,
  down: boolean,
): Row[] {
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [by(a), by(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    if (typeof x === "string" && typeof y === "string") return sign * x.localeCompare(y);
    return sign * (Number(x) - Number(y));
  });
}
