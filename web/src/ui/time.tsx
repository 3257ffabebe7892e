// A moment, as "3 minutes ago", with the exact time in the reader's zone on hover and for machines.
import { Tooltip } from "@mantine/core";
import { useEffect, useState } from "react";
import { ABSENT, ago, exactTime } from "../format";

export function unixOf(at: number | string): number {
  return typeof at === "number" ? at : Date.parse(at) / 1000;
}

export function Time({ at, never = ABSENT }: { at: number | string | null | undefined; never?: string }) {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), 30_000);
    return () => clearInterval(timer);
  }, []);
  if (at === null || at === undefined) return <span>{never}</span>;
  const seconds = unixOf(at);
  return (
    <Tooltip label={exactTime(seconds)}>
      <time dateTime={new Date(seconds * 1000).toISOString()} tabIndex={-1}>
        {ago(seconds, Math.max(now, Date.now() / 1000))}
      </time>
    </Tooltip>
  );
}
