// How a client that cannot log in may be taken for a credential: a port of its own, a certificate, a
// server name. All are closed unless somebody opens one here.
import { Checkbox, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChangeOfCache } from "../../api/queries";
import type { Credential } from "../../api/types";
import { usePerson } from "../../session";
import { Dialog } from "../../ui/dialog";
import { FormButtons } from "../../ui/form_buttons";
import { FormError } from "../../ui/states";

const NEW_NAME = "new"; // of tls_server_name: the service makes one

// The server name itself is as secret as a password.
export function waysOf({ own_port, tls_client_name, tls_server_name }: Credential): string[] {
  return [
    ...(own_port === 0 ? [] : [`port ${own_port}`]),
    ...(tls_client_name === "" ? [] : [`certificate ${tls_client_name}`]),
    ...(tls_server_name === "" ? [] : ["a TLS server name"]),
  ];
}

// "10.0.0.0/8, 192.168.0.7" and a list on lines alike.
export function networksOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

// The service makes the names; only operators choose one.
function ServerName(props: { value: string; given: string; onChange: (name: string) => void }) {
  const { value, given, onChange } = props;
  const description = "Keep it as secret as a password: whoever asks for this name is the credential.";
  if (usePerson().kind === "operator") {
    return (
      <TextInput
        label="TLS server name"
        description={`${description} "new": the service makes one.`}
        placeholder="k7f3q9.caches.example.org"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  return (
    <Stack gap={4}>
      <Checkbox
        label="A TLS server name, made by the service"
        description={description}
        checked={value !== ""}
        onChange={(event) => onChange(event.currentTarget.checked ? given || NEW_NAME : "")}
      />
      {given !== "" && value === given && <span className="mono">{given}</span>}
    </Stack>
  );
}

export function WaysIn(props: { credential: Credential; cacheId: number; close: () => void }) {
  const { credential, cacheId, close } = props;
  const [port, setPort] = useState<number | string>(credential.own_port || "");
  const [networks, setNetworks] = useState(credential.own_port_networks.join(", "));
  const [client, setClient] = useState(credential.tls_client_name);
  const [server, setServer] = useState(credential.tls_server_name);
  const change = useChangeOfCache(cacheId);
  const save = (event: FormEvent) => {
    event.preventDefault();
    const body = {
      own_port: Number(port),
      own_port_networks: Number(port) === 0 ? [] : networksOf(networks),
      tls_client_name: client.trim(),
      tls_server_name: server.trim(),
    };
    const path = `/caches/${cacheId}/credentials/${credential.id}`;
    change.mutate({ path, method: "PATCH", body }, { onSuccess: close });
  };
  return (
    <Dialog onClose={close} title={`Other ways in for ${credential.username}`}>
      <form onSubmit={save}>
        <Stack>
          <Text size="sm" c="dimmed">
            For clients that cannot log in. What the credential may, and its namespace, hold there too; its
            password goes on working.
          </Text>
          <NumberInput
            label="A port of its own"
            description="Whoever connects there is this credential. Empty: none."
            min={0}
            max={65_535}
            allowDecimal={false}
            hideControls
            value={port}
            onChange={setPort}
          />
          <TextInput
            label="Networks that may use the port"
            placeholder="10.0.0.0/8, 192.168.0.7"
            disabled={Number(port) === 0}
            value={networks}
            onChange={(event) => setNetworks(event.currentTarget.value)}
          />
          <TextInput
            label="Common name of a TLS client certificate"
            placeholder="worker-1"
            value={client}
            onChange={(event) => setClient(event.currentTarget.value)}
          />
          <ServerName value={server} given={credential.tls_server_name} onChange={setServer} />
          <FormError error={change.error} />
          <FormButtons label="Save" isPending={change.isPending} cancel={close} />
        </Stack>
      </form>
    </Dialog>
  );
}
