// What is decided about a cache: its name, its plan, whether it answers, who may open it without an
// account; and what was done to it. What destroys stands last and asks for its name.
import { Stack, Tabs } from "@mantine/core";
import { useSearchParams } from "react-router-dom";
import { AuditCard } from "../../ui/audit";
import { Alerts } from "../../ui/alerts/alerts";
import type { TabProps } from "./cache_page";
import { DangerCard } from "./settings_danger";
import { FlushLog } from "./flush_log";
import { GeneralCard, LinkCard } from "./settings_general";
import { PlanChange } from "./settings_plan";
import { TeamCard } from "./settings_team";

const PARTS = ["general", "alerts", "flushes", "audit"] as const;
const TITLES = { general: "General", alerts: "Alerts", flushes: "Flush log", audit: "Audit" };

export function SettingsTab({ cache, rights }: TabProps) {
  const [search, setSearch] = useSearchParams();
  const part = search.get("part") ?? "general";
  return (
    <Tabs
      value={part}
      onChange={(value) => setSearch(value === "general" || value === null ? {} : { part: value })}
      variant="pills"
      keepMounted={false}
    >
      <Tabs.List mb="lg" aria-label="Settings">
        {PARTS.map((one) => (
          <Tabs.Tab key={one} value={one}>
            {TITLES[one]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="general">
        <Stack gap="lg">
          <GeneralCard cache={cache} rights={rights} />
          <PlanChange cache={cache} rights={rights} wanted={search.get("plan")} />
          <LinkCard cache={cache} rights={rights} />
          <TeamCard cache={cache} rights={rights} />
          {rights.change && <DangerCard cache={cache} rights={rights} />}
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="alerts">
        <Alerts base={`/caches/${cache.id}`} mayChange={rights.change} />
      </Tabs.Panel>
      <Tabs.Panel value="flushes">
        <FlushLog cacheId={cache.id} />
      </Tabs.Panel>
      <Tabs.Panel value="audit">
        <AuditCard filter={{ cache: cache.id }} />
      </Tabs.Panel>
    </Tabs>
  );
}
