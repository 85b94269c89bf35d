import { render } from "preact";
import { startTheme, Toasts } from "../ui";

startTheme();
render(<Toasts />, document.getElementById("page") as HTMLElement);
