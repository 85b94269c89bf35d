// The words of this page: a function that every component gets handed.

import en from "../i18n/annotate.en";
import type more from "../i18n/annotate-more.en";
import { type Languages, loadTable, makeTranslate, type Translate } from "../i18n/translate";

type All = typeof en & typeof more;
export type Words = Translate<All>;

export const LANGUAGES: Languages<Partial<All>> = {
  en: { ...en },
  others: { de: () => import("../i18n/annotate.de").then(module => module.default) },
};

export async function loadWords(): Promise<Words> {
  return makeTranslate(...(await loadTable(LANGUAGES))) as Words;
}

/** English words that are needed later only; other languages come whole. */
export async function loadMoreWords(): Promise<void> {
  Object.assign(LANGUAGES.en, (await import("../i18n/annotate-more.en")).default);
}

/** `kidney_left` as people say it: left kidney. */
export function structureName(name: string): string {
  const [, organ, side] = /^(.+)_(left|right)$/.exec(name) ?? [];
  return (organ ? `${side} ${organ}` : name).replaceAll("_", " ");
}
