// Each page with canned data, without a service. /stories lists them; a story's address is the page's
// own with ?world= the first time, which the tab then remembers.
import { QueryClient } from "@tanstack/react-query";
import { createRoot, type Root } from "react-dom/client";
import { App } from "../src/app";
import { FakeService } from "./fake_service";
import { STORIES, type Story } from "./stories";
import { WORLDS, type WorldName } from "./worlds";

declare global {
  // A story in this very page, without loading it anew: for programs that look at them all.
  var showStory: (story: Story) => void;
  var isAsking: () => boolean;
}

const asked = new URLSearchParams(location.search).get("world");
if (asked !== null) sessionStorage.setItem("world", asked);
const remembered = sessionStorage.getItem("world");
const isList = location.pathname === "/stories";
let root: Root | null = null;
let client: QueryClient | null = null;

function show(world: WorldName) {
  const service = new FakeService(world);
  window.fetch = (input, init) => service.fetch(String(input), init);
  root?.unmount();
  client = new QueryClient({ defaultOptions: { queries: { staleTime: 5_000, retry: false } } });
  root = createRoot(document.getElementById("root") ?? document.body);
  root.render(<App client={client} nonce="" />);
}

globalThis.isAsking = () => client !== null && client.isFetching() > 0;
globalThis.showStory = ({ world, path }) => {
  history.replaceState(null, "", path);
  show(world);
};

if (isList) createRoot(document.getElementById("root") ?? document.body).render(<Stories />);
else show(WORLDS.find((name) => name === remembered) ?? "normal");

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
