// Room for a table that may be wider than its card. The keyboard scrolls it, so it is a tab stop, but only
// while there is something to scroll.
import { Table } from "@mantine/core";
import { type ReactNode, type RefObject, useLayoutEffect, useRef, useState } from "react";

export function TableScroll({ minWidth, children }: { minWidth: number; children: ReactNode }) {
  const { ref, overflows } = useOverflow();
  return (
    <Table.ScrollContainer
      minWidth={minWidth}
      scrollAreaProps={{
        offsetScrollbars: "present",
        viewportRef: ref,
        viewportProps: overflows ? { tabIndex: 0 } : {},
      }}
    >
      {children}
    </Table.ScrollContainer>
  );
}

function useOverflow(): { ref: RefObject<HTMLDivElement | null>; overflows: boolean } {
  const ref = useRef<HTMLDivElement>(null);
  const [overflows, setOverflows] = useState(false);
  useLayoutEffect(() => {
    const box = ref.current;
    if (box === null) return;
    const look = () => setOverflows(box.scrollWidth > box.clientWidth);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(box);
    for (const content of box.children) observer.observe(content);
    for (const table of box.querySelectorAll("table")) observer.observe(table);
    return () => observer.disconnect();
  }, []);
  return { ref, overflows };
}
