// Which colour is who; beside every chart with several people.
import { t } from "../words";
import { seriesClass } from "./colours";

interface Props {
  /** Everybody with a colour of their own, in the order of the colours. */
  people: readonly string[];
  /** Who is in this chart. */
  shown: ReadonlySet<string>;
}

export function KeyList({ people, shown }: Props) {
  const hasOthers = [...shown].some(name => !people.includes(name));
  return (
    <ul class="legend small">
      {people.map(
        (name, series) =>
          shown.has(name) && (
            <li key={name}>
              <span class={`swatch ${seriesClass(series)}`} aria-hidden="true" />
              {name}
            </li>
          ),
      )}
      {hasOthers && (
        <li>
          <span class="swatch series-others" aria-hidden="true" />
          {t("charts.others")}
        </li>
      )}
    </ul>
  );
}
