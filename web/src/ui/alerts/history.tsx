// What fired and resolved, and what was delivered of it.
import { Badge, Button, Card, Table, Text, Title } from "@mantine/core";
import { useChange, useGet } from "../../api/queries";
import type { AlertEvent, Delivery } from "../../api/types";
import { spaced } from "../../format";
import { FormError, Loaded } from "../states";
import { Time } from "../time";
import { alertKeys } from "./alerts";

export function Events({ base }: { base: string }) {
  const events = useGet<{ events: AlertEvent[] }>(`${base}/alerts/events`, 10_000);
  return (
    <Card>
      <Title order={2} mb="sm">
        What fired
      </Title>
      <Loaded query={events} height={120}>
        {(data) =>
          data.events.length === 0 ? (
            <Text size="sm" c="dimmed">
              No alert fired yet.
            </Text>
          ) : (
            <Table aria-label="What fired">
              <Table.Tbody>
                {data.events.map((event) => (
                  <Table.Tr key={event.id}>
                    <Table.Td w={140}>
                      <Time at={event.at} />
                    </Table.Td>
                    <Table.Td w={110}>
                      <Badge color={event.type === "fired" ? "red" : "green"}>{event.type}</Badge>
                    </Table.Td>
                    <Table.Td>
                      {spaced(event.trigger_type)}
                      {event.value !== null && `: ${Number(event.value.toFixed(1))}`}, threshold{" "}
                      {event.trigger_threshold}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Loaded>
    </Card>
  );
}

const COLORS: Record<string, string> = { sent: "green", queued: "blue", failed: "red" };

export function Deliveries({ base, mayChange }: { base: string; mayChange: boolean }) {
  const deliveries = useGet<{ deliveries: Delivery[] }>(`${base}/alerts/deliveries`, 10_000);
  const change = useChange(alertKeys(base));
  return (
    <Card>
      <Title order={2} mb="sm">
        Deliveries
      </Title>
      <Loaded query={deliveries} height={120}>
        {(data) =>
          data.deliveries.length === 0 ? (
            <Text size="sm" c="dimmed">
              Nothing was to be delivered yet.
            </Text>
          ) : (
            <Table.ScrollContainer minWidth={520}>
              <Table aria-label="Deliveries">
                <Table.Tbody>
                  {data.deliveries.map((one) => (
                    <Table.Tr key={one.id}>
                      <Table.Td w={140}>
                        <Time at={one.created_at} />
                      </Table.Td>
                      <Table.Td>
                        {spaced(one.type)} by {one.delivery_type}
                        <Text size="xs" c="dimmed">
                          {one.last_error}
                        </Text>
                      </Table.Td>
                      <Table.Td w={110}>
                        <Badge color={COLORS[one.state] ?? "gray"}>{one.state}</Badge>
                      </Table.Td>
                      <Table.Td ta="right">
                        {mayChange && one.state === "failed" && (
                          <Button
                            variant="subtle"
                            size="compact-sm"
                            onClick={() =>
                              change.mutate({
                                path: `${base}/alerts/deliveries/${one.id}/retry`,
                                method: "POST",
                                body: {},
                              })
                            }
                          >
                            Try again
                          </Button>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Loaded>
      <FormError error={change.error} />
    </Card>
  );
}
