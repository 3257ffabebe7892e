// One plan, to be chosen: its size, its price, what fits and what it allows.
import { Card, Group, List, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Plan } from "../api/types";
import { bytes, planSize, price, shortCount } from "../format";

// What people keep most: a rendered fragment of 2 KiB with its key and header.
const TYPICAL_ITEM_BYTES = 2048 + 80;

export function whatFits(plan: Plan): string {
  return `about ${shortCount(Math.floor(plan.limit_bytes / TYPICAL_ITEM_BYTES))} items of 2 KiB`;
}

export function monthly(plan: Plan): string {
  return plan.price_minor_units === 0 ? "Free" : `${price(plan.price_minor_units, plan.currency)} a month`;
}

export function planFacts(plan: Plan): string[] {
  const connections = plan.connections_max === 0 ? "any number of" : shortCount(plan.connections_max);
  return [
    `stores ${bytes(plan.limit_bytes)}, overhead included`,
    whatFits(plan),
    `${connections} connections`,
    plan.requests_per_second === 0
      ? "no limit of requests"
      : `${shortCount(plan.requests_per_second)} requests/s`,
    plan.kind === "development" ? "for development: disabled after 30 days unused" : "for production",
  ];
}

export function PlanCard(props: {
  plan: Plan;
  isChosen: boolean;
  choose: () => void;
  note?: ReactNode;
  isDisabled?: boolean;
}) {
  const { plan, isChosen, choose, note } = props;
  const isDisabled = props.isDisabled === true || plan.available === false;
  return (
    <Card
      component="label"
      padding="md"
      style={{
        cursor: isDisabled ? "not-allowed" : "pointer",
        outline: isChosen ? "2px solid var(--mantine-primary-color-filled)" : undefined,
        outlineOffset: -1,
      }}
    >
      <div style={{ opacity: plan.available === false ? 0.6 : 1 }}>
        <Group justify="space-between" wrap="nowrap">
          <Text fw={650} size="lg">
            {planSize(plan.size_mib)}
          </Text>
          <input
            type="radio"
            name="plan"
            value={plan.slug}
            checked={isChosen}
            disabled={isDisabled}
            onChange={choose}
            aria-label={`${plan.slug}: ${planSize(plan.size_mib)}, ${monthly(plan)}`}
          />
        </Group>
        <Text fw={550}>{monthly(plan)}</Text>
        <List size="sm" c="dimmed" mt="xs" spacing={2} listStyleType="none">
          {planFacts(plan).map((fact) => (
            <List.Item key={fact}>{fact}</List.Item>
          ))}
        </List>
      </div>
      {plan.available === false && (
        <Text size="xs" mt={6} fw={550} c="var(--warn)">
          Not available here: this service has less memory than that.
        </Text>
      )}
      {plan.available !== false && note}
    </Card>
  );
}
