// A page with one message: nothing to do, signed out, offline, thank you.
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "../ui";

export interface NoticeProps {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
  /** The line at the bottom: what is saved. */
  footer?: ComponentChildren;
}

export function Notice({ icon, title, children, footer }: NoticeProps) {
  return (
    <main class="notice">
      <div class="card">
        <span class="emblem">
          <Icon name={icon} size={28} />
        </span>
        <h1>{title}</h1>
        {children}
      </div>
      {footer}
    </main>
  );
}
