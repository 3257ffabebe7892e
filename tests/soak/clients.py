"""One process of the soak's clients: a share of the caches in one event loop."""
import asyncio
import collections
import dataclasses
import logging
import random
import signal
import time

from api import Api
from model import DOUBT_SECONDS, Fault
from tenant import Tenant

FAULTS_REPORTED_MAX = 20  # by one process: the first ones tell most


@dataclasses.dataclass
class Orders:
    """What a process is told at its start."""
    number: int
    shapes: list
    lanes: int
    seed: int
    ready: dict  # the server's addresses
    token: str
    seconds: float
    change_seconds: float


def run(orders, queue):
    """The process. Puts one report on the queue."""
    # It tells of each write to a connection that is gone, which here is nothing new.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    queue.put(asyncio.run(serve(orders)))


async def serve(orders):
    faults, did = [], collections.Counter()

    def report(text):
        did["faults"] += 1
        if len(faults) < FAULTS_REPORTED_MAX:
            faults.append(text)
            print(f"FAULT {text}", flush=True)

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, tell_what_is_waited_for)
    api = Api(orders.ready["http"], orders.token, orders.change_seconds)
    tenants = [Tenant(shape, orders.lanes, random.Random(f"{orders.seed}/{shape.name}"), api,
                      orders.ready, report) for shape in orders.shapes]
    try:
        for tenant in tenants:
            await tenant.begin()
        until = time.monotonic() + orders.seconds
        await asyncio.gather(*(tenant.run(until) for tenant in tenants))
        await asyncio.sleep(DOUBT_SECONDS + 1)
        for tenant in tenants:
            await tenant.guard(tenant.finish())
    except Fault as fault:
        report(f"stopped: {fault}")
    for tenant in tenants:
        did += tenant.did
        did["caches made"] += tenant.lives
        for (name, kind), count in tenant.counts.items():
            did[f"{name}, {kind}"] += count
    return {"process": orders.number, "faults": faults, "did": dict(did)}


def tell_what_is_waited_for():
    """Asked for by the parent when it has waited too long."""
    where = collections.Counter()
    for task in asyncio.all_tasks():
        frames, awaited = [], task.get_coro()
        while awaited is not None and getattr(awaited, "cr_frame", None):
            frames.append(f"{awaited.cr_code.co_name}:{awaited.cr_frame.f_lineno}")
            awaited = awaited.cr_await
        where[" > ".join(frames)] += 1
    for text, count in where.most_common(10):
        print(f"waiting: {count} x {text}", flush=True)
