// p50 and p99 of the cache's own requests over the window that Analytics looks at.
import { Card, Center, Text, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { Loaded } from "../../ui/states";
import { type Line, TimeChart } from "../../ui/time_chart";
import type { LatencyLines } from "./latency";

interface Props {
  latency: UseQueryResult<LatencyLines>;
  onZoom: (start: number, end: number) => void;
}

export function LatencyCard({ latency, onZoom }: Props) {
  return (
    <Card>
      <Title order={2}>Latency</Title>
      <Text size="sm" c="dimmed" mb="sm">
        How long this cache's requests take on the server, without the network.
      </Text>
      <Loaded query={latency} height={240}>
        {(lines) => <Chart lines={lines} onZoom={onZoom} />}
      </Loaded>
    </Card>
  );
}

function Chart({ lines, onZoom }: { lines: LatencyLines; onZoom: Props["onZoom"] }) {
  const drawn = useMemo<Line[]>(
    () => [
      { name: "p50", unit: "nanoseconds", values: lines.p50, axis: "left" },
      { name: "p99", unit: "nanoseconds", values: lines.p99, axis: "left" },
    ],
    [lines],
  );
  if (lines.p99.every((value) => value === null)) {
    return (
      <Center h={212}>
        <Text c="dimmed" ta="center">
          Nothing was asked in this time.
        </Text>
      </Center>
    );
  }
  return (
    <TimeChart
      label="Latency over time"
      span={lines}
      times={lines.times}
      lines={drawn}
      height={180}
      onZoom={onZoom}
    />
  );
}
