// Who is here: shut out, let in again, given another role, sent a link to come back by.
import { useState } from "preact/hooks";
import { request } from "../api/request";
import { Button, Dialog } from "../ui";
import { ChoiceField } from "./fields";
import { LinkOnce } from "./LinkOnce";
import { Empty, useAction } from "./parts";
import type { Resource } from "./resource";
import { Table } from "./Table";
import { type Account, type Link, type Me, ROLES, type Role } from "./types";
import { day, moment, t } from "./words";

/** What is done only after a second look. */
type Asked = "disable" | "role";
type Deed = Asked | "enable" | "revoke-links";

interface Props {
  rows: readonly Account[];
  accounts: Resource<Account[]>;
  me: Me;
}

export function Accounts({ rows, accounts, me }: Props) {
  const [asked, setAsked] = useState<{ account: Account; deed: Asked }>();
  const [sent, setSent] = useState<{ account: Account; link: Link }>();
  const [isBusy, run] = useAction();
  const send = async (account: Account) => {
    const link = await request<Link>("POST", `${pathOf(account)}/link`, { body: {} });
    setSent({ account, link });
    await accounts.reload();
  };
  const act = (account: Account, deed: Deed, body: { role?: Role } = {}) =>
    run(async () => {
      const all = await request<Account[]>("POST", `${pathOf(account)}/${deed}`, { body });
      accounts.set(all);
      setAsked(undefined);
      // Who has no password could not come back otherwise: what they had to come in by has ended.
      const now = all.find(one => one.account_id === account.account_id);
      if (now && (deed === "enable" || deed === "role") && !now.has_password) await send(now);
    });
  if (rows.length === 0) return <Empty>{t("accounts.none")}</Empty>;
  return (
    <>
      <Table
        caption={t("accounts.title")}
        rows={rows}
        rowKey={row => row.account_id}
        first={{ key: "name", down: false }}
        columns={[
          { key: "name", title: t("people.name"), by: row => row.name, cell: row => row.name },
          {
            key: "role",
            title: t("invites.role"),
            by: row => row.role,
            cell: row => t(`role.${row.role}`),
          },
          {
            key: "since",
            title: t("accounts.since"),
            by: row => row.created_at,
            cell: row => <span class="one-line">{day(row.created_at)}</span>,
          },
          {
            key: "links",
            title: t("accounts.links"),
            cell: row => (
              <OpenLinks
                account={row}
                isBusy={isBusy}
                onRevoke={() => void act(row, "revoke-links")}
              />
            ),
          },
          {
            key: "act",
            title: "",
            cell: row =>
              row.account_id === me.account_id ? (
                <span class="soft small">{t("accounts.you")}</span>
              ) : (
                <Deeds
                  account={row}
                  isBusy={isBusy}
                  onAsk={deed => setAsked({ account: row, deed })}
                  onEnable={() => void act(row, "enable")}
                  onLink={() => void run(() => send(row))}
                />
              ),
          },
        ]}
      />
      {asked?.deed === "disable" && (
        <ShutOut
          account={asked.account}
          isBusy={isBusy}
          onClose={() => setAsked(undefined)}
          onSure={() => void act(asked.account, "disable")}
        />
      )}
      {asked?.deed === "role" && (
        <NewRole
          account={asked.account}
          isBusy={isBusy}
          onClose={() => setAsked(undefined)}
          onSure={role => void act(asked.account, "role", { role })}
        />
      )}
      {sent && (
        <LinkOnce link={sent.link} hint={hintOf(sent.account)} onClose={() => setSent(undefined)} />
      )}
    </>
  );
}

interface DeedsProps {
  account: Account;
  isBusy: boolean;
  onAsk: (deed: Asked) => void;
  onEnable: () => void;
  onLink: () => void;
}

function Deeds({ account, isBusy, onAsk, onEnable, onLink }: DeedsProps) {
  if (account.disabled_at)
    return (
      <div class="row deeds">
        <span class="badge bad">{t("accounts.disabled")}</span>
        <Button disabled={isBusy} onClick={onEnable}>
          {t("accounts.enable")}
        </Button>
      </div>
    );
  return (
    <div class="row deeds">
      <Button onClick={() => onAsk("role")}>{t("accounts.role")}</Button>
      {account.may_be_sent_link && (
        <Button disabled={isBusy} onClick={onLink}>
          {t(account.has_password ? "accounts.password" : "accounts.link")}
        </Button>
      )}
      <Button onClick={() => onAsk("disable")}>{t("accounts.disable")}</Button>
    </div>
  );
}

interface OpenLinksProps {
  account: Account;
  isBusy: boolean;
  onRevoke: () => void;
}

/** Until when somebody can come in as this person, and who let them. */
function OpenLinks({ account, isBusy, onRevoke }: OpenLinksProps) {
  const links = account.open_links;
  if (links.length === 0) return "–";
  return (
    <div class="row deeds">
      <div class="stack small">
        {links.map(({ made_by, expires_at }) => (
          <span key={`${made_by} ${expires_at}`}>
            {t("accounts.open-link", {
              until: expires_at ? moment(expires_at) : t("invites.never"),
              name: made_by ?? t("accounts.command-line"),
            })}
          </span>
        ))}
      </div>
      <Button disabled={isBusy} onClick={onRevoke}>
        {t("invites.revoke")}
      </Button>
    </div>
  );
}

const hintOf = ({ role }: Account) =>
  t(role === "annotator" ? "accounts.link-hint" : "accounts.password-hint");

const pathOf = (account: Account) => `/api/v1/lead/accounts/${account.account_id}`;

interface Question<Answer extends unknown[]> {
  account: Account;
  isBusy: boolean;
  onClose: () => void;
  onSure: (...answer: Answer) => void;
}

function ShutOut({ account, isBusy, onClose, onSure }: Question<[]>) {
  return (
    <Dialog
      title={t("accounts.sure", { name: account.name })}
      closeLabel={t("lead.close")}
      onClose={onClose}
      footer={
        <Button look="danger" disabled={isBusy} onClick={onSure}>
          {t("accounts.disable")}
        </Button>
      }
    >
      <p>{t("accounts.sure-hint")}</p>
    </Dialog>
  );
}

function NewRole({ account, isBusy, onClose, onSure }: Question<[Role]>) {
  const [role, setRole] = useState<Role>(account.role);
  return (
    <Dialog
      title={t("accounts.role-of", { name: account.name })}
      closeLabel={t("lead.close")}
      onClose={onClose}
      footer={
        <Button
          look="primary"
          disabled={isBusy || role === account.role}
          onClick={() => onSure(role)}
        >
          {t("setup.save")}
        </Button>
      }
    >
      <ChoiceField
        words={t("invites.role")}
        hint={t(`role.${role}-hint`)}
        value={role}
        choices={ROLES.map(name => [name, t(`role.${name}`)] as const)}
        onChange={value => setRole(value as Role)}
      />
      <p>{t("accounts.role-sure")}</p>
    </Dialog>
  );
}
