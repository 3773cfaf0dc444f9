"""The Python rival: threaded_async 1.4, round by round.

A child of python.mjs: takes the name of the work as its argument, then for each line with a count does that many calls
and answers with a line of JSON, the microseconds of each. The work is that of the row it stands in, no more, no less.
"""

import json
import sys
import time

import threaded_async


async def nothing():
  return 1


async def echo(there, back):
  while True:
    await back.put(await there.get())


class Stub(threaded_async.Client):

  async def increment(self, number):
    return await self.execute(Stub.increment, number)


class Server(threaded_async.Server):

  def _handle_request(self, request, future):
    (number,) = request.args
    future.set_result(number + 1)


async def script(client):
  number = 0
  while True:
    number = await client.increment(number)


def latencies(count, call, each=1):
  """The microseconds of each of `count` calls; of one of `each`, where a call is that many."""
  times = []
  for _ in range(count):
    start = time.perf_counter()
    call()
    times.append((time.perf_counter() - start) * 1e6 / each)
  return times


def round_trip(serve):
  with threaded_async.AsyncRunner() as runner:
    there = threaded_async.Queue(runner)
    back = threaded_async.Queue(runner)
    task = runner.create_task(echo(there, back))

    def call():
      there.put_wait(1)
      back.get_wait()

    serve(lambda count: latencies(count, call))
    task.cancel()


def task(serve):
  with threaded_async.AsyncRunner() as runner:
    serve(lambda count: latencies(count, lambda: runner.create_task(nothing()).wait()))


def one_client(serve):
  with Server() as server:
    server.create_background_task(script(Stub(server)))
    serve(lambda count: latencies(count, server.process))


def many_clients(serve):
  clients = 1000
  with Server(queue_size=clients) as server:
    for _ in range(clients):
      server.create_background_task(script(Stub(server)))

    def call():
      for _ in range(clients):
        server.process()

    serve(lambda count: latencies(count, call, clients))


def serve(measure):
  print('ready', flush=True)
  for line in sys.stdin:
    print(json.dumps(measure(int(line))), flush=True)


{'round-trip': round_trip, 'task': task, 'one-client': one_client, 'many-clients': many_clients}[sys.argv[1]](serve)
