// Who did what to what, the newest first, page by page. A row tells what changed, and no secret.
import { Button, Group, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { query, request } from "../api/client";
import type { AuditRow } from "../api/types";
import { ABSENT, bytes, exactTime, spaced } from "../format";
import { Rows, TitledCard } from "./rows";
import { Failure, Loading } from "./states";
import { Time } from "./time";

interface Page {
  rows: AuditRow[];
  has_more: boolean;
}

export type AuditFilter = Record<string, string | number>;

export function AuditCard({ filter, showsObject = false }: { filter: AuditFilter; showsObject?: boolean }) {
  const pages = useInfiniteQuery({
    queryKey: ["audit", filter],
    queryFn: ({ pageParam, signal }) =>
      request<Page>(`/audit${query({ ...filter, limit: 50, before: pageParam })}`, { signal }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (page.has_more ? (page.rows.at(-1)?.id ?? null) : null),
  });
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <TitledCard title="Audit">
      {pages.isPending && <Loading height={240} />}
      {pages.isError && rows.length === 0 && (
        <Failure error={pages.error} retry={() => void pages.refetch()} />
      )}
      {(rows.length > 0 || pages.isSuccess) && <AuditTable rows={rows} showsObject={showsObject} />}
      {pages.hasNextPage && (
        <Group justify="center" mt="md">
          <Button
            variant="default"
            loading={pages.isFetchingNextPage}
            onClick={() => void pages.fetchNextPage()}
          >
            Older
          </Button>
        </Group>
      )}
    </TitledCard>
  );
}

function AuditTable({ rows, showsObject }: { rows: AuditRow[]; showsObject: boolean }) {
  return (
    <Rows
      label="Audit"
      rows={rows}
      empty="Nothing was changed yet. Every change shows here, with who made it and from where."
      minWidth={640}
      columns={["When", "Who", "What", ...(showsObject ? ["Of"] : []), "Change"]}
    >
      {(row) => (
        <Table.Tr key={row.id}>
          <Table.Td style={{ whiteSpace: "nowrap" }}>
            <Time at={row.at} />
          </Table.Td>
          <Table.Td>
            {row.actor.name || spaced(row.actor.kind)}
            <Text size="xs" c="dimmed">
              {row.actor.address}
            </Text>
          </Table.Td>
          <Table.Td>{spaced(row.action).replace(".", ": ")}</Table.Td>
          {showsObject && (
            <Table.Td>
              {spaced(row.object.kind)} {row.object.id}
            </Table.Td>
          )}
          <Table.Td className="mono">{changeOf(row)}</Table.Td>
        </Table.Tr>
      )}
    </Rows>
  );
}

// "plan: dev → 100": what was, what is; of something new, what it has.
export function changeOf({ before, after }: Pick<AuditRow, "before" | "after">): string {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const parts = names.flatMap((name) => {
    const [was, is] = [toldOf(name, before?.[name]), toldOf(name, after?.[name])];
    if (before && name in before) return [`${spaced(name)}: ${was} → ${is}`];
    return is === ABSENT ? [] : [`${spaced(name)}: ${is}`];
  });
  return parts.join(", ");
}

// An id or a time of 0 is none.
function toldOf(name: string, value: unknown): string {
  if (value === undefined || value === null || value === "") return ABSENT;
  if (value === 0 && /^(team|cluster|deleted_at|own_port)$/.test(name)) return ABSENT;
  if (typeof value === "number" && name.endsWith("_at")) return exactTime(value);
  if (typeof value === "number" && name.endsWith("_bytes")) return bytes(value);
  return String(value);
}
