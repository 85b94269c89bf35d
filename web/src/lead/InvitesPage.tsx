// Links that let people in: made, shown once, revoked; and who came in by them.
import { useState } from "preact/hooks";
import { request } from "../api/request";
import { Button, Dialog, toast } from "../ui";
import { ChoiceField, NumberField, TextField } from "./fields";
import { Empty, Loaded, Section, useAction } from "./parts";
import { type Resource, useResource } from "./resource";
import { Table } from "./Table";
import type { Account, Invite, Me, NewInvite, Role } from "./types";
import { day, moment, number, t } from "./words";

const PATH = "/api/v1/lead/invites";

export function InvitesPage({ me }: { me: Me }) {
  const invites = useResource<Invite[]>(PATH);
  const accounts = useResource<Account[]>("/api/v1/lead/accounts");
  const [made, setMade] = useState<NewInvite>();
  return (
    <>
      <h1>{t("invites.title")}</h1>
      <Create
        onMade={invite => {
          setMade(invite);
          void invites.reload();
        }}
      />
      <Section title={t("invites.links")} hint={t("invites.links-hint")}>
        <Loaded of={invites}>{rows => <Links rows={rows} invites={invites} />}</Loaded>
      </Section>
      <Section title={t("accounts.title")} hint={t("accounts.hint")}>
        <Loaded of={accounts}>
          {rows => <Accounts rows={rows} accounts={accounts} me={me} />}
        </Loaded>
      </Section>
      {made && <Made made={made} onClose={() => setMade(undefined)} />}
    </>
  );
}

const ROLES = ["annotator", "reviewer", "lead"] as const;

function Create({ onMade }: { onMade: (made: NewInvite) => void }) {
  const [role, setRole] = useState<Role>("annotator");
  const [note, setNote] = useState("");
  const [days, setDays] = useState<number | null>(14);
  const [uses, setUses] = useState<number | null>(null);
  const [isBusy, run] = useAction();
  const create = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      const body = { role, note, expires_in_days: days, most_uses: uses };
      onMade(await request<NewInvite>("POST", PATH, { body }));
    });
  };
  return (
    <Section title={t("invites.new")}>
      <form class="stack" onSubmit={create}>
        <div class="grid-fields">
          <ChoiceField
            words={t("invites.role")}
            hint={t(`role.${role}-hint`)}
            value={role}
            choices={ROLES.map(name => [name, t(`role.${name}`)] as const)}
            onChange={value => setRole(value as Role)}
          />
          <TextField
            words={t("invites.note")}
            hint={t("invites.note-hint")}
            value={note}
            most={200}
            onChange={setNote}
          />
          <NumberField
            words={t("invites.days")}
            hint={t("invites.days-hint")}
            value={days}
            low={0.04}
            high={3650}
            onChange={setDays}
            onEmpty={() => setDays(null)}
          />
          <NumberField
            words={t("invites.uses")}
            hint={t("invites.uses-hint")}
            value={uses}
            low={1}
            high={100_000}
            onChange={value => setUses(Math.round(value))}
            onEmpty={() => setUses(null)}
          />
        </div>
        <div class="row">
          <Button submit look="primary" icon="add" disabled={isBusy}>
            {t("invites.create")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

function Made({ made, onClose }: { made: NewInvite; onClose: () => void }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(made.url);
      toast(t("invites.copied"));
    } catch {
      toast(t("invites.not-copied"), { look: "bad" });
    }
  };
  return (
    <Dialog title={t("invites.made")} closeLabel={t("lead.close")} onClose={onClose}>
      <p class="soft">{t("invites.made-hint")}</p>
      <input
        class="input link-text"
        readOnly
        value={made.url}
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
        dangerouslySetInnerHTML={{ __html: made.qr_svg }}
      />
    </Dialog>
  );
}

const LOOKS: Record<Invite["state"], string> = {
  open: "good",
  expired: "",
  "used-up": "",
  revoked: "bad",
};

function Links({ rows, invites }: { rows: readonly Invite[]; invites: Resource<Invite[]> }) {
  const [isBusy, run] = useAction();
  if (rows.length === 0) return <Empty>{t("invites.none")}</Empty>;
  const revoke = (invite: Invite) =>
    run(async () => {
      const path = `${PATH}/${invite.invite_id}/revoke`;
      invites.set(await request<Invite[]>("POST", path, { body: {} }));
    });
  return (
    <Table
      caption={t("invites.links")}
      rows={rows}
      rowKey={row => row.invite_id}
      columns={[
        { key: "note", title: t("invites.note"), cell: row => row.note || "–" },
        { key: "role", title: t("invites.role"), cell: row => t(`role.${row.role}`) },
        {
          key: "state",
          title: t("jobs.state"),
          cell: row => <span class={`badge ${LOOKS[row.state]}`}>{t(`invite.${row.state}`)}</span>,
        },
        {
          key: "uses",
          title: t("invites.used"),
          isNumber: true,
          cell: row =>
            row.most_uses === null
              ? number(row.uses)
              : `${number(row.uses)} / ${number(row.most_uses)}`,
        },
        {
          key: "ends",
          title: t("invites.ends"),
          cell: row => (row.expires_at ? moment(row.expires_at) : t("invites.never")),
        },
        {
          key: "act",
          title: "",
          cell: row =>
            row.state === "open" && (
              <Button disabled={isBusy} onClick={() => void revoke(row)}>
                {t("invites.revoke")}
              </Button>
            ),
        },
      ]}
    />
  );
}

function Accounts(props: { rows: readonly Account[]; accounts: Resource<Account[]>; me: Me }) {
  const [asked, setAsked] = useState<Account>();
  const [isBusy, run] = useAction();
  const disable = (account: Account) =>
    run(async () => {
      const path = `/api/v1/lead/accounts/${account.account_id}/disable`;
      props.accounts.set(await request<Account[]>("POST", path, { body: {} }));
      setAsked(undefined);
    });
  if (props.rows.length === 0) return <Empty>{t("accounts.none")}</Empty>;
  return (
    <>
      <Table
        caption={t("accounts.title")}
        rows={props.rows}
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
              row.disabled_at ? (
                <span class="badge bad">{t("accounts.disabled")}</span>
              ) : row.account_id === props.me.account_id ? (
                <span class="soft small">{t("accounts.you")}</span>
              ) : (
                <Button onClick={() => setAsked(row)}>{t("accounts.disable")}</Button>
              ),
          },
        ]}
      />
      {asked && (
        <Dialog
          title={t("accounts.sure", { name: asked.name })}
          closeLabel={t("lead.close")}
          onClose={() => setAsked(undefined)}
          footer={
            <Button look="danger" disabled={isBusy} onClick={() => void disable(asked)}>
              {t("accounts.disable")}
            </Button>
          }
        >
          <p>{t("accounts.sure-hint")}</p>
        </Dialog>
      )}
    </>
  );
}
