// Everything about oneself: profile and password, second factor, where one is signed in, tokens, teams,
// invoices.
import { Heading } from "../../ui/heading";
import { TabPages } from "../../ui/tab_pages";
import { Invoices } from "./invoices";
import { Profile } from "./profile";
import { Security } from "./security";
import { Teams } from "./teams";
import { Tokens } from "./tokens";

export function AccountPage() {
  return (
    <>
      <Heading title="Account" />
      <TabPages
        base="/account"
        label="Account"
        pages={[
          { path: "profile", title: "Profile", element: <Profile /> },
          { path: "security", title: "Security", element: <Security /> },
          { path: "tokens", title: "Tokens", element: <Tokens /> },
          { path: "teams", title: "Teams", element: <Teams /> },
          { path: "invoices", title: "Invoices", element: <Invoices /> },
        ]}
      />
    </>
  );
}
