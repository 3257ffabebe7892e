import { Card, Group, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChange } from "../../api/queries";
import type { Alert, AlertTrigger, DeliveryConfig } from "../../api/types";
import { FormButtons } from "../form_buttons";
import { FormError } from "../states";
import { alertKeys } from "./alerts";
import { toldTo } from "./receivers";

// Where people begin; each can be changed.
const FIRST_THRESHOLD: Record<string, number> = {
  hit_rate: 80,
  memory_usage: 90,
  eviction_rate: 100,
  connection_usage: 80,
  auth_error_rate: 10,
  certificate_expiry: 14,
};

export function AlertForm(props: {
  base: string;
  triggers: AlertTrigger[];
  configs: DeliveryConfig[];
  alert?: Alert; // to be changed; else a new one
  close: () => void;
}) {
  const { base, triggers, configs, alert, close } = props;
  const told = alert === undefined ? (configs[0]?.id ?? null) : alert.delivery_config_id;
  const [type, setType] = useState(alert?.trigger_type ?? triggers[0]?.trigger_type ?? "");
  const [threshold, setThreshold] = useState<number | string>(
    alert?.trigger_threshold ?? FIRST_THRESHOLD[type] ?? 1,
  );
  const [config, setConfig] = useState<string | null>(told === null ? null : String(told));
  const [description, setDescription] = useState(alert?.description ?? "");
  const save = useChange<Alert>(alertKeys(base));
  const trigger = triggers.find((one) => one.trigger_type === type);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = {
      trigger_type: type,
      trigger_threshold: Number(threshold),
      description,
      delivery_config_id: Number(config ?? 0), // 0: nobody
    };
    const path = alert === undefined ? `${base}/alerts` : `${base}/alerts/${alert.id}`;
    save.mutate({ path, method: alert === undefined ? "POST" : "PATCH", body }, { onSuccess: close });
  };
  return (
    <Card mb="md" bg="var(--calm-wash)">
      <form onSubmit={submit}>
        <Stack>
          <Group align="flex-end">
            <Select
              label="Tell me when the"
              allowDeselect={false}
              data={triggers.map((one) => ({ value: one.trigger_type, label: one.what }))}
              value={type}
              onChange={(value) => {
                setType(value ?? "");
                setThreshold(FIRST_THRESHOLD[value ?? ""] ?? 1);
              }}
            />
            <NumberInput
              label={`is ${trigger?.fires ?? "past"}`}
              suffix={trigger?.unit === "%" ? " %" : trigger?.unit}
              min={0}
              max={trigger?.threshold_max}
              allowDecimal={false}
              required
              w={160}
              value={threshold}
              onChange={setThreshold}
            />
            <Select
              label="Notify"
              placeholder="nobody: shown here only"
              clearable
              data={configs.map((one) => ({ value: String(one.id), label: toldTo(one) }))}
              value={config}
              onChange={setConfig}
            />
            <TextInput
              label="Note"
              placeholder="what to do then"
              value={description}
              onChange={(event) => setDescription(event.currentTarget.value)}
            />
          </Group>
          <FormError error={save.error} />
          <FormButtons
            label={alert === undefined ? "Create the alert" : "Change the alert"}
            isPending={save.isPending}
            cancel={close}
          />
        </Stack>
      </form>
    </Card>
  );
}
