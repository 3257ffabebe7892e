// What fired and resolved, and what was delivered of it.
import { Badge, Table, Text } from "@mantine/core";
import { useChange, useGet } from "../../api/queries";
import type { AlertEvent, AlertTrigger, Delivery } from "../../api/types";
import { spaced } from "../../format";
import { RowButton, Rows, TitledCard } from "../rows";
import { FormError, Loaded } from "../states";
import { Time } from "../time";
import { alertKeys } from "./alerts";
import { eventOf } from "./condition";

export function Events({ base, triggers }: { base: string; triggers: AlertTrigger[] }) {
  const events = useGet<{ events: AlertEvent[] }>(`${base}/alerts/events`, 10_000);
  return (
    <TitledCard title="What fired">
      <Loaded query={events} height={120}>
        {(data) => (
          <Rows label="What fired" rows={data.events} empty="No alert fired yet." minWidth={420}>
            {(event) => (
              <Table.Tr key={event.id}>
                <Table.Td w={140}>
                  <Time at={event.at} />
                </Table.Td>
                <Table.Td w={110}>
                  <Badge color={event.type === "fired" ? "red" : "green"}>{event.type}</Badge>
                </Table.Td>
                <Table.Td>{eventOf(event, triggers)}</Table.Td>
              </Table.Tr>
            )}
          </Rows>
        )}
      </Loaded>
    </TitledCard>
  );
}

const COLORS: Record<string, string> = { sent: "green", queued: "blue", failed: "red" };

function isRetried({ state, attempts }: Delivery): boolean {
  return state === "queued" && attempts > 0;
}

function toldOf(one: Delivery): string {
  if (one.last_error === "") return "";
  return `${one.last_error} (${one.attempts} ${one.attempts === 1 ? "attempt" : "attempts"})`;
}

export function Deliveries({ base, mayChange }: { base: string; mayChange: boolean }) {
  const deliveries = useGet<{ deliveries: Delivery[] }>(`${base}/alerts/deliveries`, 10_000);
  const change = useChange(alertKeys(base));
  const retry = (id: number) =>
    change.mutate({ path: `${base}/alerts/deliveries/${id}/retry`, method: "POST", body: {} });
  return (
    <TitledCard title="Deliveries">
      <Loaded query={deliveries} height={120}>
        {(data) => (
          <Rows label="Deliveries" rows={data.deliveries} empty="Nothing was to be delivered yet." minWidth={520}>
            {(one) => (
              <Table.Tr key={one.id}>
                <Table.Td w={140}>
                  <Time at={one.created_at} />
                </Table.Td>
                <Table.Td>
                  {spaced(one.type)} by {one.delivery_type}
                  <Text size="xs" c="dimmed">
                    {toldOf(one)}
                  </Text>
                </Table.Td>
                <Table.Td w={110}>
                  <Badge color={isRetried(one) ? "yellow" : (COLORS[one.state] ?? "gray")}>{one.state}</Badge>
                </Table.Td>
                <Table.Td ta="right">
                  {mayChange && one.state === "failed" && (
                    <RowButton onClick={() => retry(one.id)}>Try again</RowButton>
                  )}
                </Table.Td>
              </Table.Tr>
            )}
          </Rows>
        )}
      </Loaded>
      <FormError error={change.error} />
    </TitledCard>
  );
}
