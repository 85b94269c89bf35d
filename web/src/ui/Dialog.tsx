// A modal dialog on the browser's own <dialog>: it holds the focus and closes with Escape.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "./Button";

export interface DialogProps {
  title: string;
  onClose: () => void;
  closeLabel: string;
  children: ComponentChildren;
  footer?: ComponentChildren;
  wide?: boolean;
}

export function Dialog({ title, onClose, closeLabel, children, footer, wide }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => element.current?.showModal(), []);

  return (
    <dialog
      ref={element}
      class={wide ? "dialog wide" : "dialog"}
      aria-labelledby={id}
      onClose={onClose}
      onClick={event => event.target === element.current && onClose()}
      onKeyDown={event => event.stopPropagation()}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <Button icon="close" look="plain" label={closeLabel} onClick={onClose} />
      </header>
      <div class="body stack">{children}</div>
      {footer && <footer>{footer}</footer>}
    </dialog>
  );
}
