// Providers and the table of pages. Each page is a file of its own in the build: the first load brings
// the frame and the page that was asked for.
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./styles.css";
import { Container, MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ComponentType, lazy, type ReactNode, Suspense } from "react";
import { BrowserRouter, Navigate, Route, Routes, useLocation } from "react-router-dom";
import type { Me } from "./api/types";
import { Frame } from "./frame";
import { SessionProvider, useMe, useSession } from "./session";
import { SignInForm } from "./sign/sign_in_form";
import { theme } from "./theme";
import { Dialog } from "./ui/dialog";
import { Failure, Loading } from "./ui/states";

function page<T extends string>(load: () => Promise<Record<T, ComponentType>>, name: T) {
  return lazy(async () => ({ default: (await load())[name] }));
}

const CachesPage = page(() => import("./pages/caches"), "CachesPage");
const NewCachePage = page(() => import("./pages/new_cache"), "NewCachePage");
const CachePage = page(() => import("./pages/cache/cache_page"), "CachePage");
const AccountPage = page(() => import("./pages/account/account_page"), "AccountPage");
const AdminPage = page(() => import("./pages/admin/admin_page"), "AdminPage");
const SignInPage = page(() => import("./sign/pages"), "SignInPage");
const SignUpPage = page(() => import("./sign/pages"), "SignUpPage");
const ResetPage = page(() => import("./sign/pages"), "ResetPage");
const ConfirmPage = page(() => import("./sign/link_pages"), "ConfirmPage");
const AlertAddressPage = page(() => import("./sign/link_pages"), "AlertAddressPage");
const OperatorLinkPage = page(() => import("./sign/link_pages"), "OperatorLinkPage");
const InvitationPage = page(() => import("./sign/link_pages"), "InvitationPage");
const NotFoundPage = page(() => import("./pages/not_found"), "NotFoundPage");

export function App({ client, nonce }: { client: QueryClient; nonce: string }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={client}>
        <Notifications position="bottom-right" />
        <BrowserRouter future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
          <Pages />
        </BrowserRouter>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function askAgain(me: Me | null, done: () => void) {
  return (
    <Dialog withCloseButton={false} onClose={() => undefined} title="Your session has ended">
      <SignInForm
        isOverPage
        email={me?.id == null ? "" : me.name}
        onSignedIn={done}
        note="Sign in to go on; this page stays as it is."
      />
    </Dialog>
  );
}

function Pages() {
  const me = useMe();
  if (me.isError) return <Waiting reason={me.error} retry={() => void me.refetch()} />;
  if (me.data === undefined) return me.failureReason ? <Waiting reason={me.failureReason} /> : null;
  return (
    <SessionProvider me={me.data} askAgain={askAgain}>
      <Frame>
        <Suspense fallback={<Loading height={320} />}>
          <Routes>
            <Route path="/sign-in" element={<SignInPage />} />
            <Route path="/sign-up" element={<SignUpPage />} />
            <Route path="/reset" element={<ResetPage />} />
            <Route path="/confirm" element={<ConfirmPage />} />
            <Route path="/alert-address" element={<AlertAddressPage />} />
            <Route path="/operator" element={<OperatorLinkPage />} />
            <Route path="/invitation" element={<InvitationPage />} />
            {PAGES.map(({ path, element }) => (
              <Route
                key={path}
                path={path}
                element={me.data === null ? <ToSignIn /> : element}
              />
            ))}
          </Routes>
        </Suspense>
      </Frame>
    </SessionProvider>
  );
}

// Nothing was shown yet, and the service does not answer: asking goes on by itself.
function Waiting({ reason, retry }: { reason: Error; retry?: () => void }) {
  return (
    <Container size="sm" pt="xl">
      <Failure error={reason} {...(retry ? { retry } : {})} />
    </Container>
  );
}

// Only for somebody who is signed in.
const PAGES: { path: string; element: ReactNode }[] = [
  { path: "/", element: <Navigate to="/caches" replace /> },
  { path: "/caches", element: <CachesPage /> },
  { path: "/caches/new", element: <NewCachePage /> },
  { path: "/caches/:cache/*", element: <CachePage /> },
  { path: "/account/*", element: <AccountPage /> },
  { path: "/admin/*", element: <AdminPage /> },
  { path: "*", element: <NotFoundPage /> },
];

function ToSignIn() {
  const { pathname, search } = useLocation();
  const { hasSignedOut } = useSession();
  const next = pathname === "/" || hasSignedOut ? "" : `?next=${encodeURIComponent(pathname + search)}`;
  return <Navigate to={`/sign-in${next}`} replace />;
}
