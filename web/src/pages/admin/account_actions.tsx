// What an operator does with an account: a menu at its row, each act with a question that says what it does.
import { Button, Checkbox, Group, Menu, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { setOperatorToken } from "../../api/client";
import { type Change, useChange } from "../../api/queries";
import type { Account } from "../../api/types";
import { useSession } from "../../session";
import { Confirm } from "../../ui/confirm";
import { CopyIcon } from "../../ui/copy";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icons";

interface Act {
  name: string; // in the menu, and of the button that does it
  title: string;
  text: string;
  change: Change;
  destroys?: boolean;
  option?: { field: string; label: string };
  isSignIn?: boolean; // one is that account from then on
}

function actsOf({ id, email, operator, suspended, second_factor }: Account): Act[] {
  const path = `/accounts/${id}`;
  const post = (name: string): Change => ({ path: `${path}/${name}`, method: "POST", body: {} });
  const support: Act = {
    name: "Act as it, in support",
    title: `Act as ${email}?`,
    text: "For an hour you see and may do what it does; the audit names you both. Your own session ends here: sign in again afterwards.",
    change: post("support"),
    isSignIn: true,
  };
  const reset: Act = {
    name: "Link for a new password",
    title: `Make a link for ${email}?`,
    text: "It sets a new password once. Hand it to nobody but the owner of that address.",
    change: post("reset_link"),
  };
  const factor: Act = {
    name: "Remove the second factor",
    title: `Remove the second factor of ${email}?`,
    text: "For who has lost the authenticator and the recovery codes: make sure that it is the owner who asks. Its password alone signs in then.",
    change: post("second_factor/remove"),
    destroys: true,
  };
  const role: Act = operator
    ? {
        name: "Operator no more",
        title: `Is ${email} an operator no more?`,
        text: "The account keeps its own teams and caches, and sees no others.",
        change: { path, method: "PATCH", body: { operator: false } },
        destroys: true,
      }
    : {
        name: "Make it an operator",
        title: `Make ${email} an operator?`,
        text: "Operators see and change every cache, account and plan of this service.",
        change: { path, method: "PATCH", body: { operator: true } },
      };
  const state: Act = suspended
    ? {
        name: "Let it in again",
        title: `Let ${email} in again?`,
        text: "It can sign in again, and so can whoever shares its teams.",
        change: post("unsuspend"),
      }
    : {
        name: "Suspend",
        title: `Suspend ${email}?`,
        text: "Its sessions and tokens end at once, and it cannot sign in. The single sign-on addresses of its teams' caches are renewed. The caches and their credentials go on; where no other owner is left, those credentials cannot be changed.",
        change: post("suspend"),
        destroys: true,
        option: {
          field: "disable_caches",
          label: "Disable the caches of its teams too, unless another owner is left",
        },
      };
  return [...(suspended ? [] : [support, reset]), ...(second_factor ? [factor] : []), role, state];
}

export function AccountActions({ account, renewed }: { account: Account; renewed: string[][] }) {
  const [asked, setAsked] = useState<Act | null>(null);
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <Button
            variant="subtle"
            size="compact-sm"
            rightSection={<Icon name="down" size={14} />}
            aria-label={`Actions for ${account.email}`}
          >
            Actions
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {actsOf(account).map((act) => (
            <Menu.Item key={act.name} onClick={() => setAsked(act)} {...(act.destroys ? { c: "var(--bad)" } : {})}>
              {act.name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {asked !== null && <Ask act={asked} renewed={renewed} close={() => setAsked(null)} />}
    </>
  );
}

function Ask({ act, renewed, close }: { act: Act; renewed: string[][]; close: () => void }) {
  const run = useChange<{ link?: string } | undefined>(renewed);
  const { refresh } = useSession();
  const navigate = useNavigate();
  const [isChosen, setChosen] = useState(false);
  const option = act.option && { [act.option.field]: isChosen };
  const confirm = () =>
    run.mutate(option ? { ...act.change, body: option } : act.change, {
      onSuccess: (answer) => {
        if (act.isSignIn) {
          setOperatorToken(null); // or this tab would go on as the operator
          void refresh().then(() => navigate("/caches"));
        } else if (answer?.link === undefined) close();
      },
    });
  if (run.data?.link !== undefined) return <Link link={run.data.link} close={close} />;
  return (
    <Confirm
      title={act.title}
      label={act.name}
      destroys={act.destroys ?? false}
      isPending={run.isPending}
      error={run.error}
      confirm={confirm}
      close={close}
    >
      <Stack gap="sm">
        <Text size="sm">{act.text}</Text>
        {act.option && (
          <Checkbox
            label={act.option.label}
            checked={isChosen}
            onChange={(event) => setChosen(event.currentTarget.checked)}
          />
        )}
      </Stack>
    </Confirm>
  );
}

function Link({ link, close }: { link: string; close: () => void }) {
  return (
    <Dialog onClose={close} title="Hand over this link">
      <Stack>
        <Group gap={4} wrap="nowrap">
          <span className="mono">{link}</span>
          <CopyIcon value={link} label="Copy the link" />
        </Group>
        <Text size="sm" c="dimmed">
          It works once, and is shown only now.
        </Text>
        <Group justify="flex-end">
          <Button onClick={close}>Done</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
