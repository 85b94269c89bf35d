// Which page is shown: practice, work, or a message; and how one leads to the next.
import { signal } from "@preact/signals";
import { endPractice, getPractice, getTasks, giveBack, logOut } from "../api/annotate";
import { ApiError, unreachable } from "../api/request";
import type { PracticeItem, Structure, Task } from "../api/types";
import { loadJournal } from "../offline/journal";
import { say, toast } from "../ui";
import { Desk } from "./desk";
import {
  forget,
  keepPractised,
  leaveTask,
  openSession,
  openTask,
  type Session,
  sendFinish,
} from "./session";
import { offerSaving } from "./settings";
import type { Words } from "./words";

export type Screen =
  | { kind: "loading" }
  | { kind: "no-storage" }
  | { kind: "signed-out" }
  | { kind: "failed"; message: string; whatToDo: string }
  | { kind: "practice"; items: readonly PracticeItem[]; task: Task }
  | { kind: "work"; desk: Desk }
  | { kind: "finished"; structure: Structure; count: number | null }
  | { kind: "nothing" }
  | { kind: "offline" };

const LOOK_AGAIN_MS = 30_000;

export class App {
  readonly screen = signal<Screen>({ kind: "loading" });
  session: Session | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly t: Words) {}

  async start(): Promise<void> {
    const { t } = this;
    try {
      this.session = await openSession({
        onLate: () => toast(t("queue.revoked")),
        onFinished: (_, error) => error && toast(error.message, { look: "bad" }),
      });
    } catch (error) {
      this.fail(error);
      return;
    }
    const { me, channel, status } = this.session;
    offerSaving(me.study.data_saver_default);
    channel.onmessage = ({ data }) => void this.reload(String(data));
    status.subscribe(now => {
      const { screen } = this;
      if (now.waiting === 0 && screen.value.kind === "work")
        screen.value.desk.live.refresh(screen.value.desk.work);
      if (now.state === "saved" && screen.value.kind === "offline") void this.next();
    });
    await this.next();
  }

  /** On to the next task, or to the message why there is none. */
  readonly next = async (): Promise<void> => {
    const { session } = this;
    if (!session) return this.start();
    clearTimeout(this.timer);
    try {
      const task = await openTask(session, () => toast(this.t("queue.revoked")));
      if (task) await this.begin(session, task);
      else this.wait({ kind: "nothing" });
    } catch (error) {
      if (error instanceof ApiError && error.isPassing) this.wait({ kind: "offline" });
      else this.fail(error);
    }
  };

  readonly endPractice = async (): Promise<void> => {
    const { screen, session } = this;
    if (screen.value.kind !== "practice" || !session) return;
    const { task } = screen.value;
    await keepPractised(session, task.structure_id);
    await endPractice(task.structure_id).catch(() => null); // offered again elsewhere, no harm
    await this.work(session, task);
  };

  readonly finish = async (): Promise<void> => {
    const { screen, session } = this;
    if (screen.value.kind !== "work" || !session) return;
    const { desk } = screen.value;
    await desk.settled();
    const { structure } = desk;
    this.show({ kind: "finished", structure, count: null });
    await sendFinish(session, desk.task);
    const told = await getTasks().catch(() => null);
    const count = told?.tasks.filter(task => task.state === "finished").length ?? null;
    if (this.screen.value.kind === "finished") this.show({ kind: "finished", structure, count });
  };

  readonly giveBack = async (): Promise<void> => {
    const { screen, session } = this;
    if (screen.value.kind !== "work" || !session) return;
    const { desk } = screen.value;
    const { task } = desk;
    try {
      await desk.settled();
      await session.outbox.flush();
      await giveBack(task.task_id);
      await leaveTask(session, task);
      this.show({ kind: "loading" });
      await this.next();
    } catch (error) {
      toast(error instanceof ApiError ? error.message : this.t("app.failed"), { look: "bad" });
    }
  };

  readonly logOut = async (): Promise<void> => {
    if (!this.session) return;
    await this.session.outbox.flush();
    const { waiting } = this.session.status.value;
    // Without a session they could not be sent; the page says so, and they stay in sight.
    if (waiting > 0) return void toast(this.t("save.waiting", { n: waiting }), { look: "bad" });
    try {
      await logOut();
      await forget(this.session);
      location.assign("/");
    } catch {
      toast(this.t("app.failed"), { look: "bad" });
    }
  };

  /** A few slices to practise on, the first time a structure comes; then the work. */
  private async begin(session: Session, task: Task): Promise<void> {
    const { practised_structures } = session.me;
    const isKnown = task.answers.length > 0 || practised_structures.includes(task.structure_id);
    const items = isKnown ? [] : await getPractice(task.structure_id).catch(() => []);
    if (items.length > 0) this.show({ kind: "practice", items, task });
    else await this.work(session, task);
  }

  private async work(session: Session, task: Task): Promise<void> {
    const { db, me, outbox, channel } = session;
    const structure = me.structures.find(one => one.structure_id === task.structure_id);
    if (!structure) throw unreachable(); // added since this page was loaded
    const owner = {
      account_id: me.account_id,
      task_id: task.task_id,
      count: task.volume.slice_count,
    };
    const desk = new Desk({
      db,
      owner,
      task,
      structure,
      journal: await loadJournal(db, owner, task.answers),
      hasLiveMask: me.study.live_mask,
      onChange: () => {
        channel.postMessage(task.task_id);
        void outbox.report();
        void outbox.flush();
      },
      onUnkept: error => this.fail(error),
      onSay: what => {
        if (what === "box.small") toast(this.t(what));
        else if (what === "box.replaced" || what === "box.removed") {
          toast(this.t(what), {
            action: { words: this.t("do.undo"), run: () => void desk.undo() },
          });
        } else say(this.t(what));
      },
    });
    this.show({ kind: "work", desk });
  }

  /** Another tab wrote something for this task. */
  private async reload(task_id: string): Promise<void> {
    const { screen, session } = this;
    if (screen.value.kind !== "work" || !session) return;
    const { desk } = screen.value;
    if (desk.task.task_id !== task_id) return;
    await desk.reload();
    void session.outbox.flush(); // which also sees when the other tab has sent it
  }

  private wait(screen: Screen): void {
    this.show(screen);
    this.timer = setTimeout(() => void this.next(), LOOK_AGAIN_MS);
  }

  private fail(error: unknown): void {
    if (!(error instanceof ApiError)) this.show({ kind: "no-storage" });
    else if (error.status === 401) this.show({ kind: "signed-out" });
    else this.show({ kind: "failed", message: error.message, whatToDo: error.whatToDo });
  }

  private show(screen: Screen): void {
    const old = this.screen.value;
    if (old.kind === "work" && (screen.kind !== "work" || screen.desk !== old.desk))
      old.desk.close();
    this.screen.value = screen;
  }
}
