"""The server's memory during a soak, and whether it is flat.

Resident memory is compared with the bytes charged to all caches: at most 1.2 times those and a base.
The base is what the server takes with all caches made and unused, and an allowance for what belongs
to connections and to the allocators: extents that the store keeps for its next use, replies to slow
readers, TLS. Flat means besides that what is not explained by charges is no more at the end than it
was before: a leak grows with time, load does not.
"""
import dataclasses
import pathlib
import re
import statistics
import threading
import time

MIB = 1 << 20
CHARGED_SHARE_MAX = 1.2
ALLOWANCE_BYTES = 64 * MIB
GROWTH_BYTES_MAX = 16 * MIB  # of the unexplained, from the second third to the last one
SAMPLE_SECONDS = 1
# Flushed memory is given back in the background: for so long, what was charged before counts.
GIVEN_BACK_SECONDS = 15


@dataclasses.dataclass
class Sample:
    at: float
    resident_bytes: int
    charged_bytes: int
    connections: int


def resident_bytes(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def read_sample(server, at):
    metrics = server.fetch("/metrics")
    charged = sum(map(int, re.findall(r"^cachery_cache_bytes\{[^}]*\} (\d+)$", metrics, re.MULTILINE)))
    connections = int(re.search(r"^cachery_connections (\d+)$", metrics, re.MULTILINE)[1])
    return Sample(at, resident_bytes(server.pid), charged, connections)


class Watch(threading.Thread):
    """Samples until it is stopped; a server that does not answer leaves a gap."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.samples, self.gaps = server, [], 0
        self.base_bytes = resident_bytes(server.pid)
        self.is_over = threading.Event()

    def run(self):
        begun = time.monotonic()
        while not self.is_over.wait(SAMPLE_SECONDS):
            try:
                self.samples.append(read_sample(self.server, time.monotonic() - begun))
            except OSError:
                self.gaps += 1

    def stop(self):
        self.is_over.set()
        self.join()


def judge(samples, base_bytes):
    """Faults, and the figures they were judged by."""
    excess = [unexplained(samples, at) for at in range(len(samples))]
    third = len(samples) // 3
    if third == 0:
        return ["memory: too few samples"], {}
    middle = statistics.median(excess[third:2 * third])
    last = statistics.median(excess[2 * third:])
    figures = {
        "base_bytes": base_bytes,
        "resident_most_bytes": max(sample.resident_bytes for sample in samples),
        "charged_most_bytes": max(sample.charged_bytes for sample in samples),
        "unexplained_most_bytes": max(excess),
        "unexplained_bound_bytes": base_bytes + ALLOWANCE_BYTES,
        "unexplained_middle_bytes": round(middle),
        "unexplained_last_bytes": round(last),
        "connections_most": max(sample.connections for sample in samples),
    }
    faults = []
    if max(excess) > base_bytes + ALLOWANCE_BYTES:
        worst = samples[excess.index(max(excess))]
        faults.append(f"memory: at {worst.at:.0f} s {worst.resident_bytes / MIB:.0f} MiB resident, "
                      f"{worst.charged_bytes / MIB:.0f} MiB charged, base {base_bytes / MIB:.0f} MiB")
    if last - middle > GROWTH_BYTES_MAX:
        faults.append(f"memory: not flat: {middle / MIB:.0f} MiB unexplained in the middle, "
                      f"{last / MIB:.0f} MiB at the end")
    return faults, figures


def unexplained(samples, at):
    """What is resident beyond 1.2 times the most that was charged lately."""
    now = samples[at]
    charged = max(sample.charged_bytes for sample in samples[:at + 1]
                  if now.at - sample.at <= GIVEN_BACK_SECONDS)
    return max(0, now.resident_bytes - int(CHARGED_SHARE_MAX * charged))
