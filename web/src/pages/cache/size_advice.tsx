// The miss-ratio curve, read for its owner: what hit rate each plan would bring, and which one to take.
import { Badge, Card, Group, Table, Text, Title } from "@mantine/core";
import type { Cache, MissRatioCurve, Plan } from "../../api/types";
import { bytes, percent, planName } from "../../format";
import type { Rights } from "../../session";
import { CurveChart } from "../../ui/curve_chart";
import { PageButton } from "../../ui/links";
import { monthly } from "../../ui/plan_card";
import { TableScroll } from "../../ui/table_scroll";
import { adviceOf, isMeasured } from "./health";

interface Props {
  cache: Cache;
  curve: MissRatioCurve;
  plans: Plan[];
  rights: Rights;
}

export function SizeAdvice({ cache, curve, plans, rights }: Props) {
  const advice = adviceOf(curve, plans);
  return (
    <Card>
      <Group justify="space-between" mb="xs">
        <div>
          <Title order={2}>How big should it be?</Title>
          <Text size="sm">{advice.text}</Text>
        </div>
        {advice.slug !== null && rights.manage && (
          <PageButton to={`/caches/${cache.id}/settings?plan=${encodeURIComponent(advice.slug)}`}>
            {`Change to ${planName(advice.slug)}`}
          </PageButton>
        )}
      </Group>
      {isMeasured(curve) && (
        <>
          <CurveChart curve={curve} present={cache.plan} recommended={advice.slug ?? cache.plan} />
          <PlanTable cache={cache} curve={curve} plans={plans} recommended={advice.slug} />
        </>
      )}
    </Card>
  );
}

// What differs by less than can be known is told as the same.
export function expectedHitRate(curve: MissRatioCurve, hitRate: number, margin: number): string {
  const difference = Math.abs(hitRate - (curve.hit_rate ?? hitRate));
  if (difference <= Math.max(margin, SAME)) return `about ${percent(curve.hit_rate, 0)}`;
  return `about ${percent(hitRate, 0)}`;
}

const SAME = 0.005;

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
              Memory with overhead
            </Table.Th>
            <Table.Th ta="right">Expected hit rate</Table.Th>
            <Table.Th ta="right">Price</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {curve.plans.map(({ plan: slug, memory_bytes, hit_rate, margin }) => {
            const plan = plans.find((one) => one.slug === slug);
            return (
              <Table.Tr key={slug}>
                <Table.Th scope="row" fw={550}>
                  {planName(slug ?? "", memory_bytes)} {slug === cache.plan && <Badge color="gray">yours</Badge>}{" "}
                  {slug === recommended && <Badge>recommended</Badge>}
                </Table.Th>
                <Table.Td ta="right" visibleFrom="sm">
                  {bytes(memory_bytes)}
                </Table.Td>
                <Table.Td ta="right">{expectedHitRate(curve, hit_rate, margin)}</Table.Td>
                <Table.Td ta="right">{plan ? monthly(plan) : "–"}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </TableScroll>
  );
}
