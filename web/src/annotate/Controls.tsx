// The buttons: the answer to this slice and the way on, in the thumb's reach; tools above them.
import type { ComponentChildren } from "preact";
import type { Action } from "../state/keys";
import { showKey } from "../state/keys";
import { Button, type IconName } from "../ui";
import { primaryOf } from "./actions";
import type { Desk } from "./desk";
import { keys } from "./settings";
import type { Words } from "./words";

type ToolName = "undo" | "redo" | "remove" | "mode" | "window" | "mask";

interface Props {
  desk: Desk;
  actions: Readonly<Record<Action, () => void>>;
  onMore: () => void;
  t: Words;
}

export function Controls({ desk, actions, onMore, t }: Props) {
  const key = (action: Action) => showKey(keys.value[action]);
  const { phase, stage, journal, answer, hasMask } = desk;
  const tool = (
    name: ToolName,
    icon: IconName,
    more: { disabled?: boolean; pressed?: boolean } = {},
  ) => (
    <Tool
      icon={icon}
      words={t(`tool.${name}`)}
      keyName={key(`do.${name}`)}
      onClick={actions[`do.${name}`]}
      {...more}
    />
  );
  return (
    <section class="controls" aria-label={t("do.region")}>
      <div class="tools">
        {tool("undo", "undo", { disabled: !journal.value.canUndo })}
        {tool("redo", "redo", { disabled: !journal.value.canRedo })}
        {tool("remove", "remove", { disabled: answer.value.boxes.length === 0 })}
        {tool("mode", "four", { pressed: stage.mode.value === "extremes" })}
        {tool("window", "window", { pressed: stage.tool.value === "window" })}
        {hasMask && tool("mask", "mask", { pressed: stage.showMask.value })}
        <Tool icon="menu" words={t("tool.more")} onClick={onMore} />
      </div>
      {phase.value === "ends" ? (
        <EndButtons desk={desk} actions={actions} t={t} />
      ) : (
        <AnswerButtons desk={desk} actions={actions} t={t} />
      )}
    </section>
  );
}

interface ToolProps {
  icon: IconName;
  words: string;
  keyName?: string;
  onClick: () => void;
  disabled?: boolean;
  pressed?: boolean;
}

/** An icon with its word below, on wide screens beside it. */
function Tool({ icon, words, keyName, ...rest }: ToolProps) {
  return (
    <Button icon={icon} look="plain" class="tool" keyName={keyName} {...rest}>
      <span class="word">{words}</span>
    </Button>
  );
}

type RowProps = Omit<Props, "onMore">;

function EndButtons({ desk, actions, t }: RowProps) {
  const { first, last } = desk.work.ends;
  return (
    <>
      <div class="pair">
        <Button
          icon="first"
          look={first === null ? "primary" : "normal"}
          keyName={showKey(keys.value["do.first"])}
          onClick={actions["do.first"]}
        >
          {t("do.first")}
        </Button>
        <Button
          icon="last"
          look={first !== null && last === null ? "primary" : "normal"}
          keyName={showKey(keys.value["do.last"])}
          onClick={actions["do.last"]}
        >
          {t("do.last")}
        </Button>
      </div>
      <div class="way">
        <Steppers actions={actions} t={t}>
          <Button look="plain" class="grow" onClick={actions["do.nowhere"]}>
            {t("do.nowhere")}
          </Button>
        </Steppers>
      </div>
    </>
  );
}

function AnswerButtons({ desk, actions, t }: RowProps) {
  const { answer, phase, isComplete } = desk;
  const primary = primaryOf(desk);
  return (
    <>
      <div class="pair">
        <Button
          icon="absent"
          pressed={answer.value.state === "absent"}
          keyName={showKey(keys.value["do.absent"])}
          onClick={actions["do.absent"]}
        >
          {t("do.absent")}
        </Button>
        <Button
          icon="unsure"
          pressed={answer.value.state === "unsure"}
          keyName={showKey(keys.value["do.unsure"])}
          onClick={actions["do.unsure"]}
        >
          {t("do.unsure")}
        </Button>
      </div>
      <div class="way">
        <Steppers actions={actions} t={t}>
          <Button
            look="primary"
            class="grow"
            icon={primary === "do.draw" ? "box" : primary === "do.go-on" ? "next" : "accept"}
            disabled={primary === "do.draw"}
            keyName={primary === "do.draw" ? undefined : showKey(keys.value["do.accept"])}
            onClick={actions["do.accept"]}
          >
            {t(primary)}
          </Button>
        </Steppers>
      </div>
      {phase.value === "between" && isComplete.value && (
        <Button class="finish" icon="flag" onClick={actions["do.finish"]}>
          {t("do.finish")}
        </Button>
      )}
      {phase.value === "between" && !isComplete.value && (
        <p class="soft small">{t("guide.unfinished", { n: desk.missing.value.length })}</p>
      )}
    </>
  );
}

function Steppers({
  actions,
  t,
  children,
}: Pick<Props, "actions" | "t"> & { children: ComponentChildren }) {
  return (
    <>
      <Button
        icon="previous"
        label={t("do.previous")}
        keyName={showKey(keys.value["do.previous"])}
        onClick={actions["do.previous"]}
      />
      {children}
      <Button
        icon="next"
        label={t("do.next")}
        keyName={showKey(keys.value["do.next"])}
        onClick={actions["do.next"]}
      />
    </>
  );
}
