// One colour for each of the busiest people; all others share a grey.

export const OTHERS = -1;

export const seriesOf = (name: string, people: readonly string[]): number => people.indexOf(name);

/** The class that gives a mark its colour, by day and by night. */
export const seriesClass = (series: number): string =>
  series === OTHERS ? "series-others" : `series-${series + 1}`;
