// Fields of forms: words above, a hint below, the value handed back as what it is.
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { typedNumber } from "./draft";
import { t } from "./words";

interface FieldProps {
  words: string;
  hint?: string;
}

function Field(props: FieldProps & { id: string; children: ComponentChildren; wrong?: string }) {
  return (
    <div class="field">
      <label for={props.id}>{props.words}</label>
      {props.children}
      {props.wrong && (
        <span class="wrong small" role="alert">
          {props.wrong}
        </span>
      )}
      {props.hint && <span class="soft small">{props.hint}</span>}
    </div>
  );
}

export function TextField(
  props: FieldProps & {
    value: string;
    onChange: (value: string) => void;
    rows?: number;
    most?: number;
    required?: boolean;
  },
) {
  const id = useId();
  const shared = {
    id,
    class: "input",
    value: props.value,
    maxLength: props.most ?? 500,
    onInput: (event: Event) =>
      props.onChange((event.target as HTMLInputElement | HTMLTextAreaElement).value),
  };
  return (
    <Field {...props} id={id}>
      {props.rows ? (
        <textarea {...shared} rows={props.rows} />
      ) : (
        <input {...shared} type="text" required={props.required ?? false} />
      )}
    </Field>
  );
}

export function NumberField(
  props: FieldProps & {
    value: number | null;
    low: number;
    high: number;
    onChange: (value: number) => void;
    /** Called with null where the field is emptied, if that means something. */
    onEmpty?: () => void;
  },
) {
  const id = useId();
  const [text, setText] = useState(props.value === null ? "" : String(props.value));
  const isEmpty = text.trim() === "" && props.onEmpty !== undefined;
  const isWrong = !isEmpty && typedNumber(text, props.low, props.high) === null;
  const type = (event: Event) => {
    const typed = (event.target as HTMLInputElement).value;
    setText(typed);
    const value = typedNumber(typed, props.low, props.high);
    if (value !== null) props.onChange(value);
    else if (typed.trim() === "") props.onEmpty?.();
  };
  return (
    <Field
      {...props}
      id={id}
      {...(isWrong ? { wrong: t("field.between", { low: props.low, high: props.high }) } : {})}
    >
      <input
        id={id}
        class="input number"
        type="text"
        inputMode="decimal"
        value={text}
        aria-invalid={isWrong}
        onInput={type}
      />
    </Field>
  );
}

export function ChoiceField(
  props: FieldProps & {
    value: string;
    choices: readonly (readonly [value: string, words: string])[];
    onChange: (value: string) => void;
  },
) {
  const id = useId();
  return (
    <Field {...props} id={id}>
      <select
        id={id}
        class="input"
        value={props.value}
        onChange={event => props.onChange((event.target as HTMLSelectElement).value)}
      >
        {props.choices.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </Field>
  );
}

export function Switch(props: FieldProps & { on: boolean; onChange: (on: boolean) => void }) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        checked={props.on}
        onChange={event => props.onChange((event.target as HTMLInputElement).checked)}
      />
      <span class="grow">
        <strong>{props.words}</strong>
        {props.hint && (
          <>
            <br />
            <span class="soft small">{props.hint}</span>
          </>
        )}
      </span>
    </label>
  );
}
