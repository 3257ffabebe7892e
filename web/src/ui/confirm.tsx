// Asking before something is destroyed: by a button, or by typing a name, which nobody does by accident.
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { Dialog } from "./dialog";
import { FormError } from "./states";

interface ConfirmProps {
  title: string;
  children: ReactNode;
  label: string; // of the button that does it
  typed?: string; // what must be typed first
  isPending: boolean;
  error: unknown;
  confirm: () => void;
  close: () => void;
}

export function Confirm(props: ConfirmProps) {
  const { title, children, label, typed, isPending, error, confirm, close } = props;
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
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" color="red.9" disabled={!isTyped} loading={isPending}>
              {label}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
