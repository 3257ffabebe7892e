// Links and buttons that lead to a page of ours: Mantine's looks on the router's elements.
import { Anchor, type AnchorProps, Button, type ButtonProps } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router-dom";

type To = { to: string; children: ReactNode };

export function PageLink({ to, ...rest }: To & AnchorProps & { target?: string }) {
  return <Anchor component={Link} to={to} {...rest} />;
}

export function PageButton({ to, ...rest }: To & ButtonProps) {
  return <Button component={Link} to={to} {...rest} />;
}
