// One figure with its name above it, in a row of others.
import { Text } from "@mantine/core";

export function Fact({ name, value, note }: { name: string; value: string; note?: string }) {
  return (
    <div>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text className="figures" fz={20} fw={620}>
        {value}
      </Text>
      {note !== undefined && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </div>
  );
}
