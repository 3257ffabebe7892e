// What an alert watches and what happened to it, in words.
import type { Alert, AlertEvent, AlertTrigger } from "../../api/types";
import { spaced } from "../../format";

export const withUnit = (value: number, unit: string) => `${value}${unit === "%" ? " %" : unit}`;

export function conditionOf(alert: Watched, triggers: AlertTrigger[]): string {
  const trigger = triggers.find((one) => one.trigger_type === alert.trigger_type);
  if (trigger === undefined) return `${spaced(alert.trigger_type)} ${alert.trigger_threshold}`;
  return `${trigger.what} ${trigger.fires} ${withUnit(alert.trigger_threshold, trigger.unit)}`;
}

// "hit rate below 80 %: it was 64.2 %"
export function eventOf(event: AlertEvent, triggers: AlertTrigger[]): string {
  const condition = conditionOf(event, triggers);
  if (event.value === null) return condition;
  const unit = triggers.find((one) => one.trigger_type === event.trigger_type)?.unit ?? "";
  return `${condition}: it ${event.type === "fired" ? "was" : "is"} ${withUnit(Number(event.value.toFixed(1)), unit)}`;
}

type Watched = Pick<Alert, "trigger_type" | "trigger_threshold">;
