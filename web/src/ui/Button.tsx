// The one button of the pages: words, maybe an icon, maybe the key that does the same.
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./Icon";

type Look = "normal" | "primary" | "plain" | "danger";

export interface ButtonProps {
  onClick?: (event: MouseEvent) => void;
  children?: ComponentChildren;
  icon?: IconName;
  /** With an icon alone: what it does, for those who cannot see it. */
  label?: string;
  look?: Look;
  /** Shown beside the words, such as `Enter`. */
  keyName?: string | undefined;
  pressed?: boolean;
  disabled?: boolean;
  submit?: boolean;
  class?: string;
}

export function Button(props: ButtonProps) {
  const { icon, label, look = "normal", keyName, pressed, children } = props;
  const looks = ["button", look, children ? "" : "icon", props.class ?? ""];
  const title = label && keyName ? `${label} (${keyName})` : label;
  return (
    <button
      type={props.submit ? "submit" : "button"}
      class={looks.filter(name => name && name !== "normal").join(" ")}
      aria-label={children ? undefined : label}
      title={children ? undefined : title}
      aria-pressed={pressed}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {icon && <Icon name={icon} />}
      {children}
      {children && keyName && (
        <span class="key" aria-hidden="true">
          {keyName}
        </span>
      )}
    </button>
  );
}
