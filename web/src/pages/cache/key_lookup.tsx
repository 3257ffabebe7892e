// What is known of one key: whether it is there, how big, how often it was used.
import { Badge, Button, Card, Group, Table, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { query, request } from "../../api/client";
import type { KeyStats } from "../../api/types";
import { bytes, count } from "../../format";
import { FormError } from "../../ui/states";

export function KeyLookup({ cacheId }: { cacheId: number }) {
  const [key, setKey] = useState("");
  const look = useMutation({
    mutationFn: () => request<KeyStats[]>(`/caches/${cacheId}/insight/key_stats${query({ key })}`),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    look.mutate();
  };
  const found = look.data?.[0];
  return (
    <Card h="100%">
      <Title order={2} mb="sm">
        Look up a key
      </Title>
      <form onSubmit={submit}>
        <Group align="flex-end" wrap="nowrap">
          <TextInput
            aria-label="Key"
            placeholder="user:42"
            required
            flex={1}
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={look.isPending}>
            Look up
          </Button>
        </Group>
      </form>
      <div role="status">
        {look.error && <FormError error={look.error} />}
        {found === undefined ? (
          <Text size="sm" c="dimmed" mt="sm">
            Looking a key up does not count as a use of it.
          </Text>
        ) : (
          <Table mt="sm" aria-label={`About ${found.name}`} verticalSpacing={4}>
            <Table.Tbody>
              <Fact name="In the cache">
                <Badge color={found.in_cache ? "green" : "gray"}>{found.in_cache ? "yes" : "no"}</Badge>
              </Fact>
              <Fact name="Size">{found.in_cache ? bytes(found.size) : "–"}</Fact>
              <Table.Tr>
                <Table.Td colSpan={2}>
                  <Text size="xs" c="dimmed">
                    Counted since it was first looked up; before, only while it was among the popular keys.
                  </Text>
                </Table.Td>
              </Table.Tr>
              <Fact name="Hits">{count(found.hit_count)}</Fact>
              <Fact name="Misses">{count(found.miss_count)}</Fact>
              <Fact name="Changes">{count(found.mutation_count)}</Fact>
            </Table.Tbody>
          </Table>
        )}
      </div>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>
        {name}
      </Table.Th>
      <Table.Td ta="right">{children}</Table.Td>
    </Table.Tr>
  );
}
