// Copying, and secrets that are hidden until somebody wants to see them.
import { ActionIcon, Button, Group, Text, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { useState } from "react";
import { Icon } from "./icons";

export function CopyIcon({ value, label }: { value: string; label: string }) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <Tooltip label={clipboard.copied ? "Copied" : label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={clipboard.copied ? "Copied" : label}
        onClick={() => clipboard.copy(value)}
      >
        <Icon name={clipboard.copied ? "check" : "copy"} size={16} />
      </ActionIcon>
    </Tooltip>
  );
}

export function CopyButton({ value, children }: { value: string; children: string }) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={<Icon name={clipboard.copied ? "check" : "copy"} size={15} />}
      onClick={() => clipboard.copy(value)}
    >
      {clipboard.copied ? "Copied" : children}
    </Button>
  );
}

export function Secret({ value, what }: { value: string | null; what: string }) {
  const [isShown, setShown] = useState(false);
  if (value === null) return <Text c="dimmed">not shown to you</Text>;
  return (
    <Group gap={4} wrap="nowrap">
      <Text component="span" className="mono" {...(isShown ? {} : { style: { whiteSpace: "nowrap" } })}>
        {isShown ? value : "•".repeat(10)}
      </Text>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`${isShown ? "Hide" : "Show"} ${what}`}
        aria-pressed={isShown}
        onClick={() => setShown(!isShown)}
      >
        <Icon name={isShown ? "hidden" : "eye"} size={16} />
      </ActionIcon>
      <CopyIcon value={value} label={`Copy ${what}`} />
    </Group>
  );
}
