// The way into a page: words, then who is asking; whoever may not is told so, or asked to log in.
import { render } from "preact";
import { ApiError, request } from "../api/request";
import { Failure } from "./parts";
import { asApiError } from "./resource";
import type { Me, Role } from "./types";
import { loadWords, t } from "./words";

export async function enter(
  page: HTMLElement,
  roles: readonly Role[],
  show: (page: HTMLElement, me: Me) => void,
): Promise<void> {
  await loadWords();
  try {
    const me = await request<Me>("GET", "/api/v1/me");
    if (!roles.includes(me.role)) throw new ApiError(403, "not-allowed", t("lead.not-allowed"));
    show(page, me);
  } catch (failure) {
    const error = asApiError(failure);
    if (error.status === 401) location.href = "/login";
    else {
      const again = () => enter(page, roles, show);
      render(
        <main class="outside">
          <Failure error={error} again={again} />
          <a href="/">{t("lead.home")}</a>
        </main>,
        page,
      );
    }
  }
}
