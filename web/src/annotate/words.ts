// The words of this page: a function that every component gets handed.
import en from "../i18n/annotate.en";
import { type Languages, loadTranslate, type Translate } from "../i18n/translate";

export type Words = Translate<typeof en>;

export const LANGUAGES: Languages<typeof en> = {
  en,
  others: { de: () => import("../i18n/annotate.de").then(module => module.default) },
};

export const LANGUAGE_NAMES: Readonly<Record<string, string>> = { en: "English", de: "Deutsch" };

export const loadWords = (): Promise<Words> => loadTranslate(LANGUAGES);

/** `kidney_left` as people read it. */
export function structureName(name: string): string {
  return name.replaceAll("_", " ");
}
