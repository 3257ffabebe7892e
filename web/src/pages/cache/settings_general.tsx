// The name of a cache, and the address that opens its dashboard without an account.
import { Button, Card, Group, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChangeOfCache } from "../../api/queries";
import type { Cache } from "../../api/types";
import { Confirm } from "../../ui/confirm";
import { Secret } from "../../ui/copy";
import { FormError } from "../../ui/states";
import { Time } from "../../ui/time";
import type { TabProps } from "./cache_page";

export function GeneralCard({ cache, rights }: TabProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const change = useChangeOfCache<Cache>(cache.id);
  const name = draft ?? cache.name;
  const save = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { path: `/caches/${cache.id}`, method: "PATCH", body: { name } },
      { onSuccess: () => setDraft(null) },
    );
  };
  return (
    <Card>
      <Title order={2} mb="sm">
        Name
      </Title>
      <form onSubmit={save}>
        <Group align="flex-end">
          <TextInput
            label="Name"
            description="For people: nothing that connects depends on it."
            w={{ base: "100%", xs: 320 }}
            disabled={!rights.change}
            maxLength={64}
            value={name}
            onChange={(event) => setDraft(event.currentTarget.value)}
          />
          {rights.change && (
            <Button type="submit" disabled={name === cache.name} loading={change.isPending}>
              Rename
            </Button>
          )}
        </Group>
      </form>
      <FormError error={change.error} />
      <Text size="sm" c="dimmed" mt="sm">
        Id {cache.id}, short name {cache.short_name}, created <Time at={cache.created_at} />.
      </Text>
    </Card>
  );
}

export function LinkCard({ cache, rights }: TabProps) {
  const [isAsked, setAsked] = useState(false);
  const rotate = useChangeOfCache(cache.id);
  if (cache.sso_path === null) return null;
  const confirm = () =>
    rotate.mutate(
      { path: `/caches/${cache.id}/rotate_sso`, method: "POST", body: {} },
      { onSuccess: () => setAsked(false) },
    );
  return (
    <Card>
      <Title order={2} mb={4}>
        Single sign-on address
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        Whoever has it opens this one cache without an account, for twelve hours at a time: everything but
        changing its plan, changing its team and deleting it.
      </Text>
      <Group justify="space-between">
        <Secret value={location.origin + cache.sso_path} what="single sign-on address" />
        {rights.change && (
          <Button variant="default" onClick={() => setAsked(true)}>
            Rotate
          </Button>
        )}
      </Group>
      {isAsked && (
        <Confirm
          title="Make a new address?"
          label="Rotate it"
          isPending={rotate.isPending}
          error={rotate.error}
          confirm={confirm}
          close={() => setAsked(false)}
        >
          The old address and every session that it began end at once.
        </Confirm>
      )}
    </Card>
  );
}
