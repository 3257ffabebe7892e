import { QueryClient } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { ServiceError } from "./api/client";

// A service that restarts is back within seconds: asking goes on, what was shown stays.
function retry(failures: number, error: unknown) {
  return error instanceof ServiceError && error.isUnreachable ? failures < 30 : false;
}

const client = new QueryClient({
  defaultOptions: {
    queries: {
      retry,
      retryDelay: (failures) => Math.min(1000 * 2 ** failures, 5000),
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
setNonce(nonce); // of the styles that keep a page still behind a dialog
const root = document.getElementById("root");
if (root !== null) createRoot(root).render(<App client={client} nonce={nonce} />);
