// Caches that were deleted within the last day, to be taken back with what they held.
import { Button, Card, Group, Table, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useNavigate } from "react-router-dom";
import { cachesKey, useChange, useGet } from "../api/queries";
import type { Cache } from "../api/types";
import { FormError } from "../ui/states";
import { Time } from "../ui/time";

const PATH = "/caches?deleted=true";

export function DeletedCaches() {
  const deleted = useGet<{ caches: Cache[] }>(PATH, 30_000);
  const restore = useChange<Cache>([cachesKey, ["get", PATH]]);
  const navigate = useNavigate();
  const all = deleted.data?.caches ?? [];
  if (all.length === 0) return null;
  const back = (cache: Cache) =>
    restore.mutate(
      { path: `/caches/${cache.id}/restore`, method: "POST", body: {} },
      {
        onSuccess: () => {
          notifications.show({ color: "green", message: `${cache.name} is back, with what it held.` });
          navigate(`/caches/${cache.id}/overview`);
        },
      },
    );
  return (
    <Card mt="lg">
      <Title order={2} mb="sm">
        Deleted
      </Title>
      <FormError error={restore.error} />
      <Table aria-label="Deleted caches">
        <Table.Tbody>
          {all.map((cache) => (
            <Table.Tr key={cache.id}>
              <Table.Td fw={550}>{cache.name}</Table.Td>
              <Table.Td>
                deleted <Time at={cache.deleted_at} />
              </Table.Td>
              <Table.Td>
                <Group justify="flex-end">
                  <Button
                    variant="default"
                    size="xs"
                    aria-label={`Restore ${cache.name}`}
                    loading={restore.isPending}
                    onClick={() => back(cache)}
                  >
                    Restore
                  </Button>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}
