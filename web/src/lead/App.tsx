// The lead's page: which part is shown, and the way to the others.
import { useEffect, useState } from "preact/hooks";
import { Toasts } from "../ui";
import { Bar, Skip } from "./Bar";
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

/** Reviewers see how far all is; to change it, or to look at people, is the lead's. */
const namesFor = (me: Me): Name[] =>
  me.role === "lead" ? (Object.keys(PAGES) as Name[]) : ["progress"];

export function App({ me }: { me: Me }) {
  const names = namesFor(me);
  const here = useHash(names);
  const Page = PAGES[here];
  useEffect(() => {
    document.title = `${t(`nav.${here}`)} – ${me.study.title}`;
    // On a phone the way around is a row that may be longer than the screen is wide.
    document
      .querySelector(".side [aria-current]")
      ?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [here, me]);
  return (
    <div class="frame">
      <Skip />
      <Bar me={me} />
      <nav class="side" aria-label={t("nav.label")}>
        {names.map(name => (
          <a key={name} href={`#${name}`} {...(name === here ? { "aria-current": "page" } : {})}>
            {t(`nav.${name}`)}
          </a>
        ))}
        <a href="/review">{t("nav.review")}</a>
      </nav>
      <main id="main" class="stack" tabIndex={-1}>
        <Page key={here} me={me} />
      </main>
      <Toasts />
    </div>
  );
}

function useHash(names: readonly Name[]): Name {
  const read = () => {
    const name = location.hash.slice(1) as Name;
    return names.includes(name) ? name : "progress";
  };
  const [here, setHere] = useState(read);
  useEffect(() => {
    const onChange = () => setHere(read());
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return here;
}
