// A table of rows as most pages have one: scrolled sideways where the screen is narrower, a sentence
// where there is no row, and the small buttons that stand at a row's end.
import { Button, type ButtonProps, Card, Group, Table, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface Column {
  title: string;
  right: true; // numbers
}
export const right = (title: string): Column => ({ title, right: true });
export const ACTIONS = ""; // the column of buttons

export function Rows<T>(props: {
  label: string;
  rows: readonly T[];
  empty: ReactNode;
  minWidth: number;
  columns?: (string | Column)[];
  isFixed?: boolean; // columns of equal width, as in the tables above and below
  children: (row: T) => ReactNode; // a Table.Tr with its key
}) {
  const { label, rows, empty, minWidth, columns, isFixed = false, children } = props;
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {empty}
      </Text>
    );
  }
  return (
    <Table.ScrollContainer minWidth={minWidth}>
      <Table aria-label={label} layout={isFixed ? "fixed" : "auto"}>
        {columns && (
          <Table.Thead>
            <Table.Tr>{columns.map(headOf)}</Table.Tr>
          </Table.Thead>
        )}
        <Table.Tbody>{rows.map(children)}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function headOf(column: string | Column) {
  if (column === ACTIONS) return <Table.Th key="actions" aria-label="Actions" />;
  if (typeof column === "string") return <Table.Th key={column}>{column}</Table.Th>;
  return (
    <Table.Th key={column.title} ta="right">
      {column.title}
    </Table.Th>
  );
}

export function RowButton(props: {
  children: string;
  onClick: () => void;
  destroys?: boolean;
  loading?: ButtonProps["loading"];
  label?: string; // for those who hear it: with what it is about
}) {
  const { children, onClick, destroys, loading, label } = props;
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      onClick={onClick}
      {...(destroys ? { color: "red" } : {})}
      {...(loading === undefined ? {} : { loading })}
      {...(label === undefined ? {} : { "aria-label": label })}
    >
      {children}
    </Button>
  );
}

// A card with its heading, and what can be done beside it.
export function TitledCard(props: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <Card>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{props.title}</Title>
        {props.action}
      </Group>
      {props.children}
    </Card>
  );
}
