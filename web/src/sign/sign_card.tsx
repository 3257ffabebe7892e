// The narrow card in which people sign in, sign up and follow links.
import { Card, Center, Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTitle } from "../ui/heading";

export function SignCard({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title);
  return (
    <Center pt={{ base: 0, sm: "xl" }}>
      <Card w="100%" maw={420} padding="xl">
        <Stack>
          <Title order={1}>{title}</Title>
          {children}
        </Stack>
      </Card>
    </Center>
  );
}
