// What ends a form that one can leave: the way back first and the act last, at its right edge.
import { Button, Group } from "@mantine/core";

export function FormButtons(props: {
  label: string; // of the act, which submits the form
  isPending: boolean;
  cancel: () => void;
  destroys?: boolean;
  isDisabled?: boolean; // what the act needs is not typed yet
  isSmall?: boolean; // in the row of a table
}) {
  const { label, isPending, cancel, destroys = false, isDisabled = false, isSmall = false } = props;
  const size = isSmall ? "xs" : "sm";
  return (
    <Group justify="flex-end" gap={isSmall ? 4 : "sm"} wrap="nowrap">
      <Button variant="default" size={size} onClick={cancel}>
        Cancel
      </Button>
      <Button
        type="submit"
        size={size}
        disabled={isDisabled}
        loading={isPending}
        {...(destroys ? { color: "red.9" } : {})}
      >
        {label}
      </Button>
    </Group>
  );
}
