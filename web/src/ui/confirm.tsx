// Asking before something is destroyed: by a button, or by typing a name, which nobody does by accident.
import { Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { Dialog } from "./dialog";
import { FormButtons } from "./form_buttons";
import { FormError } from "./states";

interface ConfirmProps {
  title: string;
  children: ReactNode;
  label: string; // of the button that does it
  typed?: string; // what must be typed first
  destroys?: boolean; // else it can be taken back
  isPending: boolean;
  error: unknown;
  confirm: () => void;
  close: () => void;
}

export function Confirm(props: ConfirmProps) {
  const { title, children, label, typed, destroys = true, isPending, error, confirm, close } = props;
  const [text, setText] = useState("");
  const isTyped = typed === undefined || text.trim() === typed;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isTyped) confirm();
  };
  return (
    <Dialog onClose={close} title={title}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm" component="div">
            {children}
          </Text>
          {typed !== undefined && (
            <TextInput
              label={`Type ${typed} to confirm`}
              autoComplete="off"
              data-autofocus
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
          )}
          <FormError error={error} />
          <FormButtons
            label={label}
            isPending={isPending}
            cancel={close}
            destroys={destroys}
            isDisabled={!isTyped}
          />
        </Stack>
      </form>
    </Dialog>
  );
}
