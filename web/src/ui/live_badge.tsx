// Says whether what stands below is of this moment; if it is not, how old it is.
import { Badge } from "@mantine/core";
import { useEffect, useState } from "react";
import { ago } from "../format";
import { Icon } from "./icons";

export function LiveBadge({ isBehind, at }: { isBehind: boolean; at: number | null }) {
  useEachSecond(isBehind);
  const text = at === null ? "waiting for the service" : `as of ${ago(at)}`;
  return (
    <Badge color={isBehind ? "gray" : "green"} leftSection={<Icon name="live" size={14} />}>
      {isBehind ? text : "live"}
    </Badge>
  );
}

function useEachSecond(isOn: boolean) {
  const [, setCount] = useState(0);
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => setCount((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, [isOn]);
}
