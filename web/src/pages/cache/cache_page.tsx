// One cache: its head and its tabs. Each tab is a page of its own address.
import { Badge, Box, Group, Skeleton, Tabs, Text, Title } from "@mantine/core";
import { type ComponentType, lazy, Suspense } from "react";
import { Navigate, Route, Routes, useLocation, useNavigate, useParams } from "react-router-dom";
import { ServiceError } from "../../api/client";
import { useActivity, useCache } from "../../api/queries";
import { useIsUnreachable } from "../../api/reachable";
import type { Cache } from "../../api/types";
import { type Rights, rightsOf, usePerson } from "../../session";
import { Heading, useTitle } from "../../ui/heading";
import { PageButton, PageLink } from "../../ui/links";
import { Empty, Loaded, Loading } from "../../ui/states";
import { TabStrip } from "../../ui/tab_pages";
import { healthOf } from "../../ui/cache_health";
import { HealthBadge } from "../../ui/usage";
import { planName } from "../../format";
import { OverviewTab } from "./overview";

export interface TabProps {
  cache: Cache;
  rights: Rights;
}

function tab<T extends string>(load: () => Promise<Record<T, ComponentType<TabProps>>>, name: T) {
  return lazy(async () => ({ default: (await load())[name] }));
}

const TABS: { path: string; title: string; page: ComponentType<TabProps> }[] = [
  { path: "overview", title: "Overview", page: OverviewTab },
  { path: "analytics", title: "Analytics", page: tab(() => import("./analytics"), "AnalyticsTab") },
  { path: "insight", title: "Insight", page: tab(() => import("./insight"), "InsightTab") },
  {
    path: "credentials",
    title: "Credentials",
    page: tab(() => import("./credentials"), "CredentialsTab"),
  },
  { path: "connect", title: "Connect", page: tab(() => import("./connect"), "ConnectTab") },
  { path: "settings", title: "Settings", page: tab(() => import("./settings"), "SettingsTab") },
];

export function CachePage() {
  const { cache = "" } = useParams();
  const found = useCache(cache);
  if (found.error instanceof ServiceError && found.error.status === 404) return <Gone id={cache} />;
  if (found.isPending) return <LoadingCache />;
  return (
    <>
      {found.data === undefined && <Heading title={`Cache ${cache}`} />}
      <Loaded query={found} height={480}>
        {(data) => <Known cache={data} />}
      </Loaded>
    </>
  );
}

// As high as what will stand there.
function LoadingCache() {
  return (
    <Box role="status" aria-label="Loading">
      <Skeleton height={16} width={76} mb={12} />
      <Skeleton height={28} width={220} mb={24} />
      <Skeleton height={34} mb="lg" />
      <Skeleton height={420} radius="lg" />
    </Box>
  );
}

function Gone({ id }: { id: string }) {
  useTitle("No such cache");
  return (
    <Empty isPage title={`There is no cache ${id}`} action={<PageButton to="/caches">To the caches</PageButton>}>
      It is deleted, or it belongs to a team that you are not in.
    </Empty>
  );
}

function Known({ cache }: { cache: Cache }) {
  const me = usePerson();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const current = pathname.split("/")[3] ?? "overview";
  const title = TABS.find((one) => one.path === current)?.title ?? "Overview";
  useTitle(`${cache.name}: ${title}`);
  const activity = useActivity().data;
  const lately = activity === undefined ? null : activity.caches.find(({ id }) => id === cache.id);
  const isOld = useIsUnreachable();
  const rights = rightsOf(me, cache);
  const base = `/caches/${cache.id}`;
  return (
    <>
      {me.kind !== "link" && (
        <PageLink to="/caches" size="sm">
          All caches
        </PageLink>
      )}
      <Group justify="space-between" mt={4} mb="md" gap="sm">
        <Group gap="sm">
          <Title order={1}>{cache.name}</Title>
          <HealthBadge health={healthOf(cache, lately)} isOld={isOld} />
          <Badge color="gray">{planName(cache.plan, cache.limit_bytes)}</Badge>
        </Group>
        <Text size="sm" c="dimmed">
          {cache.cluster} · {cache.region} · id {cache.id}
        </Text>
      </Group>
      <Tabs
        value={current}
        onChange={(value) => navigate(`${base}/${value ?? "overview"}`)}
        keepMounted={false}
        activateTabWithKeyboard={false}
      >
        <TabStrip label={cache.name} tabs={TABS} current={current} />
        <Suspense fallback={<Loading height={420} />}>
          <Routes>
            <Route index element={<Navigate to="overview" replace />} />
            {TABS.map(({ path, page: Page }) => (
              <Route
                key={path}
                path={`${path}/*`}
                element={
                  <Tabs.Panel value={path}>
                    <Page cache={cache} rights={rights} />
                  </Tabs.Panel>
                }
              />
            ))}
            <Route path="*" element={<Navigate to="overview" replace />} />
          </Routes>
        </Suspense>
      </Tabs>
    </>
  );
}
