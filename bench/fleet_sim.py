#!/usr/bin/env python3
"""What a fleet would do, from what was measured with one worker (bench/fleet.sh): images a second, how long an answer takes, how busy
the broker is, for any number of workers.

Assumptions, each of which the measurement or docs/fleet.md says:
- A worker judges one job at a time; the time of a job varies as a normal distribution cut at half the mean (--spread).
- The broker hands a job to the worker that holds fewest, at most --prefetch each; a worker asks for the next when an answer is confirmed.
- Each job costs the broker --broker-ms of processor time (job and answer: two letters in, two out, each on the disk), spread over
  --broker-cores of them; half of it before the job is delivered, half for the answer. What queues there waits in order.
- With --cores workers and broker (and whoever asks, whose time is then a part of --broker-ms) share so many processors of one machine:
  a job is judged to its end, and letters go before jobs that wait. That is what bench/fleet.sh compares with two real workers.
- A letter takes --hop-ms over the network and to the disk, each way. Shared storage and network have room for all pictures.
Two modes: an archive (all jobs are there at the start), which gives the rate, and a line, where jobs arrive at random (Poisson) at --load of that
rate, which gives the time from a job to its answer."""
import argparse
import collections
import heapq
import random


class Fleet:
    """One run, event by event: a letter is at the broker, at a worker, judged, at the broker again, confirmed."""

    def __init__(self, workers, a, rng):
        self.a, self.rng = a, rng
        self.events, self.count = [], 0
        self.jobs, self.tasks = collections.deque(), collections.deque()  # wait for a worker; for the broker
        self.slots = collections.deque(w for _ in range(a.prefetch) for w in range(workers))
        self.held = [collections.deque() for _ in range(workers)]
        self.working = [False] * workers
        self.idle, self.busy, self.waits, self.now = a.broker_cores, 0.0, [], 0.0
        self.free, self.queue = a.cores, collections.deque()  # of processors that are shared; what waits for one

    def at(self, time, what, *args):
        self.count += 1
        heapq.heappush(self.events, (time, self.count, what, args))

    def arrive(self, job):
        self.jobs.append(job)
        self.match()

    def match(self):
        while self.jobs and self.slots:
            self.ask(self.deliver, self.slots.popleft(), self.jobs.popleft())

    def ask(self, then, worker, job):
        self.tasks.append((then, worker, job))
        self.serve()

    def compute(self, took, first, what, *args):
        """What follows after so many seconds of a processor: at once, or one of those that are shared."""
        if not self.a.cores:
            self.at(self.now + took, what, *args)
        elif self.free:
            self.free -= 1
            self.at(self.now + took, self.computed, what, args)
        else:
            (self.queue.appendleft if first else self.queue.append)((took, first, what, args))

    def computed(self, what, args):
        self.free += 1
        if self.queue:
            took, first, next_what, next_args = self.queue.popleft()
            self.compute(took, first, next_what, *next_args)
        what(*args)

    def serve(self):
        while self.idle and self.tasks:
            self.idle -= 1
            took = self.a.broker_ms / 2000
            self.busy += took
            self.compute(took, True, self.served, *self.tasks.popleft())

    def served(self, then, worker, job):
        self.idle += 1
        self.at(self.now + self.a.hop_ms / 1000, then, worker, job)
        self.serve()

    def deliver(self, worker, job):
        self.held[worker].append(job)
        if not self.working[worker]:
            self.judge(worker)

    def judge(self, worker):
        self.working[worker] = True
        took = max(0.5, self.rng.gauss(1, self.a.spread)) * self.a.service_ms / 1000
        self.compute(took, False, self.judged, worker, self.held[worker].popleft())

    def judged(self, worker, job):
        self.at(self.now + self.a.hop_ms / 1000, self.ask, self.confirmed, worker, job)
        self.working[worker] = False
        if self.held[worker]:
            self.judge(worker)

    def confirmed(self, worker, job):
        self.waits.append(self.now - job)
        self.slots.append(worker)
        self.match()

    def run(self):
        while self.events:
            self.now, _, what, args = heapq.heappop(self.events)
            what(*args)


def simulate(workers, jobs, arrival, a, rng):
    """Returns (seconds, list of times from job to answer, share of the broker in use)."""
    fleet = Fleet(workers, a, rng)
    now = 0.0
    for _ in range(jobs):
        if arrival:
            now += rng.expovariate(arrival)
        fleet.at(now, fleet.arrive, now)
    fleet.run()
    return fleet.now, fleet.waits, fleet.busy / (a.broker_cores * fleet.now)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--service-ms", type=float, required=True, help="time of a job of one worker, measured")
    p.add_argument("--broker-ms", type=float, required=True, help="processor time of the broker for a job, measured")
    p.add_argument("--workers", default="1,2,10,100,1000")
    p.add_argument("--spread", type=float, default=0.2)
    p.add_argument("--prefetch", type=int, default=4)
    p.add_argument("--broker-cores", type=int, default=4)
    p.add_argument("--cores", type=int, default=0, help="processors of one machine that all share; 0: everybody has their own")
    p.add_argument("--hop-ms", type=float, default=2)
    p.add_argument("--load", type=float, default=0.8)
    p.add_argument("--jobs", type=int, default=20000, help="that are simulated; steady after a few thousand")
    p.add_argument("--all", type=float, default=1e7, help="images of the archive")
    a = p.parse_args()
    print(f"a job takes a worker {a.service_ms:g} ms and the broker {a.broker_ms:g} ms on {a.broker_cores} cores")
    print("| workers | images/s | of what the workers could | broker busy | %g images | 50 %% / 99 %% of answers at %d %% load |"
          % (a.all, 100 * a.load))
    print("|---|---|---|---|---|---|")
    for workers in (int(w) for w in a.workers.split(",")):
        rng = random.Random(1)
        jobs = max(a.jobs, 40 * workers)
        seconds, _, busy = simulate(workers, jobs, 0, a, rng)
        rate = jobs / seconds
        _, waits, _ = simulate(workers, jobs, a.load * rate, a, rng)
        waits = sorted(waits[len(waits) // 10:])
        print("| %d | %.1f | %.0f %% | %.0f %% | %.1f h | %.0f / %.0f ms |" % (
            workers, rate, 100 * rate * a.service_ms / 1000 / workers, 100 * busy, a.all / rate / 3600,
            1000 * waits[len(waits) // 2], 1000 * waits[len(waits) * 99 // 100]))


if __name__ == "__main__":
    main()
