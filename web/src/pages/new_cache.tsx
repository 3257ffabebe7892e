// Create a cache: a name and a plan. Plans stand side by side with what they cost and what fits.
import { Alert, Button, Card, Group, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router-dom";
import { useChange, useClusters, useGet, usePlans, cachesKey } from "../api/queries";
import type { Cache, Plan, Team } from "../api/types";
import { useSession } from "../session";
import { Heading } from "../ui/heading";
import { PlanCard } from "../ui/plan_card";
import { FormError, Loaded } from "../ui/states";

export function NewCachePage() {
  const plans = usePlans();
  return (
    <>
      <Heading title="Create a cache" note="It is ready at once. The plan can be changed at any time." />
      <Loaded query={plans} height={420}>
        {(all) => <NewCacheForm plans={all} />}
      </Loaded>
    </>
  );
}

function NewCacheForm({ plans }: { plans: Plan[] }) {
  const { me } = useSession();
  const navigate = useNavigate();
  const regions = [...new Set(useClusters().data?.map((cluster) => cluster.region) ?? [])];
  const mayCreate = me?.kind === "operator" || me?.teams.some((team) => team.role !== "read_only");
  const [name, setName] = useState("");
  const [plan, setPlan] = useState(plans.find(({ available }) => available !== false)?.slug ?? "");
  const [region, setRegion] = useState<string | null>(null);
  const [team, setTeam] = useState<string | null>(null);
  const isFree = plans.find((one) => one.slug === plan)?.price_minor_units === 0;
  const create = useChange<Cache>([cachesKey]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = {
      name,
      plan,
      ...(region === null ? {} : { region }),
      ...(team === null ? {} : { team: Number(team) }),
    };
    create.mutate(
      { path: "/caches", method: "POST", body },
      { onSuccess: (cache) => navigate(`/caches/${cache.id}/connect`) },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="lg">
        {!mayCreate && (
          <Alert color="yellow">You only read in your teams: ask an owner to let you create caches.</Alert>
        )}
        <Card>
          <Group align="flex-start" grow preventGrowOverflow={false} maw={820}>
            <TextInput
              label="Name"
              description="What people call it, as my-shop."
              required
              autoFocus
              maxLength={64}
              value={name}
              miw={220}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            {regions.length > 1 && (
              <Select
                label="Region"
                description="Take the one that your application runs in."
                data={regions}
                value={region}
                onChange={setRegion}
              />
            )}
            <TeamSelect value={team} onChange={setTeam} />
          </Group>
        </Card>
        <SimpleGrid
          cols={{ base: 1, xs: 2, md: 3, lg: 4 }}
          role="radiogroup"
          aria-label="Plan"
        >
          {plans.map((one) => (
            <PlanCard key={one.slug} plan={one} isChosen={one.slug === plan} choose={() => setPlan(one.slug)} />
          ))}
        </SimpleGrid>
        <FormError error={create.error} />
        <Group className="form-foot">
          <Button type="submit" size="md" loading={create.isPending} disabled={!mayCreate}>
            Create {name === "" ? "the cache" : name}
          </Button>
          <Text size="sm" c="dimmed">
            {isFree ? "It costs nothing." : "Billing is by the hour, from now on."}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}

// Only where there is something to choose.
function TeamSelect(props: { value: string | null; onChange: (team: string | null) => void }) {
  const { me } = useSession();
  if (me === null || me.id === null || me.teams.length < 2) return null;
  return <KnownTeams {...props} />;
}

function KnownTeams({ value, onChange }: { value: string | null; onChange: (team: string | null) => void }) {
  const teams = useGet<{ teams: Team[] }>("/teams");
  const choices = teams.data?.teams
    .filter((team) => team.role !== "read_only")
    .map((team) => ({ value: String(team.id), label: team.name }));
  return (
    <Select
      label="Team"
      description="Whose cache it is, and who pays for it."
      required
      data={choices ?? []}
      value={value}
      onChange={onChange}
    />
  );
}
