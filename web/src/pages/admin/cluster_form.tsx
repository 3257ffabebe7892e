// What a cluster is called, where it stands and what it is for: what people choose when they make a cache.
import { Select, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChange } from "../../api/queries";
import type { Cluster, PlanKind } from "../../api/types";
import { Dialog } from "../../ui/dialog";
import { FormButtons } from "../../ui/form_buttons";
import { FormError } from "../../ui/states";

const KEYS = [["clusters"], ["get", "/nodes"], ["caches"], ["cache"], ["audit"]];

export function ClusterForm({ cluster, close }: { cluster: Cluster; close: () => void }) {
  const [name, setName] = useState(cluster.name);
  const [region, setRegion] = useState(cluster.region);
  const [kind, setKind] = useState<PlanKind>(cluster.kind);
  const change = useChange<Cluster>(KEYS);
  const save = (event: FormEvent) => {
    event.preventDefault();
    const path = `/clusters/${cluster.id}`;
    change.mutate({ path, method: "PATCH", body: { name, region, kind } }, { onSuccess: close });
  };
  return (
    <Dialog onClose={close} title={`The cluster ${cluster.name}`}>
      <form onSubmit={save}>
        <Stack>
          <TextInput
            label="Name"
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label="Region"
            description="As people name it who choose where a cache is, as eu-west."
            required
            value={region}
            onChange={(event) => setRegion(event.currentTarget.value)}
          />
          <Select
            label="For"
            allowDeselect={false}
            data={["development", "production"]}
            value={kind}
            onChange={(value) => setKind(value as PlanKind)}
          />
          <FormError error={change.error} />
          <FormButtons label="Save" isPending={change.isPending} cancel={close} />
        </Stack>
      </form>
    </Dialog>
  );
}
