// Whose a cache is: who sees it, and who pays. Shown to people who own its team and another one that
// could have it.
import { Button, Card, Group, Select, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useChangeOfCache, useGet } from "../../api/queries";
import type { Cache, Team } from "../../api/types";
import { Confirm } from "../../ui/confirm";
import { teamOf } from "../cache_rows";
import type { TabProps } from "./cache_page";

export function TeamCard({ cache, rights }: TabProps) {
  if (!rights.move) return null;
  return <Choice cache={cache} />;
}

function Choice({ cache }: { cache: Cache }) {
  const teams = useGet<{ teams: Team[] }>("/teams").data?.teams ?? [];
  const change = useChangeOfCache<Cache>(cache.id);
  const [chosen, setChosen] = useState<string | null>(null);
  const [isAsked, setAsked] = useState(false);
  const others = teams.filter(({ id, role }) => id !== cache.team && role === "owner");
  if (others.length === 0) return null;
  const name = others.find(({ id }) => String(id) === chosen)?.name ?? "";
  const done = () => {
    setAsked(false);
    setChosen(null);
    notifications.show({ color: "green", message: `${cache.name} is of ${name} now.` });
  };
  const move = () =>
    change.mutate(
      { path: `/caches/${cache.id}`, method: "PATCH", body: { team: Number(chosen) } },
      { onSuccess: done },
    );
  return (
    <Card>
      <Title order={2} mb={4}>
        Team
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {teamOf(cache) === "" ? "It is of no team." : `It is of ${teamOf(cache)}.`} A team's members see
        it, and the team pays for it.
      </Text>
      <Group align="flex-end">
        <Select
          label="Move it to"
          placeholder="another team"
          w={{ base: "100%", xs: 320 }}
          data={others.map((team) => ({ value: String(team.id), label: team.name }))}
          value={chosen}
          onChange={setChosen}
        />
        <Button variant="default" disabled={chosen === null} onClick={() => setAsked(true)}>
          Move
        </Button>
      </Group>
      {isAsked && (
        <Confirm
          title={`Move ${cache.name} to ${name}?`}
          label="Move it"
          destroys={false}
          isPending={change.isPending}
          error={change.error}
          confirm={move}
          close={() => setAsked(false)}
        >
          From then on {name} sees it and pays for it, by the hour. Nothing that connects has to change.
        </Confirm>
      )}
    </Card>
  );
}
