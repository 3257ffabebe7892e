// Mails that went out, wait or failed; never their texts.
import { Badge, Table, Text } from "@mantine/core";
import { useChange, useGet } from "../../api/queries";
import { RowButton, Rows, TitledCard } from "../../ui/rows";
import { FormError, Loaded } from "../../ui/states";
import { Time } from "../../ui/time";

interface Mail {
  id: number;
  recipient: string;
  subject: string;
  state: string;
  tries: number;
  last_failure: string;
  created_at: string;
  next_try_at: string | null;
}

const COLORS: Record<string, string> = { sent: "green", waiting: "blue", failed: "red" };

export function Mails() {
  const mails = useGet<{ mails: Mail[] }>("/mails?limit=100", 15_000);
  const retry = useChange([["get", "/mails?limit=100"]]);
  return (
    <TitledCard title="Mails">
      <FormError error={retry.error} />
      <Loaded query={mails} height={240}>
        {(data) => (
          <Rows label="Mails" rows={data.mails} empty="No mail yet." minWidth={620}>
            {(one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <Time at={one.created_at} />
                </Table.Td>
                <Table.Td>{one.recipient}</Table.Td>
                <Table.Td>
                  {one.subject}
                  <Text size="xs" c="dimmed">
                    {one.last_failure}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Badge color={COLORS[one.state] ?? "gray"}>{one.state}</Badge>
                </Table.Td>
                <Table.Td ta="right">
                  {one.state !== "sent" && (
                    <RowButton
                      onClick={() => retry.mutate({ path: `/mails/${one.id}/retry`, method: "POST", body: {} })}
                    >
                      Try now
                    </RowButton>
                  )}
                </Table.Td>
              </Table.Tr>
            )}
          </Rows>
        )}
      </Loaded>
    </TitledCard>
  );
}
