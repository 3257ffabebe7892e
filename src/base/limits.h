// Every bound of the data path, each with the failure that it prevents. What an operator may change
// is a setting (apps/cachery/settings.def) whose bounds are taken from here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cachery::limits {

// Keys: upstream's bound by default; a u16 carries the length on the wire and in an item.
inline constexpr uint32_t kKeyBytesDefault = 250;
inline constexpr uint32_t kKeyBytesMax = 65'535;

// Key and value together: the service's documented 1 MiB by default. 26 bits hold it in an item.
inline constexpr uint32_t kItemBytesDefault = 1u << 20;
inline constexpr uint32_t kItemBytesMax = 64u << 20;

// Upstream allocates nothing above this and closes: a longer body is an attack or a lost stream.
inline constexpr uint32_t kBodyBytesMax = 1u << 30;

// A line without its newline: upstream closes past 2,048 bytes unless it is a get of many keys.
inline constexpr uint32_t kLineBytesMax = 2048;
// A get line longer than this is answered key by key while it still arrives, so that a get of any
// number of keys costs no memory for its line.
inline constexpr uint32_t kGetLineBytesHeld = 64u << 10;

inline constexpr uint32_t kOpaqueBytesMax = 31;     // a meta opaque without its letter: upstream's
inline constexpr uint32_t kMetaFlagsMax = 20;       // tokens of a meta command, upstream's bound
inline constexpr uint32_t kMechanismBytesMax = 32;  // a SASL mechanism's name, upstream's bound
inline constexpr uint32_t kAuthenticationBytesMax = 16'384;  // an authentication's value, likewise

// Requests parsed before the first of them is executed: enough to hide memory latency behind
// prefetches, small enough to stay in the first-level cache.
inline constexpr size_t kBatchRequests = 64;

// One read from a socket. Shared by all connections of a worker.
inline constexpr size_t kReadBytes = 128u << 10;
// Replies are flushed to the socket when this much is composed, and a connection whose reader is
// slow is not read from while that much waits.
inline constexpr size_t kReplyFlushBytes = 64u << 10;

// Requests of such lengths are received in extents of the store's pool, for a value that may stay
// where it is: what is shorter is copied faster than an extent is had, of what is longer the pool
// would give each extent back to the system. All connections together hold so many bytes of them,
// and at most half of what may wait on connections; beyond it requests are received elsewhere.
inline constexpr size_t kBlockBytesMin = 64u << 10;
inline constexpr size_t kBlockBytesMax = 4u << 20;
inline constexpr uint64_t kBlocksBytesMax = 128u << 20;
// One cache holds at most so many times the bytes that are left to the others: alone three
// quarters, beside another that holds all it can three sevenths each.
inline constexpr uint64_t kBlocksOfCacheTimes = 3;

// While a worker serves several caches: how many bytes the connections of one may move in a turn of
// its loop, for how long those of them are served that have much to read or to send, and in what
// pieces. A neighbour waits for one share and one piece, less than a tenth of a millisecond. Bytes
// alone would not bound it: they take up to ten times as long to read where they lie in the caches
// of the core that sent them. A cache counts as served for kSharedTurnNs after its last request.
inline constexpr size_t kCacheTurnBytes = 128u << 10;
inline constexpr uint64_t kCacheTurnNs = 25'000;
inline constexpr size_t kSharedStepBytes = 64u << 10;
inline constexpr uint64_t kSharedTurnNs = 10'000'000;
// While no other is served: what somebody new waits, as time and as work.
inline constexpr uint64_t kLoneTurnNs = 500'000;
inline constexpr size_t kLoneTurnWork = 2u << 20;

// Work is what a request makes the store do beyond taking its bytes: bytes copied, and evictions
// as if each copied so many. Twenty bytes of an append copy a megabyte, and one long value evicts
// a million short ones; both count against the turn's share of their cache.
inline constexpr size_t kEvictionWork = 512;
// A record of so many bytes finds room in parts: one part a turn, until it may be stored.
inline constexpr size_t kLongRecordBytes = 16u << 10;

// One in so many of the node's connections may be of clients that have not logged in: more are
// closed, the oldest first. On a small node an application's own pool still has to fit.
inline constexpr size_t kStrangersPart = 4;
inline constexpr size_t kStrangersMin = 64;
// Those that have logged in leave one in so many free: a newcomer can log in whoever has the rest.
inline constexpr size_t kArrivalsPart = 64;
inline constexpr size_t kArrivalsMax = 1024;

inline constexpr uint32_t kDrainSeconds = 4;  // SIGTERM: connections may finish what they sent

static_assert(kSharedStepBytes <= kReadBytes, "a piece is a part of what is read of a request");
static_assert(kItemBytesMax <= 1u << 26, "an item's header holds 26 bits of value length");
static_assert(kKeyBytesMax <= UINT16_MAX, "an item's header holds 16 bits of key length");
static_assert(kGetLineBytesHeld > kLineBytesMax && kGetLineBytesHeld >= kKeyBytesMax);

}  // namespace cachery::limits
