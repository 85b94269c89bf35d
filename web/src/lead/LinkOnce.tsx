// A link that can be seen this once: to copy, or to hold a telephone to.
import { Button, Dialog, toast } from "../ui";
import { t } from "./words";

interface Props {
  link: { url: string; qr_svg: string };
  hint: string;
  onClose: () => void;
}

export function LinkOnce({ link, hint, onClose }: Props) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link.url);
      toast(t("invites.copied"));
    } catch {
      toast(t("invites.not-copied"), { look: "bad" });
    }
  };
  return (
    <Dialog title={t("invites.made")} closeLabel={t("lead.close")} onClose={onClose}>
      <p class="soft">{hint}</p>
      <input
        class="input link-text"
        readOnly
        value={link.url}
        aria-label={t("invites.link")}
        onFocus={event => (event.target as HTMLInputElement).select()}
      />
      <div class="row">
        <Button look="primary" onClick={() => void copy()}>
          {t("invites.copy")}
        </Button>
      </div>
      {/* Drawn by our own server: black squares on white, nothing else. */}
      <div
        class="qr"
        role="img"
        aria-label={t("invites.qr")}
        dangerouslySetInnerHTML={{ __html: link.qr_svg }}
      />
    </Dialog>
  );
}
