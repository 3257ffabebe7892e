// What a credential may do beside reading.
export type Capability = "write" | "flush" | "api";

export const CAPABILITIES: { name: Capability; label: string; help: string }[] = [
  { name: "write", label: "write", help: "store, change and delete items" },
  { name: "flush", label: "flush", help: "empty the whole cache" },
  { name: "api", label: "api", help: "use the analytics API" },
];
