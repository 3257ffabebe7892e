"""The caches of a soak: sizes and loads from published statistics, scaled down to one machine.

Memory sizes are those of twenty busy applications that shared a memcache service (published with the
lsm-sim simulator), key and value sizes, times to live and operations those of clusters in "A large
scale analysis of hundreds of in-memory cache clusters" (Yang, Yue, Rashmi; OSDI 2020, statistics
under CC BY 4.0). Sizes are divided by 64, times to live by 60.
"""
import dataclasses
import math

TENANT_MIB = (701.4, 118.6, 19.5, 35.7, 7.1, 77.8, 10.5, 684.9, 7.8, 36.6, 51.2, 6.3, 71.0, 4542.9,
              187.4, 1409.5, 11.0, 1.7, 23.2, 20.2)
MEMORY_DIVISOR = 64
TTL_DIVISOR = 60
MIB = 1 << 20
PLAN_SURPLUS = 1.1  # a cache may be charged with this much more than its size in MiB says
ITEM_OVERHEAD_BYTES = 64  # more than an item's header and index take: for estimates
KEYS_MAX = 3000  # of a lane: what a client of this kind can write and read again in minutes


@dataclasses.dataclass(frozen=True)
class Cluster:
    name: str
    key_bytes: int
    value_bytes: int  # mean
    ttl_seconds: int
    writes: float  # share of the operations
    others: tuple = ()  # besides set: what writes are


CLUSTERS = (
    Cluster("cluster1", 80, 267, 240, 0.05),
    Cluster("cluster4", 67, 2439, 300, 0.07),
    Cluster("cluster7", 17, 1936, 6480, 0.18),
    Cluster("cluster8", 23, 9497, 1380, 0.50),
    Cluster("cluster9", 32, 39, 7200, 0.05),
    Cluster("cluster11", 24, 170, 432000, 0.08, ("add", "cas")),
    Cluster("cluster14", 96, 414, 86400, 0.35, ("delete",)),
    Cluster("cluster22", 54, 16, 86400, 0.28, ("incr",)),
    Cluster("cluster23", 35, 224, 120, 0.64, ("incr", "delete")),
    Cluster("cluster28", 45, 85, 10800, 0.09, ("add", "touch")),
    Cluster("cluster37", 72, 20134, 300, 0.37),
    Cluster("cluster40", 44, 155, 28800, 0.50),
    Cluster("cluster50", 18, 67485, 900, 0.48),
    Cluster("cluster53", 36, 9213, 0, 0.12, ("append",)),
)


@dataclasses.dataclass(frozen=True)
class Shape:
    """One cache: how large it is and what is done with it."""
    name: str
    size_mib: int
    cluster: Cluster
    is_roomy: bool  # all that it is given fits: nothing may be lost
    keys: int  # of each lane
    ttl_seconds: int  # 0: items that expire are not wanted
    value_bytes_max: int

    @property
    def limit_bytes(self):
        return int(self.size_mib * MIB * PLAN_SURPLUS)

    def value_bytes(self, random):
        """Long-tailed about the published mean."""
        size = random.lognormvariate(math.log(self.cluster.value_bytes) - 0.5, 1.0)
        return max(8, min(self.value_bytes_max, round(size)))


def make_shapes(count, lanes):
    """Every third cache is too small for what it is given; the others have room to spare."""
    return [make_shape(at, lanes) for at in range(count)]


def make_shape(at, lanes):
    size_mib = max(2, round(TENANT_MIB[at % len(TENANT_MIB)] / MEMORY_DIVISOR))
    # 20 sizes and 14 clusters: all pairs come up before one comes twice.
    cluster = CLUSTERS[at % len(CLUSTERS)]
    limit = size_mib * MIB * PLAN_SURPLUS
    item = cluster.key_bytes + cluster.value_bytes + ITEM_OVERHEAD_BYTES
    is_roomy = at % 3 != 0
    fitting = limit / item / lanes
    keys = max(8, int(fitting * (0.35 if is_roomy else 3)))
    return Shape(f"soak-{at:03}", size_mib, cluster, is_roomy, min(KEYS_MAX, keys),
                 min(600, cluster.ttl_seconds // TTL_DIVISOR), min(1_000_000, int(limit / 32)))
