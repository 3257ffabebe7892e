// The four ways in which a page has nothing to show: loading, empty, failed, and not allowed. Each keeps
// the place of what will stand there, so that nothing jumps when it comes.
import { Alert, Box, Button, Card, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ServiceError } from "../api/client";
import { Icon } from "./icons";

export function Loading({ height, label = "Loading" }: { height: number; label?: string }) {
  return (
    <Box role="status" aria-label={label}>
      <Skeleton height={height} radius="lg" />
    </Box>
  );
}

export function Empty(props: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  isPage?: boolean; // there is nothing else on the page, so this is its heading
}) {
  return (
    <Card>
      <Stack align="center" gap="sm" py="xl" ta="center">
        <Title order={props.isPage ? 1 : 2}>{props.title}</Title>
        {props.children !== undefined && (
          <Text c="dimmed" maw={520}>
            {props.children}
          </Text>
        )}
        {props.action}
      </Stack>
    </Card>
  );
}

export function words(error: unknown): string {
  if (error instanceof ServiceError) return error.message;
  return error instanceof Error ? error.message : "Something went wrong.";
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const isUnreachable = error instanceof ServiceError && error.isUnreachable;
  return (
    <Alert
      color="red"
      role="alert"
      icon={<Icon name="warning" />}
      title={isUnreachable ? "The service does not answer" : "That did not work"}
    >
      <Group justify="space-between" align="center">
        <Text size="sm">
          {isUnreachable
            ? "It may be restarting. This page tries again by itself; your caches need nothing of it."
            : words(error)}
        </Text>
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}

// A form's own failure, beside its button.
export function FormError({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <Alert color="red" role="alert" icon={<Icon name="warning" />}>
      {words(error)}
    </Alert>
  );
}

// What was shown stays while it is asked again, also when that fails.
export function Loaded<T>(props: {
  query: UseQueryResult<T>;
  height: number;
  children: (data: T) => ReactNode;
}) {
  const { query, height, children } = props;
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return <Loading height={height} />;
}
