// All caches that one may see. Two thousand rows are as quick as two: only those in sight are in the page.
import { Card, Group, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { Link, Navigate, useSearchParams } from "react-router-dom";
import { useActivity, useCaches } from "../api/queries";
import type { Cache } from "../api/types";
import { useIsUnreachable } from "../api/reachable";
import { clockTime, count, percent, planName, rate } from "../format";
import { useSession } from "../session";
import { Heading } from "../ui/heading";
import { Icon } from "../ui/icons";
import { PageButton } from "../ui/links";
import { Sparkline } from "../ui/sparkline";
import { Empty, Loaded } from "../ui/states";
import { summaryOf } from "../ui/cache_health";
import { HealthBadge, HitRate, UsageBar } from "../ui/usage";
import { type CacheRow, hasSeveralTeams, rowsOf, type Sorting, type SortKey, sorted, teamOf } from "./cache_rows";
import { DeletedCaches } from "./deleted_caches";
import classes from "./caches.module.css";

const ROW_HEIGHT = 68;

export function CachesPage() {
  const { me } = useSession();
  const caches = useCaches();
  const activity = useActivity().data;
  const rows = useMemo(() => rowsOf(caches.data ?? [], activity), [caches.data, activity]);
  const isOld = useIsUnreachable();
  if (me?.kind === "link" && me.cache !== null) return <Navigate to={`/caches/${me.cache}`} replace />;
  return (
    <>
      <Heading title="Caches" note={caches.data && noteOf(rows, isOld ? caches.dataUpdatedAt : null)}>
        {!me?.read_only && caches.data?.length !== 0 && (
          <PageButton to="/caches/new" leftSection={<Icon name="plus" size={16} />}>
            Create a cache
          </PageButton>
        )}
      </Heading>
      <Loaded query={caches} height={420}>
        {(all) => (all.length === 0 ? <NoCaches /> : <CachesTable caches={all} rows={rows} isOld={isOld} />)}
      </Loaded>
      {me?.kind !== "link" && <DeletedCaches />}
    </>
  );
}

// `oldMs`: when what is shown was asked for, if nobody answers any more.
function noteOf(rows: CacheRow[], oldMs: number | null): string {
  const summary = summaryOf(rows.map(({ health }) => health));
  return oldMs === null ? summary : `${summary} · as of ${clockTime(oldMs / 1000)}`;
}

function NoCaches() {
  return (
    <Empty
      title="Create your first cache"
      action={<PageButton to="/caches/new">Create a cache</PageButton>}
    >
      A cache takes a second to make and is ready at once. You get three variables for your
      application; any memcache client can use them.
    </Empty>
  );
}

function CachesTable(props: { caches: Cache[]; rows: CacheRow[]; isOld: boolean }) {
  const { caches, rows, isOld } = props;
  const [search, setSearch] = useSearchParams();
  const text = search.get("q") ?? "";
  const [sorting, setSorting] = useState<Sorting>({ by: "health", isDescending: false });
  const hasTeams = useMemo(() => hasSeveralTeams(caches), [caches]);
  const shown = useMemo(() => sorted(rows, text, sorting), [rows, text, sorting]);
  return (
    <>
      <Group mb="sm" justify="space-between">
        <TextInput
          aria-label="Search caches"
          placeholder={hasTeams ? "Name, team, plan, id, health" : "Name, plan, id, health"}
          leftSection={<Icon name="search" size={16} />}
          value={text}
          w={{ base: "100%", xs: 320 }}
          onChange={(event) => {
            const value = event.currentTarget.value;
            setSearch(value === "" ? {} : { q: value }, { replace: true });
          }}
        />
        <Text size="sm" c="dimmed" role="status">
          {text === "" ? "" : `${count(shown.length)} of ${count(rows.length)}`}
        </Text>
      </Group>
      {shown.length === 0 ? (
        <Empty title={`No cache fits “${text}”`}>
          Search for a name, {hasTeams && "a team, "}a plan, an id or its health.
        </Empty>
      ) : (
        <Rows rows={shown} hasTeams={hasTeams} isOld={isOld} sorting={sorting} setSorting={setSorting} />
      )}
    </>
  );
}

interface Column {
  key: SortKey;
  title: string;
  className?: string | undefined;
}

const TEAM: Column = { key: "team", title: "Team", className: classes.team };
const COLUMNS: Column[] = [
  { key: "name", title: "Name" },
  { key: "health", title: "Health" },
  { key: "usage", title: "Memory", className: classes.wide },
  { key: "hit_rate", title: "Hit rate now" },
  { key: "request_rate", title: "Requests", className: classes.wide },
];

// Words begin at A, health at the worst, numbers at the largest.
const WORDS: SortKey[] = ["name", "team", "health"];

function Rows(props: {
  rows: CacheRow[];
  hasTeams: boolean;
  isOld: boolean;
  sorting: Sorting;
  setSorting: (sorting: Sorting) => void;
}) {
  const { rows, hasTeams, isOld, sorting, setSorting } = props;
  const columns = COLUMNS.flatMap((one) => (hasTeams && one.key === "name" ? [one, TEAM] : [one]));
  const list = useRef<HTMLDivElement>(null);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    scrollMargin: list.current?.offsetTop ?? 0,
  });
  const sortBy = (key: SortKey) =>
    setSorting({ by: key, isDescending: sorting.by === key ? !sorting.isDescending : !WORDS.includes(key) });
  return (
    <Card
      padding={0}
      role="table"
      aria-label="Caches"
      aria-rowcount={rows.length + 1}
      {...(hasTeams ? { className: classes.teams ?? "" } : {})}
    >
      <div role="rowgroup">
        <div role="row" className={`${classes.row} ${classes.head}`}>
          {columns.map(({ key, title, className }) => (
            <div
              key={key}
              className={className}
              role="columnheader"
              aria-sort={
                sorting.by !== key ? "none" : sorting.isDescending ? "descending" : "ascending"
              }
            >
              <UnstyledButton className={classes.sort} onClick={() => sortBy(key)}>
                {title}
                {sorting.by === key && (
                  <Icon name={sorting.isDescending ? "down" : "up"} size={14} />
                )}
              </UnstyledButton>
            </div>
          ))}
          <div role="columnheader" className={`${classes.wide} ${classes.line}`}>
            Last hour
          </div>
        </div>
      </div>
      <div ref={list} role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const top = item.start - virtual.options.scrollMargin;
          return <Row key={row.cache.id} row={row} hasTeam={hasTeams} isOld={isOld} index={item.index} top={top} />;
        })}
      </div>
    </Card>
  );
}

