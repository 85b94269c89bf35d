// What the structure looks like, as the lead shows it.
import type { Structure } from "../api/types";
import { Dialog } from "../ui";
import { structureName, type Words } from "./words";

export interface ExampleProps {
  structure: Structure;
  t: Words;
  onClose: () => void;
}

export function Example({ structure: { name, example_url, hint }, t, onClose }: ExampleProps) {
  const title = structureName(name);
  return (
    <Dialog title={title} closeLabel={t("app.close")} onClose={onClose}>
      {example_url && <img class="picture" src={example_url} alt={title} />}
      {hint && <p>{hint}</p>}
    </Dialog>
  );
}
