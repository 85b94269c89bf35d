// Shows the screen that the app is at.
import { Button } from "../ui";
import type { App } from "./app";
import { later } from "./later";
import { Notice } from "./Notice";
import type { PracticeProps } from "./Practice";
import { SaveStatus } from "./SaveStatus";
import { Work } from "./Work";
import { structureName, type Words } from "./words";

const Practice = later<PracticeProps>(() => import("./Practice").then(module => module.Practice));

export function Screens({ app, t }: { app: App; t: Words }) {
  const screen = app.screen.value;
  const { session } = app;
  const footer = session && <SaveStatus db={session.db} status={session.status} t={t} />;
  const again = (
    <Button look="primary" onClick={() => void app.next()}>
      {t("app.again")}
    </Button>
  );
  switch (screen.kind) {
    case "loading":
      return (
        <main class="notice">
          <p class="soft" role="status">
            {t("app.loading")}
          </p>
        </main>
      );
    case "practice":
      return (
        session && (
          <Practice
            me={session.me}
            items={screen.items}
            t={t}
            onDone={() => void app.endPractice()}
          />
        )
      );
    case "work":
      return (
        session && (
          <Work
            key={screen.desk.task.task_id}
            desk={screen.desk}
            session={session}
            t={t}
            onFinish={app.finish}
            onGiveBack={() => void app.giveBack()}
            onLogOut={() => void app.logOut()}
          />
        )
      );
    case "finished":
      return (
        <Notice
          icon="accept"
          title={t("queue.finished", { structure: structureName(screen.structure.name) })}
          footer={footer}
        >
          {screen.count !== null && (
            <p class="soft">{t("queue.finished-count", { n: screen.count })}</p>
          )}
          <Button look="primary" icon="next" onClick={() => void app.next()}>
            {t("queue.next")}
          </Button>
        </Notice>
      );
    case "nothing":
      return (
        <Notice icon="accept" title={t("queue.nothing")} footer={footer}>
          <p class="soft">{t("queue.nothing-why")}</p>
          {again}
        </Notice>
      );
    case "offline":
      return (
        <Notice icon="cloud" title={t("queue.offline")} footer={footer}>
          <p class="soft">{t("queue.offline-why")}</p>
          {again}
        </Notice>
      );
    case "signed-out":
      return (
        <Notice icon="exit" title={t("app.signed-out")}>
          <p class="soft">{t("app.signed-out-why")}</p>
          <a class="button primary" href="/">
            {t("app.sign-in")}
          </a>
        </Notice>
      );
    case "no-storage":
      return (
        <Notice icon="warn" title={t("app.no-storage")}>
          <p class="soft">{t("app.no-storage-why")}</p>
        </Notice>
      );
    case "failed":
      return (
        <Notice icon="warn" title={t("app.failed")}>
          <p>{screen.message}</p>
          <p class="soft">{screen.whatToDo}</p>
          {again}
        </Notice>
      );
  }
}
