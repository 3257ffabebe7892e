// The teams that one is in; for owners, who else is and who is invited.
import { Alert, Badge, Button, Card, Group, Select, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChange, useGet } from "../../api/queries";
import type { Invitation, Member, Role, Team } from "../../api/types";
import { usePerson } from "../../session";
import { AskingButton } from "../../ui/asking_button";
import { CopyIcon } from "../../ui/copy";
import { FormButtons } from "../../ui/form_buttons";
import { RowButton, Rows, TitledCard } from "../../ui/rows";
import { FormError, Loaded } from "../../ui/states";
import { Time } from "../../ui/time";

const ROLES: { value: Role; label: string }[] = [
  { value: "owner", label: "owner: the team itself too" },
  { value: "member", label: "member: caches and credentials" },
  { value: "read_only", label: "read only: no change, no password" },
];

export function Teams() {
  const teams = useGet<{ teams: Team[] }>("/teams");
  const [name, setName] = useState("");
  const create = useChange<Team>([["get", "/teams"], ["me"]]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ path: "/teams", method: "POST", body: { name } }, { onSuccess: () => setName("") });
  };
  return (
    <Stack gap="lg">
      <Loaded query={teams} height={240}>
        {(data) => data.teams.map((team) => <TeamCard key={team.id} team={team} />)}
      </Loaded>
      <TitledCard title="New team">
        <form onSubmit={submit}>
          <Group align="flex-end">
            <TextInput
              label="Name"
              required
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" loading={create.isPending}>
              Create the team
            </Button>
          </Group>
        </form>
        <FormError error={create.error} />
      </TitledCard>
    </Stack>
  );
}

function TeamCard({ team }: { team: Team }) {
  const path = `/teams/${team.id}/members`;
  const members = useGet<{ members: Member[] }>(path);
  const me = usePerson();
  const renewed = [["get", path], ["get", "/teams"], ["me"], ["caches"]];
  const change = useChange(renewed);
  const isOwner = team.role === "owner";
  const [isRenamed, setRenamed] = useState(false);
  return (
    <Card>
      <Group justify="space-between" mb="sm">
        <Group gap="sm">
          <Title order={2}>{team.name}</Title>
          <Badge color="gray">{team.role.replace("_", " ")}</Badge>
          {team.suspended && <Badge color="red">suspended</Badge>}
        </Group>
        {isOwner && !isRenamed && (
          <RowButton label={`Rename ${team.name}`} onClick={() => setRenamed(true)}>
            Rename
          </RowButton>
        )}
      </Group>
      {isRenamed && <Rename team={team} close={() => setRenamed(false)} />}
      <Loaded query={members} height={100}>
        {(data) => (
          <Rows label={`Members of ${team.name}`} rows={data.members} empty="Nobody." minWidth={520}>
            {(one) => (
              <Table.Tr key={one.account}>
                <Table.Td>
                  {one.name || one.email}
                  {one.name !== "" && (
                    <Text size="xs" c="dimmed" fw={400}>
                      {one.email}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td w={280}>
                  {isOwner ? (
                    <Select
                      aria-label={`Role of ${one.email}`}
                      size="xs"
                      allowDeselect={false}
                      data={ROLES}
                      value={one.role}
                      onChange={(role) =>
                        change.mutate({ path: `${path}/${one.account}`, method: "PATCH", body: { role } })
                      }
                    />
                  ) : (
                    <Text size="sm">{ROLES.find(({ value }) => value === one.role)?.label}</Text>
                  )}
                </Table.Td>
                <Table.Td ta="right" w={110}>
                  {(isOwner || one.account === me.id) && (
                    <RemoveMember team={team} member={one} isMe={one.account === me.id} renewed={renewed} />
                  )}
                </Table.Td>
              </Table.Tr>
            )}
          </Rows>
        )}
      </Loaded>
      <FormError error={change.error} />
      {isOwner && <Invitations team={team} />}
    </Card>
  );
}

function Rename({ team, close }: { team: Team; close: () => void }) {
  const [name, setName] = useState(team.name);
  const change = useChange<Team>([["get", "/teams"], ["caches"], ["cache"]]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ path: `/teams/${team.id}`, method: "PATCH", body: { name } }, { onSuccess: close });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm" mb="md" maw={360}>
        <TextInput
          label="Name of the team"
          required
          autoFocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <FormError error={change.error} />
        <FormButtons label="Rename" isPending={change.isPending} cancel={close} isDisabled={name === team.name} />
      </Stack>
    </form>
  );
}

function RemoveMember(props: { team: Team; member: Member; isMe: boolean; renewed: string[][] }) {
  const { team, member, isMe, renewed } = props;
  const who = member.name || member.email;
  return (
    <AskingButton
      label={isMe ? `Leave ${team.name}` : `Remove ${member.email} from ${team.name}`}
      title={isMe ? `Leave ${team.name}?` : `Remove ${who} from ${team.name}?`}
      text={
        isMe
          ? "You do not see its caches any more. An owner can invite you again."
          : `${who} does not see its caches any more, but may still know their passwords.`
      }
      act={isMe ? "Leave" : "Remove"}
      change={{ path: `/teams/${team.id}/members/${member.account}`, method: "DELETE" }}
      renewed={renewed}
    >
      {isMe ? "Leave" : "Remove"}
    </AskingButton>
  );
}

function Invitations({ team }: { team: Team }) {
  const path = `/teams/${team.id}/invitations`;
  const invitations = useGet<{ invitations: Invitation[] }>(path);
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<string | null>("member");
  const invite = useChange<Invitation>([["get", path]]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate(
      { path, method: "POST", body: { email, role } },
      { onSuccess: () => setEmail("") },
    );
  };
  const link = invite.data?.link;
  return (
    <Stack gap="sm" mt="md">
      {invitations.data?.invitations.map((one) => (
        <Group key={one.id} justify="space-between">
          <Text size="sm">
            {one.email} is invited as {one.role.replace("_", " ")}; the invitation ends{" "}
            <Time at={one.expires_at} />
          </Text>
          <RowButton destroys onClick={() => invite.mutate({ path: `${path}/${one.id}`, method: "DELETE" })}>
            Withdraw
          </RowButton>
        </Group>
      ))}
      <form onSubmit={submit}>
        <Group align="flex-end">
          <TextInput
            label="Invite"
            type="email"
            placeholder="e-mail address"
            required
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <Select aria-label="As" data={ROLES} value={role} onChange={setRole} allowDeselect={false} w={280} />
          <Button type="submit" variant="default" loading={invite.isPending}>
            Invite
          </Button>
        </Group>
      </form>
      <FormError error={invite.error} />
      {typeof link === "string" && (
        <Alert color="blue" title="There is no mail server: hand over this link yourself">
          <Group gap={4} wrap="nowrap">
            <span className="mono">{link}</span>
            <CopyIcon value={link} label="Copy the link" />
          </Group>
        </Alert>
      )}
    </Stack>
  );
}
