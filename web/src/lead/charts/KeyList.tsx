// Which colour is who; beside every chart with several people.
import { t } from "../words";
import { seriesClass } from "./colours";

export function KeyList({ people, hasOthers }: { people: readonly string[]; hasOthers: boolean }) {
  return (
    <ul class="legend small">
      {people.map((name, series) => (
        <li key={name}>
          <span class={`swatch ${seriesClass(series)}`} aria-hidden="true" />
          {name}
        </li>
      ))}
      {hasOthers && (
        <li>
          <span class="swatch series-others" aria-hidden="true" />
          {t("charts.others")}
        </li>
      )}
    </ul>
  );
}
