// The reviewer's page: the list of what is doubtful, and one of it at a time.
import { useEffect, useState } from "preact/hooks";
import { Bar, Skip } from "../lead/Bar";
import { Switch } from "../lead/fields";
import { Dot, Empty, Loaded, SeverityBadge } from "../lead/parts";
import { useResource } from "../lead/resource";
import type { Me } from "../lead/types";
import { percent, plainName, ratio, t } from "../lead/words";
import { Toasts } from "../ui";
import { isDoubtful, keyOf, neighbours, readAddress } from "./order";
import { SubjectPage } from "./SubjectPage";
import type { FlaggedSubject, ReviewList } from "./types";

export function ReviewApp({ me }: { me: Me }) {
  const list = useResource<ReviewList>("/api/v1/lead/review");
  const [onlyDoubtful, setOnlyDoubtful] = useState(true);
  const address = useAddress();
  useEffect(() => {
    document.title = `${t("review.title")} – ${me.study.title}`;
  }, [me]);
  return (
    <div class="frame review">
      <Skip />
      <Bar me={me} home="/lead" />
      <main id="main" class="stack" tabIndex={-1}>
        <Loaded of={list}>
          {value => {
            const shown = value.subjects.filter(one => !onlyDoubtful || isDoubtful(one));
            const key = address && keyOf(address);
            const subject = value.subjects.find(one => keyOf(one) === key);
            const volume = value.volumes.find(one => one.volume_id === subject?.volume_id);
            const structure = value.structures.find(
              one => one.structure_id === subject?.structure_id,
            );
            if (!subject || !volume || !structure)
              return <List value={value} shown={shown} {...{ onlyDoubtful, setOnlyDoubtful }} />;
            return (
              <SubjectPage
                key={key}
                {...{ me, subject, volume, structure }}
                slice={address?.slice ?? null}
                {...neighbours(shown, keyOf(subject))}
                onSentBack={list.set}
              />
            );
          }}
        </Loaded>
      </main>
      <Toasts />
    </div>
  );
}

function useAddress() {
  const [address, setAddress] = useState(() => readAddress(location.hash));
  useEffect(() => {
    const onChange = () => setAddress(readAddress(location.hash));
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return address;
}

function List(props: {
  value: ReviewList;
  shown: readonly FlaggedSubject[];
  onlyDoubtful: boolean;
  setOnlyDoubtful: (on: boolean) => void;
}) {
  const { value, shown } = props;
  if (value.volumes.length === 0) return <Empty>{t("review.no-volumes")}</Empty>;
  return (
    <>
      <h1>{t("review.list")}</h1>
      <p class="soft">{t("review.list-hint")}</p>
      <Switch
        words={t("review.only-doubtful")}
        on={props.onlyDoubtful}
        onChange={props.setOnlyDoubtful}
      />
      {shown.length === 0 && <Empty>{t("review.all-fine")}</Empty>}
      <ol class="flagged">
        {shown.map(subject => (
          <Item key={keyOf(subject)} subject={subject} value={value} />
        ))}
      </ol>
      {value.general.length > 0 && (
        <section class="card stack">
          <h2>{t("review.general")}</h2>
          {value.general.map(finding => (
            <div key={finding.message} class="finding">
              <SeverityBadge severity={finding.severity} />
              <p>
                {finding.message} <span class="soft">{finding.suggestion}</span>
              </p>
            </div>
          ))}
        </section>
      )}
    </>
  );
}

function Item({ subject, value }: { subject: FlaggedSubject; value: ReviewList }) {
  const volume = value.volumes.find(one => one.volume_id === subject.volume_id);
  const structure = value.structures.find(one => one.structure_id === subject.structure_id);
  if (!volume || !structure) return null;
  const worst = subject.findings[0];
  return (
    <li>
      <a class="card flag" href={`#${keyOf(subject)}`}>
        <span class="row">
          <Dot colour={structure.colour} />
          <strong class="grow">
            {plainName(structure.name)}, {volume.name}
          </strong>
          {subject.priority > 0 && (
            <span class="badge warn number">
              {t("review.doubt", { share: percent(subject.priority) })}
            </span>
          )}
          {subject.expected && (
            <span class="soft small number">
              {t("review.expected", { dice: ratio(subject.expected.estimate) })}
            </span>
          )}
        </span>
        <span class="soft small">
          {worst ? worst.message : `${subject.reason}.`}
          {subject.findings.length > 1 && ` (+${subject.findings.length - 1})`}
        </span>
      </a>
    </li>
  );
}
