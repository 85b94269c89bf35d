// Links that let people in: made, shown once, revoked; and below who came in by them.
import { useState } from "preact/hooks";
import { request } from "../api/request";
import { Button } from "../ui";
import { Accounts } from "./Accounts";
import { ChoiceField, NumberField, TextField } from "./fields";
import { LinkOnce } from "./LinkOnce";
import { Empty, Loaded, Section, useAction } from "./parts";
import { type Resource, useResource } from "./resource";
import { Table } from "./Table";
import { type Account, type Invite, type Me, type NewInvite, ROLES, type Role } from "./types";
import { moment, number, t } from "./words";

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
      {made && (
        <LinkOnce link={made} hint={t("invites.made-hint")} onClose={() => setMade(undefined)} />
      )}
    </>
  );
}

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
