// A table of rows as most pages have one: a block for each row where the box is too narrow for a table, a
// sentence where there is no row, and the small buttons that stand at a row's end.
import { Button, type ButtonProps, Card, Group, Table, Text, Title } from "@mantine/core";
import type { CSSProperties, ReactNode } from "react";
import { useWidth } from "./width";

interface Column {
  title: string;
  isRight?: boolean; // numbers
  width?: number; // of a table with `isFixed`
}
export const right = (title: string, width?: number): Column => ({
  title,
  isRight: true,
  ...(width === undefined ? {} : { width }),
});
export const wide = (title: string, width: number): Column => ({ title, width });
export const ACTIONS = ""; // the column of buttons

export function Rows<T>(props: {
  label: string;
  rows: readonly T[];
  empty: ReactNode;
  minWidth: number; // of the table
  columns?: (string | Column)[]; // the first is what a row is about
  isFixed?: boolean; // columns without a width have an equal one, as in the tables above and below
  isDense?: boolean; // many short rows: narrow, what a row is about and below it the rest in one line
  children: (row: T) => ReactNode; // a Table.Tr with its key
}) {
  const { label, rows, empty, minWidth, columns, isFixed = false, isDense = false, children } = props;
  const { ref, width } = useWidth();
  const isNarrow = width > 0 && width < minWidth;
  const stacked = isDense ? "stacked dense" : columns ? "stacked labelled" : "stacked";
  return (
    <div ref={ref} style={titlesOf(columns)} {...(isNarrow ? { className: stacked } : {})}>
      {rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          {empty}
        </Text>
      ) : (
        <Table aria-label={label} verticalSpacing={isDense ? 4 : "xs"} layout={isFixed ? "fixed" : "auto"}>
          {columns && (
            <Table.Thead>
              <Table.Tr>{columns.map(headOf)}</Table.Tr>
            </Table.Thead>
          )}
          <Table.Tbody>{rows.map(children)}</Table.Tbody>
        </Table>
      )}
    </div>
  );
}

// The titles of columns, for the style that puts them before the cells of a narrow table.
function titlesOf(columns: (string | Column)[] = []): CSSProperties {
  const titles = columns.map((column) => (typeof column === "string" ? column : column.title));
  return Object.fromEntries(
    titles.flatMap((title, at) => (title === ACTIONS ? [] : [[`--column-${at + 1}`, `"${title}"`]])),
  );
}

function headOf(column: string | Column) {
  if (column === ACTIONS) return <Table.Th key="actions" aria-label="Actions" />;
  if (typeof column === "string") return <Table.Th key={column}>{column}</Table.Th>;
  const { title, isRight, width } = column;
  return (
    <Table.Th key={title} {...(isRight ? { ta: "right" } : {})} {...(width === undefined ? {} : { w: width })}>
      {title}
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
