// Each page with canned data, without a service. /stories lists them; a story's address is the page's
// own with ?world= the first time, which the tab then remembers.
import { QueryClient } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { App } from "../src/app";
import { FakeService } from "./fake_service";
import { STORIES } from "./stories";
import { WORLDS, type WorldName } from "./worlds";

const asked = new URLSearchParams(location.search).get("world");
if (asked !== null) sessionStorage.setItem("world", asked);
const remembered = sessionStorage.getItem("world");
const world: WorldName = WORLDS.find((name) => name === remembered) ?? "normal";

const root = document.getElementById("root");
if (root !== null && location.pathname === "/stories") {
  createRoot(root).render(<Stories />);
} else if (root !== null) {
  const service = new FakeService(world);
  window.fetch = (input, init) => service.fetch(String(input), init);
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: 5_000, retry: false } } });
  createRoot(root).render(<App client={client} nonce="" />);
}

function Stories() {
  return (
    <main style={{ font: "15px/1.7 system-ui", maxWidth: "60rem", margin: "2rem auto" }}>
      <h1>Pages with canned data</h1>
      {WORLDS.map((name) => (
        <section key={name}>
          <h2>{name}</h2>
          <ul>
            {STORIES.filter((story) => story.world === name).map(({ path }) => (
              <li key={path}>
                <a href={`${path}${path.includes("?") ? "&" : "?"}world=${name}`}>{path}</a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </main>
  );
}
