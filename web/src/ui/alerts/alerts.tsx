// Alerts of one cache, or of the installation: what is watched, where it is told, what fired, what was
// delivered. `base` is the path below the admin API.
import { Badge, Button, Group, Stack, Switch, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useChange, useGet } from "../../api/queries";
import type { Alert, AlertTrigger, DeliveryConfig } from "../../api/types";
import { AskingButton } from "../asking_button";
import { Icon } from "../icons";
import { ACTIONS, RowButton, Rows, TitledCard } from "../rows";
import { FormError, Loaded } from "../states";
import { Time } from "../time";
import { AlertForm } from "./alert_form";
import { conditionOf } from "./condition";
import { Deliveries, Events } from "./history";
import { Receivers, toldTo } from "./receivers";

export const alertKeys = (base: string) =>
  ["/alerts", "/alerts/configs", "/alerts/deliveries", "/alerts/events"].map((path) => [
    "get",
    base + path,
  ]);

export function Alerts({ base, mayChange }: { base: string; mayChange: boolean }) {
  const alerts = useGet<{ alerts: Alert[] }>(`${base}/alerts`, 10_000);
  const triggers = useGet<{ triggers: AlertTrigger[] }>("/alerts/triggers");
  const configs = useGet<{ configs: DeliveryConfig[] }>(`${base}/alerts/configs`);
  const [isNew, setNew] = useState(false);
  const [changed, setChanged] = useState<Alert | null>(null);
  const about = base === "" ? "installation" : "cache";
  const known = triggers.data?.triggers.filter((one) => one.about === about) ?? [];
  const places = configs.data?.configs ?? [];
  return (
    <Stack gap="lg">
      <TitledCard
        title="Alerts"
        action={
          mayChange && !isNew && changed === null && (
            <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setNew(true)}>
              New alert
            </Button>
          )
        }
      >
        {isNew && (
          <AlertForm base={base} triggers={known} configs={places} close={() => setNew(false)} />
        )}
        {changed !== null && (
          <AlertForm
            key={changed.id}
            base={base}
            triggers={known}
            configs={places}
            alert={changed}
            close={() => setChanged(null)}
          />
        )}
        <Loaded query={alerts} height={140}>
          {(data) => (
            (data.alerts.length > 0 || !isNew) && (
              <AlertTable
                base={base}
                alerts={data.alerts}
                triggers={known}
                configs={places}
                edit={mayChange && !isNew ? setChanged : null}
              />
            )
          )}
        </Loaded>
      </TitledCard>
      <Receivers base={base} mayChange={mayChange} />
      <Events base={base} triggers={known} />
      <Deliveries base={base} mayChange={mayChange} />
    </Stack>
  );
}

interface TableProps {
  base: string;
  alerts: Alert[];
  triggers: AlertTrigger[];
  configs: DeliveryConfig[];
  edit: ((alert: Alert) => void) | null; // who may not change them has none
}

function AlertTable({ base, alerts, triggers, configs, edit }: TableProps) {
  const change = useChange(alertKeys(base));
  return (
    <>
      <Rows
        label="Alerts"
        rows={alerts}
        empty={`Nothing is watched. A good first alert: ${base === "" ? "the life of the certificate below 30 days" : "the hit rate below 80 %"}.`}
        minWidth={620}
        columns={["When", "State", "Since", "Notify", "On", ACTIONS]}
      >
        {(alert) => {
          const path = `${base}/alerts/${alert.id}`;
          const condition = conditionOf(alert, triggers);
          const config = configs.find((one) => one.id === alert.delivery_config_id);
          return (
            <Table.Tr key={alert.id}>
              <Table.Td>
                {condition}
                <Text size="xs" c="dimmed">
                  {alert.description}
                </Text>
              </Table.Td>
              <Table.Td>
                <Badge color={alert.state === "firing" ? "red" : "green"}>{alert.state}</Badge>
              </Table.Td>
              <Table.Td>
                <Time at={alert.state_since} />
              </Table.Td>
              <Table.Td>{config ? toldTo(config) : "nobody"}</Table.Td>
              <Table.Td>
                <Switch
                  aria-label={`Alert ${condition} is on`}
                  checked={alert.enabled}
                  disabled={edit === null}
                  onChange={(event) =>
                    change.mutate({ path, method: "PATCH", body: { enabled: event.currentTarget.checked } })
                  }
                />
              </Table.Td>
              <Table.Td ta="right">
                {edit && (
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <RowButton label={`Change alert ${condition}`} onClick={() => edit(alert)}>
                      Change
                    </RowButton>
                    <AskingButton
                      label={`Delete alert ${condition}`}
                      title={`Delete the alert “${condition}”?`}
                      text="Nobody is told of it any more. To silence it for a while, turn it off instead."
                      act="Delete it"
                      change={{ path, method: "DELETE" }}
                      renewed={alertKeys(base)}
                    >
                      Delete
                    </AskingButton>
                  </Group>
                )}
              </Table.Td>
            </Table.Tr>
          );
        }}
      </Rows>
      <FormError error={change.error} />
    </>
  );
}
