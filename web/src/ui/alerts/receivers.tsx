// Where alerts go: mail, Slack, a signed webhook. Each can be tried.
import { Button, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState } from "react";
import { useChange, useGet, useSignUpRule } from "../../api/queries";
import type { DeliveryConfig } from "../../api/types";
import { AskingButton } from "../asking_button";
import { Secret } from "../copy";
import { RowButton, Rows, TitledCard } from "../rows";
import { FormError, Loaded } from "../states";
import { alertKeys } from "./alerts";

export function toldTo(config: DeliveryConfig): string {
  switch (config.delivery_type) {
    case "email":
      return config.email;
    case "slack":
      return `Slack ${config.slack_channel}`.trim();
    default:
      return config.webhook_url;
  }
}

export function Receivers({ base, mayChange }: { base: string; mayChange: boolean }) {
  const configs = useGet<{ configs: DeliveryConfig[] }>(`${base}/alerts/configs`);
  const change = useChange(alertKeys(base));
  const path = (config: DeliveryConfig) => `${base}/alerts/configs/${config.id}`;
  const test = (config: DeliveryConfig) =>
    change.mutate(
      { path: `${path(config)}/test`, method: "POST", body: {} },
      { onSuccess: () => notifications.show({ message: `A test to ${toldTo(config)} is on its way.` }) },
    );
  return (
    <TitledCard title="Where alerts go">
      <Loaded query={configs} height={120}>
        {(data) => (
          <Rows
            label="Where alerts go"
            rows={data.configs}
            empty="Nowhere yet: alerts only show on this page."
            minWidth={480}
          >
            {(config) => (
              <Table.Tr key={config.id}>
                <Table.Td w={100}>{config.delivery_type}</Table.Td>
                <Table.Td className="mono">{toldTo(config)}</Table.Td>
                <Table.Td>
                  {config.webhook_secret !== "" && (
                    <Secret value={config.webhook_secret} what="webhook secret" />
                  )}
                  {!config.confirmed && (
                    <Text size="sm" c="dimmed">
                      Waits for the link in the mail
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  {mayChange && (
                    <Group gap={4} justify="flex-end" wrap="nowrap">
                      <RowButton onClick={() => test(config)}>
                        {config.confirmed ? "Send a test" : "Mail the link again"}
                      </RowButton>
                      <AskingButton
                        label={`Delete ${toldTo(config)}`}
                        title={`Tell ${toldTo(config)} no more?`}
                        text="Alerts that were told there only show on this page then."
                        act="Delete it"
                        change={{ path: path(config), method: "DELETE" }}
                        renewed={alertKeys(base)}
                      >
                        Delete
                      </AskingButton>
                    </Group>
                  )}
                </Table.Td>
              </Table.Tr>
            )}
          </Rows>
        )}
      </Loaded>
      <FormError error={change.error} />
      {mayChange && <ReceiverForm base={base} />}
    </TitledCard>
  );
}

const TYPES = [
  { value: "email", label: "E-mail" },
  { value: "slack", label: "Slack" },
  { value: "webhook", label: "Webhook" },
];

function ReceiverForm({ base }: { base: string }) {
  const sendsMail = useSignUpRule().data?.confirms_by_mail ?? true;
  const [chosen, setChosen] = useState<string | null>(null);
  const type = chosen ?? (sendsMail ? "email" : "slack");
  const [email, setEmail] = useState("");
  const [slackUrl, setSlackUrl] = useState("");
  const [channel, setChannel] = useState("");
  const [webhook, setWebhook] = useState("");
  const create = useChange<DeliveryConfig>(alertKeys(base));
  const fields: Record<string, Record<string, string>> = {
    email: { email },
    slack: { slack_url: slackUrl, slack_channel: channel },
    webhook: { webhook_url: webhook },
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = { delivery_type: type, ...fields[type] };
    const clear = () => [setEmail, setSlackUrl, setChannel, setWebhook].forEach((set) => set(""));
    create.mutate({ path: `${base}/alerts/configs`, method: "POST", body }, { onSuccess: clear });
  };
  return (
    <form onSubmit={submit}>
      <Stack mt="md" gap="sm">
        <Group align="flex-end">
          <Select
            label="Notify by"
            allowDeselect={false}
            w={140}
            data={TYPES.map((one) => ({ ...one, disabled: one.value === "email" && !sendsMail }))}
            value={type}
            onChange={setChosen}
          />
          {type === "email" && (
            <TextInput
              label="E-mail address"
              type="email"
              required
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
          )}
          {type === "slack" && (
            <>
              <TextInput
                label="Incoming webhook"
                placeholder="https://hooks.slack.com/services/…"
                required
                value={slackUrl}
                onChange={(event) => setSlackUrl(event.currentTarget.value)}
              />
              <TextInput
                label="Channel"
                placeholder="#ops"
                value={channel}
                onChange={(event) => setChannel(event.currentTarget.value)}
              />
            </>
          )}
          {type === "webhook" && (
            <TextInput
              label="Address"
              placeholder="https://example.org/hook"
              required
              value={webhook}
              onChange={(event) => setWebhook(event.currentTarget.value)}
            />
          )}
          <Button type="submit" variant="default" loading={create.isPending}>
            Add
          </Button>
        </Group>
        {!sendsMail && (
          <Text size="xs" c="dimmed">
            Not by e-mail: this service has no mail server. Its operator can name one.
          </Text>
        )}
        <FormError error={create.error} />
      </Stack>
    </form>
  );
}
