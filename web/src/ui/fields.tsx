// The fields that pages about people share, so that a browser's password keeper finds the same names in
// all of them, and the form around them: its fields, what went wrong, its one button.
import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useEffect, useRef } from "react";
import { FormError } from "./states";

interface FieldProps {
  value: string;
  onChange: (value: string) => void;
  isFirst?: boolean; // typing begins there
}

const first = (isFirst = false) => (isFirst ? { autoFocus: true, "data-autofocus": true } : {});

export function EmailField({ value, onChange, isFirst }: FieldProps) {
  return (
    <TextInput
      {...first(isFirst)}
      label="E-mail address"
      type="email"
      autoComplete="username"
      required
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

export function NameField({ value, onChange }: FieldProps) {
  return (
    <TextInput
      label="Name"
      autoComplete="name"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

export function PresentPasswordField(props: FieldProps & { label: string; width?: number }) {
  const { value, onChange, label, width, isFirst } = props;
  return (
    <PasswordInput
      {...first(isFirst)}
      label={label}
      autoComplete="current-password"
      required
      {...(width === undefined ? {} : { w: width })}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

// Bounds of src/control/passwords.h, which decides; asked of the field before anything is sent.
const PASSWORD_MIN = 10;
const PASSWORD_MAX = 1024;
const PASSWORD_RULE = `At least ${PASSWORD_MIN} characters; a sentence is good.`;

function faultOf(password: string): string {
  if (password === "" || (password.length >= PASSWORD_MIN && password.length <= PASSWORD_MAX)) return "";
  return `A password has ${PASSWORD_MIN} to ${PASSWORD_MAX} characters; this one has ${password.length}.`;
}

export function NewPasswordField(props: FieldProps & { label: string; effect?: string }) {
  const { value, onChange, label, effect } = props;
  const field = useRef<HTMLInputElement>(null);
  // Not by maxLength, which would cut a pasted one in silence.
  useEffect(() => field.current?.setCustomValidity(faultOf(value)), [value]);
  return (
    <PasswordInput
      label={label}
      description={effect === undefined ? PASSWORD_RULE : `${PASSWORD_RULE} ${effect}`}
      autoComplete="new-password"
      required
      ref={field}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

// For password keepers: whose password the form is about.
export function WhoseField({ email }: { email: string }) {
  return <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />;
}

export function Form(props: {
  run: () => void;
  state: { error: unknown; isPending: boolean }; // the mutation that it runs
  label: string; // of its button
  isWide?: boolean; // the button, as in the narrow cards where one signs in
  isUnchanged?: boolean; // there is nothing to submit
  after?: ReactNode;
  children: ReactNode;
}) {
  const { run, state, label, isWide = false, isUnchanged = false, after, children } = props;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    run();
  };
  return (
    <form onSubmit={onSubmit}>
      <Stack>
        {children}
        <FormError error={state.error} />
        <Button
          type="submit"
          disabled={isUnchanged}
          loading={state.isPending}
          {...(isWide ? {} : { w: "fit-content" })}
        >
          {label}
        </Button>
        {after}
      </Stack>
    </form>
  );
}
