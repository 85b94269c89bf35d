// The bar on top of the lead's and the reviewer's pages.
import { useState } from "preact/hooks";
import { request } from "../api/request";
import { Button, chooseTheme, chosenTheme, type Theme } from "../ui";
import type { Me } from "./types";
import { t } from "./words";

/** A button, because the address says which part is shown: a jump by fragment would change it. */
export function Skip() {
  return (
    <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
      {t("lead.skip")}
    </button>
  );
}

export function Bar({ me, home }: { me: Me; home?: string }) {
  const logOut = async () => {
    await request("POST", "/api/v1/logout", { body: {} }).catch(() => null);
    location.href = "/";
  };
  return (
    <header class="bar">
      <strong class="grow brand">{me.study.title}</strong>
      {home && <a href={home}>{t("nav.back")}</a>}
      <ThemeChoice />
      <span class="soft small who">{me.name}</span>
      <Button look="plain" icon="exit" label={t("lead.log-out")} onClick={() => void logOut()} />
    </header>
  );
}

function ThemeChoice() {
  const [theme, setTheme] = useState(chosenTheme());
  const choose = (value: string) => {
    chooseTheme(value as Theme);
    setTheme(value as Theme);
  };
  return (
    <select
      class="input theme"
      aria-label={t("lead.theme")}
      value={theme}
      onChange={event => choose((event.target as HTMLSelectElement).value)}
    >
      {(["system", "light", "dark"] as const).map(name => (
        <option key={name} value={name}>
          {t(`theme.${name}`)}
        </option>
      ))}
    </select>
  );
}
