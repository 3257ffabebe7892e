// The plans that caches can have: made, changed and deleted here. A change is in force on the caches of
// the plan at once.
import { Badge, Button, Checkbox, Group, NumberInput, Select, SimpleGrid, Stack, Table, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChange, usePlans } from "../../api/queries";
import type { Plan, PlanKind } from "../../api/types";
import { bytesRate, count, planSize, price } from "../../format";
import { Confirm } from "../../ui/confirm";
import { Dialog } from "../../ui/dialog";
import { FormButtons } from "../../ui/form_buttons";
import { Icon } from "../../ui/icons";
import { monthly } from "../../ui/plan_card";
import { ACTIONS, right, RowButton, Rows, TitledCard } from "../../ui/rows";
import { FormError, Loaded } from "../../ui/states";

const KEYS = [["plans"], ["caches"], ["audit"]];
const newPlan = (currency: string): Plan => ({
  currency,
  slug: "",
  size_mib: 100,
  limit_bytes: 0,
  price_minor_units: 0,
  kind: "production",
  connections_max: 0,
  requests_per_second: 0,
  bytes_per_second: 0,
  manage_credentials: true,
  update_capabilities: true,
  several_servers: true,
});

export function Plans() {
  const plans = usePlans();
  const [edited, setEdited] = useState<Plan | null>(null);
  const [removed, setRemoved] = useState<Plan | null>(null);
  const remove = useChange(KEYS);
  return (
    <TitledCard
      title="Plans"
      action={
        <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setEdited(newPlan(plans.data?.[0]?.currency ?? "USD"))}>
          New plan
        </Button>
      }
    >
      <Loaded query={plans} height={320}>
        {(all) => <PlanTable plans={all} edit={setEdited} remove={setRemoved} />}
      </Loaded>
      {edited && <PlanForm plan={edited} close={() => setEdited(null)} />}
      {removed && (
        <Confirm
          title={`Delete the plan ${removed.slug}?`}
          label="Delete it"
          isPending={remove.isPending}
          error={remove.error}
          confirm={() =>
            remove.mutate(
              { path: `/plans/${encodeURIComponent(removed.slug)}`, method: "DELETE" },
              { onSuccess: () => setRemoved(null) },
            )
          }
          close={() => setRemoved(null)}
        >
          Only a plan that no cache has can be deleted.
        </Confirm>
      )}
    </TitledCard>
  );
}

function PlanTable(props: { plans: Plan[]; edit: (plan: Plan) => void; remove: (plan: Plan) => void }) {
  return (
    <Rows
      label="Plans"
      rows={props.plans}
      empty="There is no plan yet, so nobody can create a cache."
      minWidth={760}
      columns={[
        "Plan",
        right("Memory"),
        right("Price"),
        "Kind",
        right("Connections"),
        right("Requests"),
        right("Traffic"),
        ACTIONS,
      ]}
    >
      {(plan) => (
        <Table.Tr key={plan.slug}>
          <Table.Th scope="row">{plan.slug}</Table.Th>
          <Table.Td ta="right">{planSize(plan.size_mib)}</Table.Td>
          <Table.Td ta="right">{monthly(plan)}</Table.Td>
          <Table.Td>
            <Badge color={plan.kind === "production" ? "ink" : "gray"}>{plan.kind}</Badge>
          </Table.Td>
          <Table.Td ta="right">{limit(plan.connections_max, count)}</Table.Td>
          <Table.Td ta="right">{limit(plan.requests_per_second, (one) => `${count(one)}/s`)}</Table.Td>
          <Table.Td ta="right">{limit(plan.bytes_per_second, bytesRate)}</Table.Td>
          <Table.Td>
            <Group gap={4} wrap="nowrap" justify="flex-end">
              <RowButton label={`Change ${plan.slug}`} onClick={() => props.edit(plan)}>
                Change
              </RowButton>
              <RowButton destroys label={`Delete ${plan.slug}`} onClick={() => props.remove(plan)}>
                Delete
              </RowButton>
            </Group>
          </Table.Td>
        </Table.Tr>
      )}
    </Rows>
  );
}

function limit(value: number, told: (value: number) => string) {
  return value === 0 ? "no limit" : told(value);
}

const NUMBERS: { name: keyof Plan; label: string; hint: string }[] = [
  { name: "size_mib", label: "Size", hint: "MiB" },
  { name: "price_minor_units", label: "Price a month", hint: "" },
  { name: "connections_max", label: "Connections", hint: "0: no limit" },
  { name: "requests_per_second", label: "Requests a second", hint: "0: no limit" },
  { name: "bytes_per_second", label: "Bytes a second", hint: "0: no limit" },
];

const FEATURES: { name: keyof Plan; label: string }[] = [
  { name: "manage_credentials", label: "manage credentials" },
  { name: "update_capabilities", label: "change capabilities" },
  { name: "several_servers", label: "several servers" },
];

function PlanForm({ plan, close }: { plan: Plan; close: () => void }) {
  const [draft, setDraft] = useState<Plan>(plan);
  const save = useChange<Plan>(KEYS);
  const isNew = plan.slug === "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { slug, limit_bytes: _, currency: __, ...rest } = draft;
    const change = isNew
      ? { path: "/plans", method: "POST" as const, body: { slug, ...rest } }
      : { path: `/plans/${encodeURIComponent(slug)}`, method: "PATCH" as const, body: rest };
    save.mutate(change, { onSuccess: close });
  };
  return (
    <Dialog onClose={close} size="lg" title={isNew ? "New plan" : `Change ${plan.slug}`}>
      <form onSubmit={submit}>
        <Stack>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput
              label="Slug"
              description="What the API calls it"
              required
              disabled={!isNew}
              value={draft.slug}
              onChange={(event) => setDraft({ ...draft, slug: event.currentTarget.value })}
            />
            <Select
              label="Kind"
              description="Development caches are disabled when unused"
              allowDeselect={false}
              data={["development", "production"]}
              value={draft.kind}
              onChange={(kind) => setDraft({ ...draft, kind: kind as PlanKind })}
            />
            {NUMBERS.map(({ name, label, hint }) => (
              <NumberInput
                key={name}
                label={label}
                description={name === "price_minor_units" ? `in minor units: 1500 is ${price(1500, draft.currency)}` : hint}
                min={0}
                allowDecimal={false}
                thousandSeparator=","
                value={draft[name] as number}
                onChange={(value) => setDraft({ ...draft, [name]: Number(value) })}
              />
            ))}
          </SimpleGrid>
          <Group>
            {FEATURES.map(({ name, label }) => (
              <Checkbox
                key={name}
                label={label}
                checked={draft[name] as boolean}
                onChange={(event) => setDraft({ ...draft, [name]: event.currentTarget.checked })}
              />
            ))}
          </Group>
          <FormError error={save.error} />
          <FormButtons label="Save" isPending={save.isPending} cancel={close} />
        </Stack>
      </form>
    </Dialog>
  );
}
