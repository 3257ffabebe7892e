// Tabs that are pages of their own address: /account/teams, /admin/plans.
import { Tabs } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { Navigate, Route, Routes, useLocation, useNavigate } from "react-router-dom";

export interface TabPage {
  path: string;
  title: string;
  element: ReactNode;
}

// What is no tab leads to the first one, by its whole address: one relative to a `*` grows for ever.
export function TabPages({ base, label, pages }: { base: string; label: string; pages: TabPage[] }) {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const current = pathname.slice(base.length + 1).split("/")[0] ?? "";
  const first = pages[0]?.path ?? "";
  return (
    <Tabs
      value={current === "" ? first : current}
      onChange={(value) => navigate(`${base}/${value ?? first}`)}
      keepMounted={false}
      activateTabWithKeyboard={false}
    >
      <TabStrip label={label} tabs={pages} current={current} />
      <Routes>
        <Route index element={<Navigate to={`${base}/${first}`} replace />} />
        {pages.map(({ path, element }) => (
          <Route key={path} path={`${path}/*`} element={<Tabs.Panel value={path}>{element}</Tabs.Panel>} />
        ))}
        <Route path="*" element={<Navigate to={`${base}/${first}`} replace />} />
      </Routes>
    </Tabs>
  );
}

// One line also on a phone, scrolled so that the tab where one is stands in sight.
export function TabStrip(props: { label: string; tabs: { path: string; title: string }[]; current: string }) {
  const { label, tabs, current } = props;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const tab = list.current?.querySelector('[aria-selected="true"]');
    if (!list.current || !tab) return;
    const [whole, part] = [list.current.getBoundingClientRect(), tab.getBoundingClientRect()];
    list.current.scrollLeft += part.left + part.width / 2 - (whole.left + whole.width / 2);
  }, [current]);
  return (
    <Tabs.List ref={list} className="tab-strip" mb="lg" aria-label={label} style={{ overflowX: "auto", flexWrap: "nowrap" }}>
      {tabs.map(({ path, title }) => (
        <Tabs.Tab key={path} value={path}>
          {title}
        </Tabs.Tab>
      ))}
    </Tabs.List>
  );
}
