// Line icons on a 24 px grid; they decorate, the words beside or behind them name.
const PATHS = {
  accept: "M5 12.5l4.5 4.5L19 7.5",
  add: "M12 5v14M5 12h14",
  next: "M9 5l7 7-7 7",
  previous: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  undo: "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6",
  redo: "M15 7l5 5-5 5M20 12H10a6 6 0 0 0-6 6",
  absent: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM6.5 6.5l11 11",
  unsure: "M9 9a3 3 0 1 1 4.6 2.5c-1 .7-1.6 1.3-1.6 2.5M12 17.5v.5",
  remove: "M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12",
  window: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 4v16M15 6.5v11M18 9v6",
  mask: "M4 13c0-5 3-8 8-8s8 3 8 8c0 4-3 6-6 6s-3-2-5-2-5 0-5-4z",
  menu: "M5 7h14M5 12h14M5 17h14",
  settings: "M4 8h9M17 8h3M4 16h3M11 16h9M15 6v4M9 14v4",
  help: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM9.8 9.5a2.3 2.3 0 1 1 3.5 2c-.9.5-1.3 1-1.3 2M12 16.4v.2",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  four: "M12 4v3M12 17v3M4 12h3M17 12h3M12 4.1v-.1M9 12h.1M15 12h.1",
  box: "M5 6h14v12H5z",
  device: "M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM11 18h2",
  cloud: "M7 18a4 4 0 0 1-.5-8A6 6 0 0 1 18 11a3.5 3.5 0 0 1-.5 7z",
  warn: "M12 4l9 16H3zM12 10v4M12 17v.2",
  first: "M6 5v14M19 5l-7 7 7 7",
  last: "M18 5v14M5 5l7 7-7 7",
  edges: "M8 4v16M16 4v16M3 12h3M18 12h3",
  flag: "M6 21V4h12l-3 4 3 4H6",
  exit: "M14 4H5v16h9M10 12h10M17 8l4 4-4 4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
