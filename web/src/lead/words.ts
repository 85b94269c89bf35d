// The words of the lead's and the reviewer's pages, and numbers as this reader writes them.

import en from "../i18n/lead.en";
import { loadTranslate, type Translate } from "../i18n/translate";

export let t: Translate<typeof en> = key => key;

export async function loadWords(): Promise<void> {
  t = await loadTranslate({
    en,
    others: { de: () => import("../i18n/lead.de").then(module => module.default) },
  });
}

export type Key = keyof typeof en;

const language = () => document.documentElement.lang || "en";

/** 1234.5 as this reader writes it, with at most so many digits after the point. */
export function number(value: number, digits = 0): string {
  return value.toLocaleString(language(), { maximumFractionDigits: digits });
}

/** A ratio such as an IoU or a Dice, always with two digits; a dash where it is not known. */
export function ratio(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString(language(), { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

export function percent(share: number): string {
  return share.toLocaleString(language(), { style: "percent", maximumFractionDigits: 0 });
}

/** Seconds as people say them: 4.2 s, 3 min, 2 h 5 min. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${number(seconds, 1)} s`;
  if (seconds < 90) return `${number(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A moment: the time if it was today, else the day too. */
export function moment(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const isToday = at.toDateString() === now.toDateString();
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  if (isToday) return at.toLocaleTimeString(language(), time);
  return at.toLocaleString(language(), { day: "numeric", month: "short", ...time });
}

export function day(iso: string): string {
  return new Date(iso).toLocaleDateString(language(), { day: "numeric", month: "short" });
}

/** A structure's name as people read it: files and settings have underscores for blanks. */
export const plainName = (name: string): string => name.replaceAll("_", " ");

export function bytes(size: number): string {
  if (size < 1e6) return `${number(Math.max(1, size / 1e3))} kB`;
  return `${number(size / 1e6, 1)} MB`;
}
