// Who may log in to this cache, and what they may do there. A change is in force on every connection
// within a second.
import { Alert, Badge, Button, Card, Checkbox, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState } from "react";
import { useChangeOfCache, usePlans } from "../../api/queries";
import type { Credential } from "../../api/types";
import { usePerson } from "../../session";
import { Confirm } from "../../ui/confirm";
import { CopyIcon, Secret } from "../../ui/copy";
import { FormButtons } from "../../ui/form_buttons";
import { Icon } from "../../ui/icons";
import { ACTIONS, RowButton, Rows } from "../../ui/rows";
import { words } from "../../ui/states";
import { Time } from "../../ui/time";
import type { TabProps } from "./cache_page";
import { CAPABILITIES, type Capability } from "./capabilities";
import { NewCredential } from "./new_credential";
import { WaysIn, waysOf } from "./ways_in";

export function CredentialsTab({ cache, rights }: TabProps) {
  const plan = usePlans().data?.find((one) => one.slug === cache.plan);
  // What a plan withholds it withholds from its people, not from operators.
  const isOperator = usePerson().kind === "operator";
  const mayRestrict = isOperator || (plan?.update_capabilities ?? true);
  const mayManage = rights.change && (isOperator || (plan?.manage_credentials ?? true));
  const [isNew, setNew] = useState(false);
  return (
    <Stack gap="lg">
      {!rights.change && (
        <Alert color="blue" icon={<Icon name="info" />}>
          You see which credentials there are; members of the team see passwords and change them.
        </Alert>
      )}
      <Card>
        <Group justify="space-between" mb="sm">
          <Text c="dimmed" size="sm" maw={640}>
            Each application can have a username of its own. What an unticked box forbids is refused at
            once; clients that only read keep working.
          </Text>
          {mayManage && (
            <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setNew(true)}>
              Create a credential
            </Button>
          )}
        </Group>
        {isNew && (
          <NewCredential cacheId={cache.id} mayRestrict={mayRestrict} close={() => setNew(false)} />
        )}
        <Rows
          label="Credentials"
          rows={cache.credentials}
          empty="There is none: nobody can log in."
          minWidth={960}
          columns={["Username", "Password", "May", "Namespace", "Last used", ACTIONS]}
        >
          {(one) => (
            <CredentialRow
              key={one.id}
              cacheId={cache.id}
              credential={one}
              mayChange={rights.change}
              mayManage={mayManage}
              mayRestrict={mayRestrict}
            />
          )}
        </Rows>
      </Card>
    </Stack>
  );
}

interface RowProps {
  cacheId: number;
  credential: Credential;
  mayChange: boolean;
  mayManage: boolean; // promote and delete it
  mayRestrict: boolean; // say what it may do
}

