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
import { day, t } from "./words";

/** What is done only after a second look. */
type Asked = "disable" | "role";

interface Props {
  rows: readonly Account[];
  accounts: Resource<Account[]>;
  me: Me;
}

export function Accounts({ rows, accounts, me }: Props) {
  const [asked, setAsked] = useState<{ account: Account; deed: Asked }>();
  const [link, setLink] = useState<Link>();
  const [isBusy, run] = useAction();
  const send = async (account: Account) => {
    setLink(await request<Link>("POST", `${pathOf(account)}/link`, { body: {} }));
  };
  const act = (account: Account, deed: Asked | "enable", body: { role?: Role } = {}) =>
    run(async () => {
      const all = await request<Account[]>("POST", `${pathOf(account)}/${deed}`, { body });
      accounts.set(all);
      setAsked(undefined);
      // Who has no password could not come back otherwise: what they had to come in by has ended.
      if (deed !== "disable" && !account.has_password) await send(account);
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
            cell: row => day(row.created_at),
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
      {link && (
        <LinkOnce link={link} hint={t("accounts.link-hint")} onClose={() => setLink(undefined)} />
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
      {!account.has_password && (
        <Button disabled={isBusy} onClick={onLink}>
          {t("accounts.link")}
        </Button>
      )}
      <Button onClick={() => onAsk("disable")}>{t("accounts.disable")}</Button>
    </div>
  );
}

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
