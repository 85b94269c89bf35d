// Starts the annotator's page.
import { render } from "preact";
import { registerWorker } from "../offline/register";
import { startTheme, Toasts } from "../ui";
import "./annotate.css";
import "./parts.css";
import "./screens.css";
import "./stage.css";
import { App } from "./app";
import { Screens } from "./Screens";
import { loadWords } from "./words";

async function start(): Promise<void> {
  startTheme();
  registerWorker();
  const t = await loadWords();
  const app = new App(t);
  render(
    <>
      <Screens app={app} t={t} />
      <Toasts />
    </>,
    document.getElementById("page") as HTMLElement,
  );
  await app.start();
}

void start();
