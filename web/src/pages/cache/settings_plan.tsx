// Changing the plan: what each would cost, what hit rate to expect, what happens to what is stored.
import { Alert, Button, Card, Group, SimpleGrid, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useChangeOfCache, useOfCache, usePlans } from "../../api/queries";
import type { Cache, MissRatioCurve, Plan } from "../../api/types";
import { bytes, planName, planSize, price } from "../../format";
import { Icon } from "../../ui/icons";
import { monthly, PlanCard } from "../../ui/plan_card";
import { FormError, Loaded } from "../../ui/states";
import type { TabProps } from "./cache_page";
import { isMeasured, whenReady } from "./health";
import { expectedHitRate } from "./size_advice";

export function PlanChange({ cache, rights, wanted }: TabProps & { wanted: string | null }) {
  const plans = usePlans();
  return (
    <Card>
      <Title order={2} mb="sm">
        Plan
      </Title>
      <Loaded query={plans} height={360}>
        {(all) => <Choice cache={cache} rights={rights} plans={all} wanted={wanted} />}
      </Loaded>
    </Card>
  );
}

function Choice({ cache, rights, plans, wanted }: TabProps & { plans: Plan[]; wanted: string | null }) {
  const curve = useOfCache<MissRatioCurve>(cache.id, "/insight/miss_ratio_curve", 60_000);
  const [chosen, setChosen] = useState(wanted ?? cache.plan);
  const change = useChangeOfCache<Cache>(cache.id);
  const from = plans.find((plan) => plan.slug === cache.plan);
  const to = plans.find((plan) => plan.slug === chosen);
  const expected = (plan: Plan) => {
    if (!curve.data || !isMeasured(curve.data)) return undefined;
    const found = curve.data.plans.find((one) => one.plan === plan.slug);
    return found && `expected hit rate ${expectedHitRate(curve.data, found.hit_rate, found.margin)}`;
  };
  const save = () =>
    change.mutate(
      { path: `/caches/${cache.id}`, method: "PATCH", body: { plan: chosen } },
      {
        onSuccess: () =>
          notifications.show({ color: "green", message: `${cache.name} is on plan ${planName(chosen)} now.` }),
      },
    );
  return (
    <>
      {curve.data && !isMeasured(curve.data) && (
        <Text size="sm" c="dimmed" mb="sm">
          Expected hit rates are not known yet. {whenReady(curve.data)}
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3, lg: 4 }} role="radiogroup" aria-label="Plan">
        {plans.map((plan) => (
          <PlanCard
            key={plan.slug}
            plan={plan}
            isChosen={plan.slug === chosen}
            isDisabled={!rights.manage}
            choose={() => setChosen(plan.slug)}
            note={
              <Text size="xs" mt={6} fw={550}>
                {[plan.slug === cache.plan && "Current plan", expected(plan)].filter(Boolean).join(": ")}
              </Text>
            }
          />
        ))}
      </SimpleGrid>
      {to !== undefined && to.slug !== cache.plan && (
        <Alert mt="md" color="blue" icon={<Icon name="info" />} title={`From ${planName(cache.plan)} to ${planName(to.slug)}`}>
          <Text size="sm">{effectOf(cache, from, to)}</Text>
          <Group mt="sm">
            <Button onClick={save} loading={change.isPending}>
              Change to {planName(to.slug)}, {monthly(to).toLowerCase()}
            </Button>
            <Button variant="default" onClick={() => setChosen(cache.plan)}>
              Keep {planName(cache.plan)}
            </Button>
          </Group>
        </Alert>
      )}
      <FormError error={change.error} />
    </>
  );
}

export function effectOf(cache: Cache, from: Plan | undefined, to: Plan): string {
  const difference = to.price_minor_units - (from?.price_minor_units ?? 0);
  const cost =
    difference === 0
      ? "It costs the same."
      : `It costs ${price(Math.abs(difference), to.currency)} a month ${difference > 0 ? "more" : "less"}, by the hour from now on.`;
  const used = cache.usage?.bytes ?? 0;
  const fits =
    used <= to.limit_bytes
      ? "Everything that is stored stays."
      : `It holds ${bytes(used)}. What does not fit in ${planSize(to.size_mib)} is evicted, the least used first.`;
  const ways = "Connections stay open, and clients need no change.";
  return `${cost} ${fits} ${ways}`;
}
