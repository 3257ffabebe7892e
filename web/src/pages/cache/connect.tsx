// How an application connects: the three variables, and code for its language.
import { Alert, Box, Card, Code, Group, NavLink, Select, Stack, Table, Text, Title } from "@mantine/core";
import { useSearchParams } from "react-router-dom";
import { codeOf, SNIPPETS, type Snippet } from "../../connect/snippets";
import { CopyButton, CopyIcon, Secret } from "../../ui/copy";
import { Icon } from "../../ui/icons";
import { PageLink } from "../../ui/links";
import type { TabProps } from "./cache_page";
import classes from "./connect.module.css";

export function ConnectTab({ cache }: TabProps) {
  const [search, setSearch] = useSearchParams();
  const id = search.get("for") ?? SNIPPETS[0]?.id ?? "";
  const snippet = SNIPPETS.find((one) => one.id === id) ?? SNIPPETS[0];
  const choose = (chosen: string) => setSearch({ for: chosen }, { replace: true });
  const servers = cache.servers.join(",");
  const variables = [
    `MEMCACHIER_SERVERS=${servers}`,
    `MEMCACHIER_USERNAME=${cache.username}`,
    `MEMCACHIER_PASSWORD=${cache.password ?? ""}`,
  ].join("\n");
  return (
    <Stack gap="lg">
      <Card>
        <Group justify="space-between" mb="xs">
          <Title order={2}>Three variables</Title>
          {cache.password !== null && <CopyButton value={variables}>Copy all three</CopyButton>}
        </Group>
        <Table aria-label="Variables" layout="auto" className={classes.variables}>
          <Table.Tbody>
            <Variable name="MEMCACHIER_SERVERS" value={servers} />
            <Variable name="MEMCACHIER_USERNAME" value={cache.username} />
            <Table.Tr>
              <Table.Th scope="row" className="mono">
                MEMCACHIER_PASSWORD
              </Table.Th>
              <Table.Td>
                <Secret value={cache.password} what="password" />
              </Table.Td>
            </Table.Tr>
          </Table.Tbody>
        </Table>
        <Text size="sm" c="dimmed" mt="xs">
          These are of the primary credential. Others are on{" "}
          <PageLink to={`/caches/${cache.id}/credentials`}>Credentials</PageLink>.
          {cache.tls_servers.length > 0 && ` Over TLS: ${cache.tls_servers.join(", ")}.`}
        </Text>
      </Card>
      {cache.password === null && (
        <Alert color="blue" icon={<Icon name="info" />}>
          You may not see the password: ask a member of the team for it.
        </Alert>
      )}
      <Card>
        <Title order={2} mb="sm">
          Your code
        </Title>
        <div className={classes.columns}>
          <Chooser chosen={id} choose={choose} />
          {snippet && (
            <SnippetView
              snippet={snippet}
              code={codeOf(snippet, {
                servers,
                tlsServers: cache.tls_servers.join(","),
                username: cache.username,
                password: cache.password ?? "PASSWORD",
                ownPort: cache.credentials.find((one) => one.write && one.own_port !== 0)?.own_port ?? 0,
              })}
            />
          )}
        </div>
      </Card>
    </Stack>
  );
}

function Variable({ name, value }: { name: string; value: string }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" className="mono" w={240}>
        {name}
      </Table.Th>
      <Table.Td>
        <Group gap={4} wrap="nowrap">
          <span className="mono">{value}</span>
          <CopyIcon value={value} label={`Copy ${name}`} />
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

const LANGUAGES = [...new Set(SNIPPETS.map((one) => one.language))];
const ofLanguage = (language: string) => SNIPPETS.filter((one) => one.language === language);

function Chooser({ chosen, choose }: Choice) {
  return (
    <>
      <Select
        className={classes.select}
        label="Language and framework"
        searchable
        allowDeselect={false}
        value={chosen}
        onChange={(id) => id !== null && choose(id)}
        data={LANGUAGES.map((language) => ({
          group: language,
          items: ofLanguage(language).map((one) => ({
            value: one.id,
            label: `${language}: ${one.title}`,
          })),
        }))}
      />
      <Box component="nav" aria-label="Language and framework" className={classes.list}>
        {LANGUAGES.map((language) => (
          <Language key={language} language={language} chosen={chosen} choose={choose} />
        ))}
      </Box>
    </>
  );
}

interface Choice {
  chosen: string;
  choose: (id: string) => void;
}

// Closed but for the one that is chosen, so that all languages are in sight.
function Language({ language, chosen, choose }: Choice & { language: string }) {
  const snippets = ofLanguage(language);
  const entry = ({ id, title }: Snippet) => (
    <NavLink
      key={id}
      component="button"
      type="button"
      label={title}
      active={id === chosen}
      aria-current={id === chosen ? "true" : undefined}
      onClick={() => choose(id)}
      className={classes.choice ?? ""}
    />
  );
  return (
    <NavLink
      component="button"
      type="button"
      label={language}
      fw={600}
      defaultOpened={snippets.some(({ id }) => id === chosen)}
      childrenOffset={12}
      className={classes.choice ?? ""}
    >
      {snippets.map(entry)}
    </NavLink>
  );
}

function SnippetView({ snippet, code }: { snippet: Snippet; code: string }) {
  return (
    <Box miw={0} className={classes.snippet}>
      {snippet.install !== "" && (
        <Group gap={4} mb="sm" wrap="nowrap">
          <Code>{snippet.install}</Code>
          <CopyIcon value={snippet.install} label="Copy the command" />
        </Group>
      )}
      {snippet.lead !== undefined && (
        <Text size="sm" c="dimmed" mb="sm">
          {snippet.lead}
        </Text>
      )}
      <Group justify="space-between" mb={4}>
        <Text size="sm" fw={600}>
          {snippet.language}: {snippet.title}
        </Text>
        <CopyButton value={code}>Copy</CopyButton>
      </Group>
      <Code block tabIndex={0} aria-label={`Code for ${snippet.title}`}>
        {code}
      </Code>
      {snippet.note !== undefined && (
        <Text size="sm" c="dimmed" mt="xs">
          {snippet.note}
        </Text>
      )}
    </Box>
  );
}
