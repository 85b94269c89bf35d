// The kit that all three pages are made of.
import "./base.css";
import "./controls.css";
import "./dialogs.css";

export { Button, type ButtonProps } from "./Button";
export { Dialog, type DialogProps } from "./Dialog";
export { Icon, type IconName } from "./Icon";
export { chooseTheme, chosenTheme, startTheme, type Theme } from "./theme";
export { say, Toasts, toast } from "./toast";
