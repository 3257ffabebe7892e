// How full a cache is, and how it does, in the space of a table's cell. The colour never says it alone.
import { Badge, Box, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { bytes, percent } from "../format";
import type { Health } from "./cache_health";

// `used` is null where nobody knows.
export function UsageBar({ used, limit, label }: { used: number | null; limit: number; label: string }) {
  return (
    <ShareBar share={limit > 0 ? (used ?? 0) / limit : 0} label={label}>
      {bytes(used)} of {bytes(limit)}
    </ShareBar>
  );
}

// A share of 0 to 1, and what it is in words.
export function ShareBar(props: { share: number; label: string; children: ReactNode }) {
  const share = Math.max(0, Math.min(1, props.share));
  return (
    <Box mt={4}>
      <Box
        role="progressbar"
        aria-label={props.label}
        aria-valuenow={Math.round(share * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        h={6}
        bg="var(--line)"
        style={{ borderRadius: 3, overflow: "hidden" }}
      >
        <Box h="100%" w={`${share * 100}%`} bg="var(--chart-1)" />
      </Box>
      <Text size="xs" c="dimmed" mt={3}>
        {props.children}
      </Text>
    </Box>
  );
}

export type Grade = "good" | "warn" | "bad";

// The bounds that the old dashboard had: 80 % is fine, below 50 % the cache hardly helps.
export function gradeOfHitRate(ratio: number): Grade {
  return ratio >= 0.8 ? "good" : ratio >= 0.5 ? "warn" : "bad";
}

export function HitRate({ ratio, isJudged }: { ratio: number | null; isJudged: boolean }) {
  if (ratio === null) {
    return (
      <Text size="sm" c="dimmed">
        no reads
      </Text>
    );
  }
  return (
    <Text size="sm" fw={550} {...(isJudged ? { c: `var(--${gradeOfHitRate(ratio)})` } : {})}>
      {percent(ratio)}
    </Text>
  );
}

// `isOld`: the service does not answer, so this is how it was.
export function HealthBadge({ health, isOld }: { health: Health; isOld: boolean }) {
  const { text, color, why } = health;
  const title = [why, isOld ? "The service does not answer: this is how it was." : ""].filter(Boolean).join(" ");
  return (
    <Badge color={isOld ? "gray" : color} {...(title === "" ? {} : { title })}>
      {text}
    </Badge>
  );
}
