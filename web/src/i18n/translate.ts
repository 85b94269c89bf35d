// Words by key, in the reader's language. A message may carry {names} to be filled in, and a pair of
// forms where the number `n` decides.

export type Message = string | { one: string; other: string };
export type Messages = Readonly<Record<string, Message>>;
/** Keys of a table, each with a message of the same kind: what another language must give. */
export type SameKeys<T> = { readonly [K in keyof T]: T[K] extends string ? string : Message };
export type Values = Readonly<Record<string, string | number>>;
export type Translate<T> = (key: keyof T & string, values?: Values) => string;

/** The languages that one page has; English comes with the page, the others when asked for. */
export interface Languages<T> {
  en: T;
  others: Readonly<Record<string, () => Promise<SameKeys<T>>>>;
}

const KEY = "manyhands-language";

/** Which language to use: the one chosen before, else the first of the browser's that there is. */
export function preferredLanguage<T>(languages: Languages<T>): string {
  const wanted = [readChosen(), ...navigator.languages].map(tag => tag?.slice(0, 2).toLowerCase());
  return wanted.find(tag => tag && (tag === "en" || tag in languages.others)) ?? "en";
}

/** Keep a choice of language; the page is loaded anew to speak it everywhere. */
export function chooseLanguage(language: string): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // Private modes may forbid storage; then the browser's own language stays.
  }
}

/** The table of the reader's language, and its name, which <html lang> gets too. */
export async function loadTable<T>(languages: Languages<T>): Promise<[Messages, string]> {
  const language = preferredLanguage(languages);
  const other = await languages.others[language]?.();
  document.documentElement.lang = other ? language : "en";
  return [(other ?? languages.en) as Messages, document.documentElement.lang];
}

/** Give the function that all words of a page come through. Sets <html lang> too. */
export async function loadTranslate<T extends Messages>(
  languages: Languages<T>,
): Promise<Translate<T>> {
  return makeTranslate(...(await loadTable(languages))) as Translate<T>;
}

export function makeTranslate(
  table: Messages,
  language: string,
): (key: string, v?: Values) => string {
  const plural = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (key, values = {}) => {
    const message = table[key];
    if (message === undefined) return key;
    const form = typeof message === "string" ? message : message[pick(plural, values.n)];
    return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      return typeof value === "number" ? numbers.format(value) : (value ?? whole);
    });
  };
}

function pick(plural: Intl.PluralRules, n: string | number | undefined): "one" | "other" {
  return plural.select(Number(n ?? 0)) === "one" ? "one" : "other";
}

function readChosen(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
