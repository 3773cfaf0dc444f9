"""The rival of simulations: SimPy, round by round.

A child of simpy.mjs: takes as arguments how many processes there are, how many timeouts each waits for, and how far their
times are apart. For each line it simulates that once, and answers with a line of JSON, the microseconds of an event.
"""

import json
import sys
import time

import simpy


def process(environment, timeouts, delay):
  for _ in range(timeouts):
    yield environment.timeout(delay)


def simulate(processes, timeouts, spread):
  environment = simpy.Environment()
  for index in range(processes):
    environment.process(process(environment, timeouts, 1 + index * spread))
  start = time.perf_counter()
  environment.run()
  return (time.perf_counter() - start) * 1e6 / (processes * timeouts)


print('ready', flush=True)
for _line in sys.stdin:
  print(json.dumps(simulate(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))), flush=True)
