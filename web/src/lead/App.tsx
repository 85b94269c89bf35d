// The lead's page: which part is shown, and the way to the others.
import { useEffect, useState } from "preact/hooks";
import { request } from "../api/request";
import { Button, chooseTheme, chosenTheme, type Theme, Toasts } from "../ui";
import { ChartsPage } from "./ChartsPage";
import { InvitesPage } from "./InvitesPage";
import { JobsPage } from "./JobsPage";
import { LogPage } from "./LogPage";
import { PeoplePage } from "./PeoplePage";
import { ProgressPage } from "./ProgressPage";
import { SetupPage } from "./SetupPage";
import type { Me } from "./types";
import { t } from "./words";

const PAGES = {
  progress: ProgressPage,
  people: PeoplePage,
  charts: ChartsPage,
  jobs: JobsPage,
  invites: InvitesPage,
  setup: SetupPage,
  log: LogPage,
} as const;

type Name = keyof typeof PAGES;

const NAMES = Object.keys(PAGES) as Name[];

export function App({ me }: { me: Me }) {
  const here = useHash();
  const Page = PAGES[here];
  useEffect(() => {
    document.title = `${t(`nav.${here}`)} – ${me.study.title}`;
    document.getElementById("main")?.scrollTo(0, 0);
  }, [here, me]);
  return (
    <div class="frame">
      <Skip />
      <Bar me={me} />
      <nav class="side" aria-label={t("nav.label")}>
        {NAMES.map(name => (
          <a key={name} href={`#${name}`} {...(name === here ? { "aria-current": "page" } : {})}>
            {t(`nav.${name}`)}
          </a>
        ))}
        <a href="/review">{t("nav.review")}</a>
      </nav>
      <main id="main" class="stack" tabIndex={-1}>
        <Page key={here} />
      </main>
      <Toasts />
    </div>
  );
}

/** A button, because the address says which part is shown: a jump by fragment would change it. */
export function Skip() {
  return (
    <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
      {t("lead.skip")}
    </button>
  );
}

function useHash(): Name {
  const read = () => {
    const name = location.hash.slice(1) as Name;
    return NAMES.includes(name) ? name : "progress";
  };
  const [here, setHere] = useState(read);
  useEffect(() => {
    const onChange = () => setHere(read());
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return here;
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
