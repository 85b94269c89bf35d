import "../lead/lead.css";
import "./review.css";
import { render } from "preact";
import { enter } from "../lead/enter";
import { startTheme } from "../ui";
import { ReviewApp } from "./ReviewApp";

startTheme();
void enter(document.getElementById("page") as HTMLElement, ["reviewer", "lead"], (page, me) =>
  render(<ReviewApp me={me} />, page),
);