function Row(props: { row: CacheRow; hasTeam: boolean; isOld: boolean; index: number; top: number }) {
  const { row, hasTeam, isOld, index, top } = props;
  const { cache } = row;
  const team = teamOf(cache) || "no team";
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={`${classes.row} ${classes.body} row-link`}
      style={{ height: ROW_HEIGHT, transform: `translateY(${top}px)` }}
    >
      <div role="cell" className={classes.name}>
        <Link to={`/caches/${cache.id}`} className={classes.link}>
          {cache.name}
        </Link>
        <Text size="xs" c="dimmed" truncate>
          {planName(cache.plan, cache.limit_bytes)}
          <span className={classes.region}> · {cache.region}</span>
          {hasTeam && <span className={classes.team_below}> · {team}</span>}
        </Text>
      </div>
      {hasTeam && (
        <div role="cell" className={classes.team}>
          <Text size="sm" truncate title={team} {...(cache.team === null ? { c: "dimmed" } : {})}>
            {team}
          </Text>
        </div>
      )}
      <div role="cell">
        <HealthBadge health={row.health} isOld={isOld} />
      </div>
      <div role="cell" className={classes.wide}>
        <UsageBar
          used={cache.usage?.bytes ?? null}
          limit={cache.limit_bytes}
          label={`Memory of ${cache.name}`}
        />
      </div>
      <div role="cell" title={`Last hour: ${percent(row.hourHitRate)}`}>
        <HitRate ratio={row.hitRate} isJudged={row.isJudged} />
      </div>
      <div role="cell" className={classes.wide}>
        <Text size="sm">{rate(row.requestRate)}</Text>
      </div>
      <div role="cell" className={`${classes.wide} ${classes.line}`}>
        <Sparkline values={row.requests} label={`Requests of ${cache.name} in the last hour`} />
      </div>
    </div>
  );
}
