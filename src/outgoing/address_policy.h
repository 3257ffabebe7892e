// Which addresses the service may be made to connect to. Whoever may set a webhook chooses where
// our requests go, from inside our network: past its firewall, to services that trust whoever
// reaches them (a cloud's metadata, a database, our own admin port). So only public addresses are
// allowed, unless the operator says that his installation delivers to its own network. It is asked
// about the address that a connection is about to be made to, not about the name: a name may mean a
// public address when it is looked at and a private one when it is used (DNS rebinding).
#pragma once

struct sockaddr;

namespace cachery::outgoing {

enum class Reach : unsigned char { public_only, anywhere };

// True for unicast addresses of the internet (IANA's special-purpose registries, RFC 6890): neither
// loopback, private, link-local, shared, reserved, documentation nor multicast, also when an IPv4
// one is embedded in IPv6 (mapped, translated, 6to4, Teredo).
bool is_public(const sockaddr& address);

}  // namespace cachery::outgoing
