// What stands around every page: where one is, where one can go, who one is.
import {
  ActionIcon,
  Alert,
  AppShell,
  Burger,
  Container,
  Group,
  Menu,
  Text,
  Tooltip,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactNode, useEffect } from "react";
import { Link, NavLink, useLocation, useNavigate } from "react-router-dom";
import { useGet } from "./api/queries";
import { useIsUnreachable } from "./api/reachable";
import type { Session } from "./api/types";
import { useSession } from "./session";
import classes from "./frame.module.css";
import { Icon, Logo } from "./ui/icons";

export function Frame({ children }: { children: ReactNode }) {
  const { me } = useSession();
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  useEffect(close, [pathname, close]);
  return (
    <AppShell header={{ height: 56 }} padding={0}>
      <a className="skip-link" href="#content">
        Skip to content
      </a>
      <AppShell.Header>
        <Container size="xl" h="100%">
          <Group h="100%" justify="space-between" wrap="nowrap">
            <Group gap="xl" wrap="nowrap">
              <UnstyledButton component={Link} to="/" className={classes.brand}>
                <Logo /> <span>Cachery</span>
              </UnstyledButton>
              {me && <Navigation className={classes.wide} />}
            </Group>
            <Group gap="xs" wrap="nowrap">
              <ThemeSwitch />
              {me && <PersonMenu />}
              {me && me.kind !== "link" && (
                <Burger
                  className={classes.narrow}
                  opened={isOpen}
                  onClick={toggle}
                  size="sm"
                  aria-label="Navigation"
                  aria-expanded={isOpen}
                />
              )}
            </Group>
          </Group>
        </Container>
        {isOpen && <Navigation className={classes.drawer} />}
      </AppShell.Header>
      <AppShell.Main>
        <Container size="xl" pt="lg" id="content" tabIndex={-1} className={classes.content}>
          {me?.kind === "account" && <Support />}
          {children}
        </Container>
        <Unreachable />
      </AppShell.Main>
    </AppShell>
  );
}

function Navigation({ className }: { className: string | undefined }) {
  const { me } = useSession();
  if (me === null || me.kind === "link") return null;
  return (
    <nav className={className} aria-label="Main">
      <NavLink className={classes.link} to="/caches">
        Caches
      </NavLink>
      {me.id !== null && (
        <NavLink className={classes.link} to="/account">
          Account
        </NavLink>
      )}
      {me.kind === "operator" && (
        <NavLink className={classes.link} to="/admin">
          Operator
        </NavLink>
      )}
    </nav>
  );
}

function ThemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  const next = scheme === "dark" ? "light" : "dark";
  return (
    <Tooltip label={`Change to the ${next} theme`}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={`Change to the ${next} theme`}
        onClick={() => setColorScheme(next)}
      >
        <Icon name={scheme === "dark" ? "sun" : "moon"} />
      </ActionIcon>
    </Tooltip>
  );
}

function PersonMenu() {
  const { me, signOut } = useSession();
  const navigate = useNavigate();
  if (me === null) return null;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Signed in as ${me.name}`}>
          <Icon name="user" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" maw={240} truncate>
            {me.name}
          </Text>
        </Menu.Label>
        {me.id !== null && (
          <Menu.Item component={Link} to="/account">
            Account
          </Menu.Item>
        )}
        <Menu.Item onClick={() => void signOut().then(() => navigate("/sign-in"))}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

// An operator who acts as somebody must not forget it.
function Support() {
  const { me } = useSession();
  const session = useGet<Session>("/session").data;
  if (!session?.support) return null;
  return (
    <Alert color="yellow" role="status" icon={<Icon name="user" />} mb="md">
      {session.support.email} acts as {me?.name} in support, for an hour at most. Signing out ends it.
    </Alert>
  );
}

// Said once for the whole page, while what was shown stays where it is: it lies over the room that every
// page leaves at its end.
function Unreachable() {
  const isLost = useIsUnreachable();
  if (!isLost) return null;
  return (
    <Alert color="yellow" role="status" icon={<Icon name="warning" />} className={classes.unreachable}>
      The service does not answer at the moment. What you see may be old. What you typed is kept, and this
      page continues by itself.
    </Alert>
  );
}
