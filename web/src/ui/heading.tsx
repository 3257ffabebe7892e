// The head of a page: its title (also the tab's), what one can do here.
import { Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · Cachery`;
  }, [title]);
}

export function Heading(props: { title: string; note?: ReactNode; children?: ReactNode }) {
  useTitle(props.title);
  return (
    <Group justify="space-between" align="flex-end" mb="lg" gap="sm">
      <Stack gap={2}>
        <Title order={1}>{props.title}</Title>
        {props.note !== undefined && (
          <Text c="dimmed" size="sm" component="div">
            {props.note}
          </Text>
        )}
      </Stack>
      {props.children}
    </Group>
  );
}
