// The miss-ratio curve, read for its owner: what hit rate each plan would bring, and which one to take.
import { Badge, Card, Group, Table, Text, Title } from "@mantine/core";
import { useSeries } from "../../api/queries";
import type { Cache, MissRatioCurve, Plan } from "../../api/types";
import { bytes, count, percent, planSize } from "../../format";
import type { Rights } from "../../session";
import { CurveChart } from "../../ui/curve_chart";
import { PageButton } from "../../ui/links";
import { monthly } from "../../ui/plan_card";
import { TableScroll } from "../../ui/table_scroll";
import { betterPlan, hasEnoughReads, READS_MIN } from "./health";
import { secondsKnown } from "./hour";

interface Props {
  cache: Cache;
  curve: MissRatioCurve;
  plans: Plan[];
  rights: Rights;
}

// Reads of a first hour tell of a cache that still fills.
const SECONDS_MIN = 3600;
const DAY = 86_400;

export interface Advice {
  slug: string | null; // null: stay
  text: string;
}

// `secondsRead`: for how long, of the last day, the cache was read.
export function adviceOf(cache: Cache, curve: MissRatioCurve, plans: Plan[], secondsRead: number): Advice {
  if (!hasEnoughReads(curve)) {
    const text =
      `The advice is made of reads; there were ${count(curve.reads)} since the last resize, ` +
      `and it takes ${count(READS_MIN)}.`;
    return { slug: null, text };
  }
  const facts = { cache, curve, plans, live: null, lastHour: null };
  const better = betterPlan(facts);
  if (better !== null) {
    const size = planSize(better.plan.size_mib);
    const text = `At ${size} expect ${percent(better.hitRate)} instead of ${percent(curve.hit_rate)}.`;
    return { slug: better.plan.slug, text };
  }
  // A larger one is advised for keys that came back too late; that less would do, only time tells.
  if (secondsRead < SECONDS_MIN) {
    const text = "Whether less would do is told after an hour of reads: until then the cache still fills.";
    return { slug: null, text };
  }
  const smaller = smallestOfKind(cache, curve, plans);
  if (smaller !== undefined && smaller.limit_bytes < cache.limit_bytes) {
    const rate = curve.plans.find((one) => one.plan === smaller.slug)?.hit_rate ?? null;
    const text = `${planSize(smaller.size_mib)} would do: expect ${percent(rate)}, for less.`;
    return { slug: smaller.slug, text };
  }
  return { slug: null, text: "This size fits: a larger one would not hit noticeably more." };
}

// What production runs on is not advised to move to a plan for development.
function smallestOfKind(cache: Cache, curve: MissRatioCurve, plans: Plan[]): Plan | undefined {
  const smallest = plans.find((plan) => plan.slug === curve.smallest_plan);
  if (smallest === undefined || cache.kind === "development") return smallest;
  return plans.find((plan) => plan.kind === "production" && plan.limit_bytes >= smallest.limit_bytes);
}

export function SizeAdvice({ cache, curve, plans, rights }: Props) {
  const lastDay = useSeries(cache.id, ["hit_rate"], DAY).data;
  const advice = adviceOf(cache, curve, plans, lastDay ? secondsKnown(lastDay, "hit_rate") : 0);
  return (
    <Card>
      <Group justify="space-between" mb="xs">
        <div>
          <Title order={2}>How big should it be?</Title>
          <Text size="sm">{advice.text}</Text>
        </div>
        {advice.slug !== null && rights.manage && (
          <PageButton to={`/caches/${cache.id}/settings?plan=${encodeURIComponent(advice.slug)}`}>
            {`Change to ${advice.slug}`}
          </PageButton>
        )}
      </Group>
      {curve.points.length > 1 ? (
        <CurveChart curve={curve} plans={plans} recommended={advice.slug ?? cache.plan} />
      ) : (
        <Text size="sm" c="dimmed" py="xl" ta="center">
          The curve shows here once the cache is read.
        </Text>
      )}
      <PlanTable cache={cache} curve={curve} plans={plans} recommended={advice.slug} />
    </Card>
  );
}

function PlanTable(props: { cache: Cache; curve: MissRatioCurve; plans: Plan[]; recommended: string | null }) {
  const { cache, curve, plans, recommended } = props;
  if (curve.plans.length === 0) return null;
  return (
    <TableScroll minWidth={300}>
      <Table aria-label="Expected hit rate by plan" mt="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Plan</Table.Th>
            <Table.Th ta="right" visibleFrom="sm">
              Memory
            </Table.Th>
            <Table.Th ta="right">Expected hit rate</Table.Th>
            <Table.Th ta="right">Price</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {curve.plans.map(({ plan: slug, memory_bytes, hit_rate }) => {
            const plan = plans.find((one) => one.slug === slug);
            return (
              <Table.Tr key={slug}>
                <Table.Th scope="row" fw={550}>
                  {slug} {slug === cache.plan && <Badge color="gray">yours</Badge>}{" "}
                  {slug === recommended && <Badge>recommended</Badge>}
                </Table.Th>
                <Table.Td ta="right" visibleFrom="sm">
                  {plan ? planSize(plan.size_mib) : bytes(memory_bytes)}
                </Table.Td>
                <Table.Td ta="right">{curve.reads === 0 ? "–" : percent(hit_rate)}</Table.Td>
                <Table.Td ta="right">{plan ? monthly(plan) : "–"}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </TableScroll>
  );
}
