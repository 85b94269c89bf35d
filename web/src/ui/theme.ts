// Light or dark: what the system says, unless the person chose. Kept in the browser where it may.
export type Theme = "system" | "light" | "dark";

const KEY = "manyhands-theme";
const night = () => matchMedia("(prefers-color-scheme: dark)");

export function chosenTheme(): Theme {
  const kept = read();
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function chooseTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Private modes may forbid storage: then the choice holds until the page is closed.
  }
  paint(theme);
}

/** Call once, before the first drawing. */
export function startTheme(): void {
  paint(chosenTheme());
  night().addEventListener("change", () => paint(chosenTheme()));
}

function paint(theme: Theme): void {
  const isDark = theme === "dark" || (theme === "system" && night().matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
