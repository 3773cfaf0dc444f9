// handles.mjs <count>: a main thread that only blocks makes and drops queues, events and futures, so many of each.
//
// Shows that the core lets go of what JavaScript has dropped although this thread's loop never turns: neither memory nor
// the number of handles grows, with no other garbage collection than V8's own. A few are used from another loop, and
// one stays alive in transit all the time.

import { AsyncRunner, Event, Future, Queue } from 'threaded-async'
import { readFileSync } from 'node:fs'
import { native } from '../../dist/internals.js'
import { check, median } from './support.mjs'

const count = Number(process.argv[2])
const runner = new AsyncRunner()
const there = new Queue()
const back = new Queue()
runner.createTask(
  async (there, back) => {
    for await (const { queue, event, future } of there) {
      event.set()
      future.setResult(await queue.get())
      await back.put({ queue, event, future })
    }
  },
  [there, back],
)

const kept = new Queue()
kept.putNowait({ queue: new Queue(), text: 'still here' })

const makers = {
  queue(number) {
    const queue = new Queue(number % 2 ? runner : undefined)
    if (number % 8 === 0) queue.putNowait('undelivered')
  },
  event(number) {
    const event = new Event(number % 2 ? runner : undefined)
    if (number % 8 === 0) event.set()
  },
  future(number) {
    const future = new Future(number % 2 ? runner : undefined)
    if (number % 8 === 0) future.setResult({ of: number })
  },
}

function roundTrip() {
  const sent = { queue: new Queue(), event: new Event(), future: new Future() }
  sent.queue.putNowait('item')
  there.putWait(sent)
  check(sent.future.resultWait() === 'item', 'the other loop has settled it')
  const received = back.getWait()
  check(
    Object.keys(sent).every(name => sent[name] === received[name]),
    'the same objects come back',
  )
}

function rss() {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
}

const SAMPLES = 40
for (const [kind, make] of Object.entries(makers)) {
  const samples = []
  let most = 0
  for (let number = 0; number < count; number++) {
    make(number)
    if (number % Math.ceil(count / SAMPLES) !== 0) continue
    roundTrip()
    most = Math.max(most, native.handleCount())
    samples.push({ rss: rss(), handles: native.handleCount() })
  }
  const of = name => [samples.slice(10, 20), samples.slice(-10)].map(part => median(part.map(each => each[name])))
  const [early, late] = of('rss')
  console.log(`${kind} rss ${early} ${late}, handles ${of('handles')}, most ${most}`)
  check(late - early <= 40_000, `${kind}: memory stays flat: ${early} kB early, ${late} kB late`)
  check(most < count / 4, `${kind}: handles do not pile up: ${most} of ${count}`)
}

const { queue, text } = kept.getNowait()
queue.putNowait(text)
check(queue.getNowait() === 'still here', 'what is in transit stays alive')
console.log('pass')
