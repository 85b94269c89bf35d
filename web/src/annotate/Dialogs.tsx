// What lies behind "More": help with keys, settings, the link for another device, giving back.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { makeLink } from "../api/annotate";
import type { PersonalLink } from "../api/types";
import { chooseLanguage, preferredLanguage } from "../i18n/translate";
import { Button, chooseTheme, chosenTheme, Dialog, type IconName, type Theme } from "../ui";
import { HelpDialog } from "./HelpDialog";
import { isSaving, setSaving } from "./settings";
import { LANGUAGES, type Words } from "./words";

const LANGUAGE_NAMES: Readonly<Record<string, string>> = { en: "English", de: "Deutsch" };

export type Opened = "more" | "help" | "settings" | "device" | "give-back";

export interface DialogsProps extends DialogProps {
  opened: Opened;
  choices: readonly MoreChoice[];
  onGiveBack: () => void;
}

/** The dialog that is open. */
export function Dialogs({ opened, choices, onGiveBack, ...rest }: DialogsProps) {
  if (opened === "more") return <MoreDialog {...rest} choices={choices} />;
  if (opened === "settings") return <SettingsDialog {...rest} />;
  if (opened === "device") return <DeviceDialog {...rest} />;
  if (opened === "give-back") return <GiveBackDialog {...rest} onGiveBack={onGiveBack} />;
  return <HelpDialog {...rest} />;
}

interface DialogProps {
  t: Words;
  onClose: () => void;
}

export interface MoreChoice {
  icon: IconName;
  words: string;
  run: () => void;
}

function MoreDialog({ t, onClose, choices }: DialogProps & { choices: readonly MoreChoice[] }) {
  return (
    <Dialog title={t("do.more")} closeLabel={t("app.close")} onClose={onClose}>
      <div class="choices">
        {choices.map(({ icon, words, run }) => (
          <Button key={words} icon={icon} look="plain" onClick={run}>
            {words}
          </Button>
        ))}
      </div>
    </Dialog>
  );
}

function SettingsDialog({ t, onClose }: DialogProps) {
  const themes: readonly Theme[] = ["system", "light", "dark"];
  const language = preferredLanguage(LANGUAGES);
  const theme = useSignal(chosenTheme());
  return (
    <Dialog title={t("settings.title")} closeLabel={t("app.close")} onClose={onClose}>
      <label class="field">
        {t("settings.theme")}
        <select
          class="input"
          value={theme.value}
          onChange={event => {
            theme.value = event.currentTarget.value as Theme;
            chooseTheme(theme.value);
          }}
        >
          {themes.map(one => (
            <option key={one} value={one}>
              {t(`settings.${one}` as "settings.system")}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        {t("settings.language")}
        <select
          class="input"
          value={language}
          onChange={event => {
            chooseLanguage(event.currentTarget.value);
            location.reload();
          }}
        >
          {["en", ...Object.keys(LANGUAGES.others)].map(one => (
            <option key={one} value={one}>
              {LANGUAGE_NAMES[one] ?? one}
            </option>
          ))}
        </select>
      </label>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          checked={isSaving.value}
          onChange={event => setSaving(event.currentTarget.checked)}
        />
        <span>
          <strong>{t("settings.saver")}</strong>
          <br />
          <span class="soft small">{t("settings.saver-why")}</span>
        </span>
      </label>
    </Dialog>
  );
}

function DeviceDialog({ t, onClose }: DialogProps) {
  const link = useSignal<PersonalLink | null>(null);
  const isFailed = useSignal(false);
  useEffect(() => {
    makeLink()
      .then(made => (link.value = made))
      .catch(() => (isFailed.value = true));
  }, [link, isFailed]);
  const code = link.value && pictureOf(link.value.qr_svg);
  return (
    <Dialog title={t("device.title")} closeLabel={t("app.close")} onClose={onClose}>
      <p class="soft">{isFailed.value ? t("device.failed") : t("device.why")}</p>
      {code && <img class="qr" src={code} alt={t("device.title")} width={240} height={240} />}
      {link.value && (
        <input
          class="input"
          readOnly
          aria-label={t("device.title")}
          value={new URL(link.value.url, location.href).href}
          onFocus={event => event.currentTarget.select()}
        />
      )}
    </Dialog>
  );
}

/** An SVG as the address of a picture, which needs the namespace that one within HTML may lack. */
function pictureOf(svg: string): string {
  const named = svg.includes("xmlns=")
    ? svg
    : svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
  return `data:image/svg+xml,${encodeURIComponent(named)}`;
}

function GiveBackDialog({ t, onClose, onGiveBack }: DialogProps & { onGiveBack: () => void }) {
  return (
    <Dialog
      title={t("give-back.title")}
      closeLabel={t("app.close")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("do.cancel")}</Button>
          <Button look="danger" onClick={onGiveBack}>
            {t("give-back.do")}
          </Button>
        </>
      }
    >
      <p>{t("give-back.why")}</p>
    </Dialog>
  );
}
