// Every bound of the HTTP server, each with the failure that it prevents. The data path has its own
// in base/limits.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cachery::http {

inline constexpr uint32_t kHeaderBytesMax = 16u << 10;  // a header that never ends
inline constexpr uint32_t kBodyBytesMax = 1u << 20;     // a body that fills the memory
inline constexpr size_t kReadBufferBytesMax = 32u << 10;
inline constexpr size_t kConnectionsMax = 1024;       // descriptors, which the data plane needs
inline constexpr size_t kConnectionsOfAddress = 256;  // one address that takes them all
inline constexpr size_t kConnectionsKept = 128;       // strangers who keep out those who are known
inline constexpr int kLoopThreads = 2;  // they read and write, and never wait for a handler
inline constexpr int kThreads = 2;  // of handlers: one request that waits for the disk stops one

// Slow endpoints hash passwords: 64 MiB and a core for each of the threads. Beyond those that wait,
// one is told to come again.
inline constexpr int kSlowThreads = 2;
inline constexpr size_t kSlowRequestsMax = 64;
inline constexpr size_t kSlowRequestsOfOne = 8;  // one address (or account) that takes them all
inline constexpr size_t kSlowRequestsKept = 16;  // strangers who keep out those who are known
static_assert(kSlowRequestsKept + kSlowRequestsOfOne < kSlowRequestsMax);

// Answers that go on, as live pages have: each costs a connection and a sample now and then.
inline constexpr size_t kStreamsMax = 256;
inline constexpr size_t kStreamsOfAddress = 128;  // one address that takes them all
inline constexpr size_t kStreamsOfOne = 32;       // one person (or cache) who takes them all
static_assert(kStreamsOfAddress < kStreamsMax, "one address must leave some for others");
static_assert(kStreamsOfOne < kStreamsMax, "one person must leave some for others");
static_assert(kConnectionsKept < kConnectionsMax, "some must be left for strangers");
static_assert(kStreamsMax < kConnectionsMax, "streams must leave connections for requests");

// An answer without a secret is compressed by the thread that made it. Smaller ones fit in a packet
// or two as they are; larger ones would hold the thread, and who waits for it, for too long.
inline constexpr size_t kCompressBytesMin = 1u << 10;
inline constexpr size_t kCompressBytesMax = 16u << 20;
inline constexpr int kGzipLevel = 1;  // zlib's quickest
static_assert(kCompressBytesMax < UINT32_MAX / 2, "zlib counts a buffer's bytes in 32 bits");

// Who is over the bound of one address is told so, and not for long: these come on top of
// kConnectionsMax.
inline constexpr size_t kRefusalsMax = 16;
inline constexpr std::chrono::seconds kRefusalSeconds{2};
static_assert(kConnectionsOfAddress < kConnectionsMax, "one address must leave some for others");

// From the first wait for a request until its last byte: idle and slow clients alike are dropped.
inline constexpr std::chrono::seconds kRequestSeconds{30};
inline constexpr std::chrono::seconds kHandshakeSeconds{10};
inline constexpr std::chrono::seconds kWriteSeconds{30};

// How long, and how much, is read of a client that was answered before it had sent all.
inline constexpr std::chrono::seconds kLingerSeconds{2};
inline constexpr size_t kLingerBytesMax = 8u << 20;

inline constexpr std::chrono::seconds kClientSeconds{30};  // our own client: connect to last byte
inline constexpr uint64_t kClientBodyBytesMax = 64u << 20;

static_assert(kReadBufferBytesMax > kHeaderBytesMax, "a header must fit in the read buffer");

}  // namespace cachery::http
