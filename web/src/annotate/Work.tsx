// The working page: the picture, the strip below it, what to do, and the buttons to do it with.
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Button, say } from "../ui";
import { makeActions } from "./actions";
import { Controls } from "./Controls";
import type { DialogsProps, MoreChoice, Opened } from "./Dialogs";
import type { Desk } from "./desk";
import type { EdgeBarProps } from "./EdgeBar";
import { Guide } from "./Guide";
import { later } from "./later";
import { FitButton, GhostButton, SliceChip, WindowBar } from "./Overlays";
import { SaveStatus } from "./SaveStatus";
import { StageView } from "./StageView";
import { StripBar } from "./StripBar";
import type { Session } from "./session";
import { useKeys } from "./useKeys";
import { structureName, type Words } from "./words";

const Dialogs = later<DialogsProps>(() => import("./Dialogs").then(module => module.Dialogs));

const EdgeBar = later<EdgeBarProps>(() => import("./EdgeBar").then(module => module.EdgeBar));

export interface WorkProps {
  desk: Desk;
  session: Session;
  t: Words;
  onFinish: () => void;
  onGiveBack: () => void;
  onLogOut: () => void;
}

export function Work({ desk, session, t, onFinish, onGiveBack, onLogOut }: WorkProps) {
  const opened = useSignal<Opened | null>(null);
  const movesEdges = useSignal(false);
  const actions = useMemo(
    () => makeActions(desk, { finish: onFinish, help: () => (opened.value = "help") }),
    [desk, onFinish, opened],
  );
  useKeys(actions);
  useAnnouncements(desk, t);
  const close = () => (opened.value = null);
  const choices: MoreChoice[] = [
    { icon: "help", words: t("do.help"), run: () => (opened.value = "help") },
    { icon: "settings", words: t("do.settings"), run: () => (opened.value = "settings") },
    { icon: "device", words: t("do.device"), run: () => (opened.value = "device") },
    {
      icon: "edges",
      words: t("do.edges"),
      run: () => {
        movesEdges.value = !movesEdges.value;
        close();
      },
    },
    { icon: "add", words: t("do.zoom-in"), run: actions["do.zoom-in"] },
    { icon: "fit", words: t("do.fit"), run: actions["do.fit"] },
    { icon: "flag", words: t("do.give-back"), run: () => (opened.value = "give-back") },
    { icon: "exit", words: t("do.log-out"), run: onLogOut },
  ];

  return (
    <main class="work">
      <header class="top">
        <h1>
          <span
            class="swatch"
            ref={element => element?.style.setProperty("background", desk.structure.colour)}
          />
          <span class="name">{structureName(desk.structure.name)}</span>
        </h1>
        <span class="study soft">{session.me.study.title}</span>
        <SaveStatus db={session.db} status={session.status} t={t} />
        <Button icon="help" look="plain" label={t("do.help")} onClick={actions["do.help"]} />
      </header>
      <Guide desk={desk} t={t} />
      <StageView model={desk.stage} t={t}>
        <SliceChip desk={desk} t={t} />
        <FitButton model={desk.stage} t={t} />
        <GhostButton desk={desk} t={t} />
        <WindowBar model={desk.stage} t={t} />
        {movesEdges.value && <EdgeBar model={desk.stage} t={t} />}
      </StageView>
      <StripBar desk={desk} t={t} />
      <Controls desk={desk} actions={actions} onMore={() => (opened.value = "more")} t={t} />
      {opened.value && (
        <Dialogs
          t={t}
          opened={opened.value}
          choices={choices}
          onClose={close}
          onGiveBack={onGiveBack}
        />
      )}
    </main>
  );
}

/** A screen reader hears where one is and what was said of it. */
function useAnnouncements(desk: Desk, t: Words): void {
  const slice = desk.current.value;
  const { state } = desk.answer.value;
  useEffect(() => {
    const where = t("slice.name", { n: slice + 1, all: desk.volume.count });
    say(state === "open" ? where : `${where}, ${t(`state.${state}`)}`);
  }, [desk, slice, state, t]);
}
