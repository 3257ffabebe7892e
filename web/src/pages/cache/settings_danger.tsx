// What interrupts or destroys: flush, reset of the statistics, disable, delete.
import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router-dom";
import { request } from "../../api/client";
import { cacheKey, cachesKey, type Change, useChangeOfCache } from "../../api/queries";
import type { Cache } from "../../api/types";
import { count } from "../../format";
import { Confirm } from "../../ui/confirm";
import { words } from "../../ui/states";
import type { TabProps } from "./cache_page";

interface Act {
  id: string;
  title: string;
  text: string;
  button: string;
  ask: { title: string; text: string; typed: boolean } | null;
  change: Change;
  done: string;
}

export function DangerCard({ cache, rights }: TabProps) {
  return (
    <Card>
      <Title order={2} mb="md">
        Flush, disable, delete
      </Title>
      <Stack gap="md">
        {actsOf(cache).map((act) => (
          <ActRow key={act.id} cache={cache} act={act} />
        ))}
        {rights.manage && <DeleteRow cache={cache} />}
      </Stack>
    </Card>
  );
}

function actsOf(cache: Cache): Act[] {
  const path = `/caches/${cache.id}`;
  const flush: Act = {
    id: "flush",
    title: "Flush",
    text: "Removes every item. Clients stay connected and see misses.",
    button: "Flush",
    ask: {
      title: `Flush ${cache.name}?`,
      text: `${count(cache.usage?.items ?? 0)} items are removed. This cannot be undone.`,
      typed: true,
    },
    change: { path: `${path}/flush`, method: "POST", body: {} },
    done: "The cache is empty.",
  };
  const reset: Act = {
    id: "reset",
    title: "Reset statistics",
    text: "Sets the counters of all time to 0. Charts keep their history.",
    button: "Reset",
    ask: null,
    change: { path: `${path}/stats/reset`, method: "POST", body: {} },
    done: "The counters begin at 0.",
  };
  return [flush, reset, cache.enabled ? disable(cache, path) : enable(path)];
}

function disable(cache: Cache, path: string): Act {
  return {
    id: "disable",
    title: "Disable",
    text: "Nobody can log in. What is stored stays, and it can be enabled again at any time.",
    button: "Disable",
    ask: {
      title: `Disable ${cache.name}?`,
      text: "Every client is disconnected at once, and logging in fails until you enable it again.",
      typed: true,
    },
    change: { path, method: "PATCH", body: { enabled: false } },
    done: "The cache is disabled.",
  };
}

function enable(path: string): Act {
  return {
    id: "enable",
    title: "Enable",
    text: "Clients can log in again at once.",
    button: "Enable",
    ask: null,
    change: { path, method: "PATCH", body: { enabled: true } },
    done: "The cache is enabled.",
  };
}

function ActRow({ cache, act }: { cache: Cache; act: Act }) {
  const [isAsked, setAsked] = useState(false);
  const change = useChangeOfCache(cache.id);
  const run = () =>
    change.mutate(act.change, {
      onSuccess: () => {
        setAsked(false);
        notifications.show({ color: "green", message: act.done });
      },
      onError: (error) => act.ask === null && notifications.show({ color: "red", message: words(error) }),
    });
  const isMild = act.ask === null;
  return (
    <Row title={act.title} text={act.text}>
      <Button
        variant="default"
        c={isMild ? undefined : "var(--bad)"}
        loading={change.isPending && isMild}
        onClick={() => (isMild ? run() : setAsked(true))}
      >
        {act.button}
      </Button>
      {isAsked && act.ask !== null && (
        <Confirm
          title={act.ask.title}
          label={act.button}
          typed={cache.name}
          isPending={change.isPending}
          error={change.error}
          confirm={run}
          close={() => setAsked(false)}
        >
          {act.ask.text}
        </Confirm>
      )}
    </Row>
  );
}

const UNDO_MS = 15_000;

function DeleteRow({ cache }: { cache: Cache }) {
  const [isAsked, setAsked] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useChangeOfCache(cache.id);
  const restore = async () => {
    try {
      await request(`/caches/${cache.id}/restore`, { method: "POST", body: {} });
      notifications.show({ color: "green", message: `${cache.name} is back, with what it held.` });
      navigate(`/caches/${cache.id}/overview`);
    } catch (error) {
      notifications.show({ color: "red", message: words(error) });
    } finally {
      await client.invalidateQueries({ queryKey: cachesKey });
      await client.invalidateQueries({ queryKey: cacheKey(cache.id) });
    }
  };
  const run = () =>
    remove.mutate(
      { path: `/caches/${cache.id}`, method: "DELETE" },
      {
        onSuccess: () => {
          navigate("/caches");
          const id = `deleted-${cache.id}`;
          const undo = () => {
            notifications.hide(id);
            void restore();
          };
          notifications.show({ id, autoClose: UNDO_MS, message: <Deleted name={cache.name} undo={undo} /> });
        },
      },
    );
  return (
    <Row
      title="Delete"
      text="Nobody can log in any more, and its name is free. For a day it can be restored, items and all."
    >
      <Button color="red.9" onClick={() => setAsked(true)}>
        Delete
      </Button>
      {isAsked && (
        <Confirm
          title={`Delete ${cache.name}?`}
          label="Delete it"
          typed={cache.name}
          isPending={remove.isPending}
          error={remove.error}
          confirm={run}
          close={() => setAsked(false)}
        >
          Every client is disconnected at once. Billing ends. For a day it can be restored from the list of
          caches.
        </Confirm>
      )}
    </Row>
  );
}

function Deleted({ name, undo }: { name: string; undo: () => void }) {
  return (
    <Group justify="space-between">
      <Text size="sm">{name} is deleted.</Text>
      <Button size="compact-sm" variant="light" onClick={undo}>
        Undo
      </Button>
    </Group>
  );
}

function Row({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <Group justify="space-between" wrap="nowrap" align="center">
      <div>
        <Text fw={560}>{title}</Text>
        <Text size="sm" c="dimmed">
          {text}
        </Text>
      </div>
      <div>{children}</div>
    </Group>
  );
}
