// How to work, and the keys: each can be changed here.
import { useSignal } from "@preact/signals";
import { type Action, DEFAULT_KEYS, nameOf, showKey } from "../state/keys";
import { Button, Dialog } from "../ui";
import { keys, resetKeys, setKey } from "./settings";
import type { Words } from "./words";

const MODIFIERS = ["Shift", "Control", "Alt", "Meta"];

export function HelpDialog({ t, onClose }: { t: Words; onClose: () => void }) {
  return (
    <Dialog title={t("help.title")} closeLabel={t("app.close")} onClose={onClose} wide>
      <h3>{t("help.how")}</h3>
      <ol>
        <li>{t("help.how-1")}</li>
        <li>{t("help.how-2")}</li>
        <li>{t("help.how-3")}</li>
      </ol>
      <h3>{t("help.touch")}</h3>
      <p>
        {t("help.touch-1")} {t("help.touch-2")}
      </p>
      <h3>{t("help.mouse")}</h3>
      <p>{t("help.mouse-1")}</p>
      <h3>{t("help.keys")}</h3>
      <p class="soft">
        {t("help.keys-why")} {t("help.keys-edges")}
      </p>
      <Keys t={t} />
      <Button onClick={resetKeys}>{t("help.keys-reset")}</Button>
      <p class="soft small">{t("help.not-medical")}</p>
    </Dialog>
  );
}

function Keys({ t }: { t: Words }) {
  const waiting = useSignal<Action | null>(null);
  const onKeyDown = (action: Action) => (event: KeyboardEvent) => {
    if (waiting.value !== action || MODIFIERS.includes(event.key) || event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    setKey(action, nameOf(event));
    waiting.value = null;
  };
  return (
    <ul class="keys">
      {(Object.keys(DEFAULT_KEYS) as Action[]).map(action => (
        <li key={action}>
          <span>{t(action)}</span>
          <button
            type="button"
            class="button"
            aria-label={`${t(action)}: ${showKey(keys.value[action])}`}
            onClick={() => (waiting.value = action)}
            onKeyDown={onKeyDown(action)}
            onBlur={() => (waiting.value = null)}
          >
            {waiting.value === action ? t("help.keys-press") : showKey(keys.value[action])}
          </button>
        </li>
      ))}
    </ul>
  );
}
