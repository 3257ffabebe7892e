// What a cache does at this moment, at most two seconds old. Server-sent events, read with fetch and
// not with EventSource, because the operator's token is a header. A service that answers with plain
// JSON is asked every two seconds instead. Nothing is asked while the page is hidden.
import { useEffect, useState } from "react";
import { remembered } from "../pages/cache/now";
import { send } from "./client";
import type { Live } from "./types";

const PERIOD_MS = 2_000;
const PAUSE_AFTER_FAILURE_MS = 3_000;

export interface LiveState {
  now: Live | null;
  looks: Live[]; // of the last minute, the oldest first
  isBehind: boolean; // what is shown is old: nobody answers
}

export function useLive(id: number | string): LiveState {
  const [state, setState] = useState<LiveState>({ now: null, looks: [], isBehind: false });
  useEffect(() => {
    const abort = new AbortController();
    void follow(
      id,
      abort.signal,
      (now) => setState(({ looks }) => ({ now, looks: remembered(looks, now), isBehind: false })),
      () => setState((before) => ({ ...before, isBehind: true })),
    );
    return () => abort.abort();
  }, [id]);
  return state;
}

async function follow(
  id: number | string,
  signal: AbortSignal,
  tell: (live: Live) => void,
  fail: () => void,
) {
  while (!signal.aborted) {
    try {
      if (document.hidden) await becomesVisible(signal);
      await followOnce(id, signal, tell);
      await pause(PERIOD_MS, signal);
    } catch {
      if (signal.aborted) return;
      fail();
      await pause(PAUSE_AFTER_FAILURE_MS, signal);
    }
  }
}

async function followOnce(id: number | string, signal: AbortSignal, tell: (live: Live) => void) {
  const accept = "text/event-stream, application/json";
  const response = await send(`/caches/${id}/live`, { signal, accept });
  if (!response.ok) throw new Error(`live: ${response.status}`);
  if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
    tell((await response.json()) as Live);
    return;
  }
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const { events, tail } = readEvents(rest + value);
    rest = tail;
    for (const data of events) tell(JSON.parse(data) as Live);
  }
}

// The data of each whole event of a stream, and what is left for the next read.
export function readEvents(text: string): { events: string[]; tail: string } {
  const parts = text.replaceAll("\r\n", "\n").split("\n\n");
  const tail = parts.pop() ?? "";
  const events = parts
    .map((part) =>
      part
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).replace(/^ /, ""))
        .join("\n"),
    )
    .filter((data) => data !== "");
  return { events, tail };
}

function pause(milliseconds: number, signal: AbortSignal) {
  return new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function becomesVisible(signal: AbortSignal) {
  return new Promise<void>((resolve) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look);
  });
}
