import { expect, test } from "vitest";
import de from "./annotate.de";
import start from "./annotate.en";
import more from "./annotate-more.en";
import type { Message } from "./translate";

const en = { ...start, ...more };

const forms = (message: Message) =>
  typeof message === "string" ? [message] : [message.one, message.other];
const holes = (message: Message) =>
  [...new Set(forms(message).flatMap(form => form.match(/\{\w+\}/g) ?? []))].sort();

test("both languages have the same keys", () => {
  expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort());
});

test.each(Object.keys(en) as (keyof typeof en)[])(
  "%s says something, with the same values to fill in",
  key => {
    for (const form of [...forms(en[key]), ...forms(de[key])]) expect(form.trim()).not.toBe("");
    expect(holes(de[key])).toEqual(holes(en[key]));
  },
);
