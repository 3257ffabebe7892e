// Watched prefixes: items, bytes and hits of all keys that begin alike. "Stored and never fetched" shows
// here as many items and no hits.
import { Button, Card, Group, Table, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChangeOfCache, useOfCache } from "../../api/queries";
import type { CompoundStats, PopularItem, WatchedPrefix } from "../../api/types";
import { about, ABSENT, bytes, clockTime, rate, shortTime } from "../../format";
import type { Rights } from "../../session";
import { ACTIONS, right, RowButton, Rows } from "../../ui/rows";
import { FormError, Loaded } from "../../ui/states";

const WATCHED_MAX = 8;

export function Prefixes(props: { cache: { id: number }; rights: Rights; popular: PopularItem[] }) {
  const { cache, rights, popular } = props;
  const [name, setName] = useState("");
  const prefixes = useOfCache<WatchedPrefix[]>(cache.id, "/insight/prefixes");
  const change = useChangeOfCache(cache.id);
  const path = `/caches/${cache.id}/insight/prefixes`;
  const watched = prefixes.data ?? [];
  const isFull = watched.length >= WATCHED_MAX;
  const suggested = popular
    .filter((one) => !watched.some((prefix) => prefix.name === one.name))
    .slice(0, 4);
  const watch = (prefix: string) =>
    change.mutate(
      { path, method: "POST", body: { name: prefix } },
      { onSuccess: () => setName("") },
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    watch(name);
  };
  return (
    <Card h="100%">
      <Title order={2}>Watched prefixes</Title>
      <Text size="sm" c="dimmed" mb="sm">
        Items and memory are estimated from a sample of the keys that were used since the watch began.
      </Text>
      <Loaded query={prefixes} height={120}>
        {(all) => (
          <Rows
            label="Watched prefixes"
            rows={all}
            empty="Watch the beginning of keys, such as “user:”, to see how many there are, how much memory they take and whether they are read."
            minWidth={480}
            columns={["Prefix", right("Items"), right("Memory"), right("Hits/s"), right("Misses/s"), ACTIONS]}
          >
            {(prefix) => (
              <PrefixRow
                key={prefix.id}
                cacheId={cache.id}
                prefix={prefix}
                unwatch={
                  rights.change
                    ? () => change.mutate({ path: `${path}/${prefix.id}`, method: "DELETE" })
                    : null
                }
              />
            )}
          </Rows>
        )}
      </Loaded>
      {rights.change && !isFull && (
        <form onSubmit={submit}>
          <Group align="flex-end" wrap="nowrap" mt="sm">
            <TextInput
              aria-label="Prefix to watch"
              placeholder="user:"
              required
              flex={1}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" loading={change.isPending}>
              Watch
            </Button>
          </Group>
        </form>
      )}
      {rights.change && !isFull && suggested.length > 0 && (
        <Group gap={6} mt="sm">
          <Text size="sm" c="dimmed">
            Popular:
          </Text>
          {suggested.map((one) => (
            <Button key={one.name} size="compact-xs" variant="default" onClick={() => watch(one.name)}>
              {one.name}
            </Button>
          ))}
        </Group>
      )}
      {isFull && (
        <Text size="sm" c="dimmed" mt="sm">
          At most {WATCHED_MAX}: stop watching one to watch another.
        </Text>
      )}
      <FormError error={change.error} />
    </Card>
  );
}

const DAY = 86_400;

// The hour of today, the day of what is older.
function sinceOf(time: number): string {
  return Date.now() / 1000 - time < DAY ? clockTime(time) : shortTime(time);
}

function aboutBytes(value: number | null): string {
  if (value === null) return ABSENT;
  return value < 100 ? bytes(value) : `about ${bytes(Number(value.toPrecision(2)))}`;
}

function PrefixRow(props: { cacheId: number; prefix: WatchedPrefix; unwatch: (() => void) | null }) {
  const { cacheId, prefix, unwatch } = props;
  const path = `/insight/prefixes/${prefix.id}/stats`;
  const stats = useOfCache<CompoundStats[]>(cacheId, path, 30_000);
  const last = stats.data?.[0]?.values.at(-1);
  const isNew = stats.isSuccess && last === undefined;
  const number = (index: number) => {
    const value = last?.[index];
    return typeof value === "number" ? value : null;
  };
  return (
    <Table.Tr>
      <Table.Th scope="row" className="mono" fw={500}>
        {prefix.name}
        <Text size="xs" c="dimmed" ff="text">
          since {sinceOf(prefix.since)}
        </Text>
      </Table.Th>
      {isNew ? (
        <Table.Td colSpan={4} c="dimmed">
          Counting: the first numbers are here within two minutes.
        </Table.Td>
      ) : (
        <>
          <Table.Td ta="right">{about(number(1))}</Table.Td>
          <Table.Td ta="right">{aboutBytes(number(2))}</Table.Td>
          <Table.Td ta="right">{rate(number(3))}</Table.Td>
          <Table.Td ta="right">{rate(number(4))}</Table.Td>
        </>
      )}
      <Table.Td ta="right">
        {unwatch && (
          <RowButton label={`Stop watching ${prefix.name}`} onClick={unwatch}>
            Stop
          </RowButton>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