function CredentialRow({ cacheId, credential, mayChange, mayManage, mayRestrict }: RowProps) {
  const path = `/caches/${cacheId}/credentials/${credential.id}`;
  const change = useChangeOfCache(cacheId);
  const [asked, setAsked] = useState<"promote" | "delete" | "ways" | null>(null);
  const ways = waysOf(credential);
  const close = () => setAsked(null);
  const set = (name: Capability, isOn: boolean) =>
    change.mutate(
      { path, method: "PATCH", body: { [name]: isOn } },
      { onError: (error) => notifications.show({ color: "red", message: words(error) }) },
    );
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          <Text component="span" className="mono" style={{ whiteSpace: "nowrap" }}>
            {credential.username}
          </Text>
          <CopyIcon value={credential.username} label={`Copy username ${credential.username}`} />
          {credential.primary && <Badge>primary</Badge>}
        </Group>
        {ways.length > 0 && (
          <Text size="xs" c="dimmed" fw={400}>
            also by {ways.join(", ")}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Secret value={credential.password} what={`password of ${credential.username}`} />
      </Table.Td>
      <Table.Td>
        <Group gap="sm" wrap="nowrap" role="group" aria-label={`What ${credential.username} may`}>
          {CAPABILITIES.map(({ name, label, help }) => (
            <Checkbox
              key={name}
              size="xs"
              label={label}
              title={help}
              checked={credential[name]}
              disabled={!mayChange || !mayRestrict || change.isPending}
              onChange={(event) => set(name, event.currentTarget.checked)}
            />
          ))}
        </Group>
      </Table.Td>
      <Table.Td>
        <Namespace credential={credential} cacheId={cacheId} mayChange={mayChange} />
      </Table.Td>
      <Table.Td>
        <Time at={credential.last_used_at} never="never" />
        <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          created <Time at={credential.created_at} />
        </Text>
      </Table.Td>
      <Table.Td>
        {mayChange && (
          <Group gap={0} justify="flex-end" wrap="nowrap">
            <RowButton label={`Other ways in for ${credential.username}`} onClick={() => setAsked("ways")}>
              Ways in
            </RowButton>
            {mayManage && !credential.primary && (
              <>
                <RowButton label={`Promote ${credential.username}`} onClick={() => setAsked("promote")}>
                  Promote
                </RowButton>
                <RowButton destroys label={`Delete ${credential.username}`} onClick={() => setAsked("delete")}>
                  Delete
                </RowButton>
              </>
            )}
          </Group>
        )}
        {asked === "ways" && <WaysIn credential={credential} cacheId={cacheId} close={close} />}
        {(asked === "promote" || asked === "delete") && (
          <Ask asked={asked} credential={credential} cacheId={cacheId} close={close} />
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function Ask(props: {
  asked: "promote" | "delete";
  credential: Credential;
  cacheId: number;
  close: () => void;
}) {
  const { asked, credential, cacheId, close } = props;
  const change = useChangeOfCache(cacheId);
  const path = `/caches/${cacheId}/credentials/${credential.id}`;
  const isDelete = asked === "delete";
  const act = isDelete
    ? { path, method: "DELETE" as const }
    : { path: `${path}/promote`, method: "POST" as const };
  return (
    <Confirm
      title={isDelete ? `Delete ${credential.username}?` : `Make ${credential.username} the primary one?`}
      label={isDelete ? "Delete it" : "Promote it"}
      isPending={change.isPending}
      error={change.error}
      confirm={() => change.mutate(act, { onSuccess: close })}
      close={close}
    >
      {isDelete
        ? "Clients that use it are disconnected at once and cannot log in again. This cannot be undone."
        : "The variables on Connect then name this username and password. The present primary one keeps working until you delete it, so applications can be changed one after another."}
    </Confirm>
  );
}

function Namespace(props: { credential: Credential; cacheId: number; mayChange: boolean }) {
  const { credential, cacheId, mayChange } = props;
  const [draft, setDraft] = useState<string | null>(null);
  const change = useChangeOfCache(cacheId);
  if (draft === null) {
    const label = credential.key_prefix === "" ? "all keys" : credential.key_prefix;
    if (!mayChange) return <Text size="sm">{label}</Text>;
    return (
      <Button
        variant="subtle"
        size="compact-sm"
        px={4}
        ml={-4}
        aria-label={`Namespace of ${credential.username}: ${label}. Change`}
        onClick={() => setDraft(credential.key_prefix)}
      >
        {label}
      </Button>
    );
  }
  const save = (event: FormEvent) => {
    event.preventDefault();
    const path = `/caches/${cacheId}/credentials/${credential.id}`;
    change.mutate(
      { path, method: "PATCH", body: { key_prefix: draft } },
      { onSuccess: () => setDraft(null) },
    );
  };
  return (
    <form onSubmit={save}>
      <Stack gap={4} w={180}>
        <TextInput
          size="xs"
          aria-label={`Namespace of ${credential.username}`}
          description="Put before each key"
          error={change.error ? words(change.error) : undefined}
          value={draft}
          autoFocus
          onChange={(event) => setDraft(event.currentTarget.value)}
        />
        <FormButtons isSmall label="Save" isPending={change.isPending} cancel={() => setDraft(null)} />
      </Stack>
    </form>
  );
}
