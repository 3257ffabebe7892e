// A new credential: first what it may do and with which keys, then its username and password, to be taken
// along at once.
import { Button, Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChangeOfCache } from "../../api/queries";
import type { Credential } from "../../api/types";
import { CopyIcon, Secret } from "../../ui/copy";
import { Dialog } from "../../ui/dialog";
import { FormButtons } from "../../ui/form_buttons";
import { FormError } from "../../ui/states";
import { CAPABILITIES, type Capability } from "./capabilities";

interface Props {
  cacheId: number;
  mayRestrict: boolean; // else the plan gives every credential all rights
  close: () => void;
}

// One that may not write has no use of the API but by intent: it is ticked again if it is wanted.
function changed(may: Record<Capability, boolean>, name: Capability, isOn: boolean) {
  const api = name === "write" && !isOn ? { api: false } : {};
  return { ...may, ...api, [name]: isOn };
}

export function NewCredential({ cacheId, mayRestrict, close }: Props) {
  const [may, setMay] = useState<Record<Capability, boolean>>({ write: true, flush: true, api: true });
  const [prefix, setPrefix] = useState("");
  const create = useChangeOfCache<Credential>(cacheId);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = { ...(mayRestrict ? may : {}), ...(prefix === "" ? {} : { key_prefix: prefix }) };
    create.mutate({ path: `/caches/${cacheId}/credentials`, method: "POST", body });
  };
  return (
    <Dialog onClose={close} title="Create a credential">
      {create.data !== undefined ? (
        <Created credential={create.data} close={close} />
      ) : (
        <form onSubmit={submit}>
          <Stack>
            {CAPABILITIES.map(({ name, label, help }) => (
              <Checkbox
                key={name}
                label={`May ${label}`}
                description={help}
                checked={may[name]}
                disabled={!mayRestrict}
                onChange={(event) => setMay(changed(may, name, event.currentTarget.checked))}
              />
            ))}
            <TextInput
              label="Namespace"
              description="Put before each key; empty for all keys."
              value={prefix}
              onChange={(event) => setPrefix(event.currentTarget.value)}
            />
            <FormError error={create.error} />
            <FormButtons label="Create it" isPending={create.isPending} cancel={close} />
          </Stack>
        </form>
      )}
    </Dialog>
  );
}

function Created({ credential, close }: { credential: Credential; close: () => void }) {
  const { username, password } = credential;
  return (
    <Stack>
      <Text role="status">It can be used within a second.</Text>
      <Group gap="xs">
        <Text c="dimmed">Username</Text>
        <span className="mono">{username}</span>
        <CopyIcon value={username} label={`Copy username ${username}`} />
      </Group>
      <Group gap="xs">
        <Text c="dimmed">Password</Text>
        <Secret value={password} what={`password of ${username}`} />
      </Group>
      <Button onClick={close} w="fit-content">
        Done
      </Button>
    </Stack>
  );
}
