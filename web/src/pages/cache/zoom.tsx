// What part of the time is looked at: a span of its own, or the last hour, day, … as chosen. A mouse drags
// over a chart; fingers and the keyboard have these buttons.
import { ActionIcon, Button, Group, Text, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { exactTime } from "../../format";
import { Icon, type IconName } from "../../ui/icons";

export interface Span {
  start: number;
  end: number;
}

const SPAN_MIN_SECONDS = 120;

// Half a span to the left or to the right, and never beyond now.
export function moved({ start, end }: Span, direction: -1 | 1, now: number): Span {
  const length = end - start;
  const to = Math.min(now, end + (direction * length) / 2);
  return { start: Math.floor(to - length), end: Math.floor(to) };
}

// The half in the middle.
export function closer({ start, end }: Span): Span {
  const length = Math.max(SPAN_MIN_SECONDS, (end - start) / 2);
  const middle = (start + end) / 2;
  return { start: Math.floor(middle - length / 2), end: Math.floor(middle + length / 2) };
}

export function ZoomButtons(props: {
  zoom: Span | null;
  seconds: number; // that are looked at where there is no zoom
  onZoom: (zoom: Span | null) => void;
}) {
  const { zoom, seconds, onZoom } = props;
  const now = () => Math.floor(Date.now() / 1000);
  const shown = () => zoom ?? { start: now() - seconds, end: now() };
  return (
    <Group gap={4}>
      <Step icon="left" label="Earlier" act={() => onZoom(moved(shown(), -1, now()))} />
      <Step icon="closer" label="Closer" act={() => onZoom(closer(shown()))} />
      <Step icon="right" label="Later" act={() => onZoom(moved(shown(), 1, now()))} isDisabled={zoom === null} />
      {zoom !== null && (
        <Button size="xs" variant="default" onClick={() => onZoom(null)}>
          Back to all
        </Button>
      )}
    </Group>
  );
}

function Step(props: { icon: IconName; label: string; act: () => void; isDisabled?: boolean }) {
  const { icon, label, act, isDisabled = false } = props;
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={30} aria-label={label} disabled={isDisabled} onClick={act}>
        <Icon name={icon} size={16} />
      </ActionIcon>
    </Tooltip>
  );
}

export function ZoomHint({ zoom }: { zoom: Span | null }) {
  const isTouched = useMediaQuery("(pointer: coarse)");
  const hint = isTouched ? "Tap the chart to read a moment." : "Drag over the chart to look closer.";
  return (
    <Text size="xs" c="dimmed">
      {zoom === null ? hint : `${exactTime(zoom.start)} to ${exactTime(zoom.end)}`}
    </Text>
  );
}
