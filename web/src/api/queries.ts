// What pages ask for, one function a noun. Keys begin with the noun, so that a change of one cache
// renews exactly what shows it.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Call, query, request } from "./client";
import type { Activity, Cache, Cluster, Plan, SeriesAbout, SeriesAnswer, SignUpRule } from "./types";

export const cachesKey = ["caches"];
export const cacheKey = (id: number | string) => ["cache", String(id)];

export function useCaches() {
  return useQuery({
    queryKey: cachesKey,
    queryFn: ({ signal }) => request<{ caches: Cache[] }>("/caches?passwords=false", { signal }),
    select: (answer) => answer.caches,
    // Without passwords it comes compressed: a thousand caches are 40 KB, and their rows to draw.
    refetchInterval: ({ state }) => ((state.data?.caches.length ?? 0) > 500 ? 60_000 : 15_000),
  });
}

export function useActivity() {
  return useQuery({
    queryKey: ["activity"],
    queryFn: ({ signal }) => request<Activity>("/activity", { signal }),
    refetchInterval: 20_000,
    retry: 1,
  });
}

export function useCache(id: string) {
  return useQuery({
    queryKey: cacheKey(id),
    queryFn: ({ signal }) => request<Cache>(`/caches/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: 15_000,
  });
}

export function usePlans() {
  return useQuery({
    queryKey: ["plans"],
    queryFn: ({ signal }) => request<{ plans: Plan[] }>("/plans", { signal }),
    select: (answer) => [...answer.plans].sort((a, b) => a.size_mib - b.size_mib),
    staleTime: 60_000,
  });
}

export function useClusters() {
  return useQuery({
    queryKey: ["clusters"],
    queryFn: ({ signal }) => request<{ clusters: Cluster[] }>("/clusters", { signal }),
    select: (answer) => answer.clusters,
    staleTime: 60_000,
  });
}

export function useSeriesAbout() {
  return useQuery({
    queryKey: ["series"],
    queryFn: ({ signal }) => request<{ series: SeriesAbout[] }>("/series", { signal }),
    select: (answer) => answer.series,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export interface Window {
  seconds: number;
}

export function seriesPath(id: number | string, names: string[], seconds: number, secondsAgo = 0) {
  const end = Math.floor(Date.now() / 1000) - secondsAgo;
  const window = { start: isoOf(end - seconds), end: isoOf(end) };
  return `/caches/${id}/series${query({ names: names.join(","), ...window })}`;
}

export function isoOf(unixSeconds: number) {
  return new Date(unixSeconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

export function useSeries(id: number | string, names: string[], seconds: number, enabled = true) {
  return useQuery({
    queryKey: [...cacheKey(id), "series", names.join(","), seconds],
    queryFn: ({ signal }) => request<SeriesAnswer>(seriesPath(id, names, seconds), { signal }),
    refetchInterval: seconds <= 86_400 ? 30_000 : 300_000,
    placeholderData: (before) => before,
    enabled,
  });
}

// The same hour of yesterday, to compare with.
export function useYesterday(id: number | string, names: string[]) {
  return useQuery({
    queryKey: [...cacheKey(id), "series", names.join(","), "yesterday"],
    queryFn: ({ signal }) => request<SeriesAnswer>(seriesPath(id, names, 3600, 86_400), { signal }),
    refetchInterval: 600_000,
    retry: 1,
  });
}

// Any GET below one cache, renewed with it.
export function useOfCache<T>(id: number | string, path: string, refetchInterval?: number) {
  return useQuery({
    queryKey: [...cacheKey(id), path],
    queryFn: ({ signal }) => request<T>(`/caches/${id}${path}`, { signal }),
    ...(refetchInterval === undefined ? {} : { refetchInterval }),
  });
}

export function useGet<T>(path: string, refetchInterval?: number) {
  return useQuery({
    queryKey: ["get", path],
    queryFn: ({ signal }) => request<T>(path, { signal }),
    ...(refetchInterval === undefined ? {} : { refetchInterval }),
  });
}

export function useSignUpRule() {
  return useGet<SignUpRule>("/sign_up");
}

export interface Change extends Call {
  path: string;
}

// A change of something, after which what its keys name is asked for again.
export function useChange<T>(renewed: readonly (readonly unknown[])[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ path, ...call }: Change) => request<T>(path, call),
    onSuccess: () => {
      for (const key of renewed) void client.invalidateQueries({ queryKey: key });
    },
  });
}

export function useChangeOfCache<T>(id: number | string) {
  return useChange<T>([cacheKey(id), cachesKey, ["activity"], ["audit"], ["get", "/caches?deleted=true"]]);
}
