import "./lead.css";
import { render } from "preact";
import { startTheme } from "../ui";
import { App } from "./App";
import { enter } from "./enter";

startTheme();
void enter(document.getElementById("page") as HTMLElement, ["lead", "reviewer"], (page, me) =>
  render(<App me={me} />, page),
);
