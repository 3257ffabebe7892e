// For operators: who has accounts, what the machines do, which plans there are, what was done.
import { useSession } from "../../session";
import { Alerts } from "../../ui/alerts/alerts";
import { AuditCard } from "../../ui/audit";
import { Heading } from "../../ui/heading";
import { PageButton } from "../../ui/links";
import { Empty } from "../../ui/states";
import { TabPages } from "../../ui/tab_pages";
import { Accounts } from "./accounts";
import { Mails } from "./mails";
import { Nodes } from "./nodes";
import { Plans } from "./plans";

export function AdminPage() {
  const { me } = useSession();
  if (me?.kind !== "operator") {
    return (
      <Empty isPage title="This is for operators" action={<PageButton to="/caches">To your caches</PageButton>}>
        An operator of this service can make you one.
      </Empty>
    );
  }
  return (
    <>
      <Heading title="Operator" />
      <TabPages
        base="/admin"
        label="Operator"
        pages={[
          { path: "nodes", title: "Nodes", element: <Nodes /> },
          { path: "accounts", title: "Accounts", element: <Accounts /> },
          { path: "plans", title: "Plans", element: <Plans /> },
          { path: "alerts", title: "Alerts", element: <Alerts base="" mayChange /> },
          { path: "mails", title: "Mails", element: <Mails /> },
          { path: "audit", title: "Audit", element: <AuditCard filter={{}} showsObject /> },
        ]}
      />
    </>
  );
}
