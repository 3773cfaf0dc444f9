// What a queue does, said a second time and as plainly as possible: lists, and nothing that runs at the same time.
//
// Promises to say, for every call, what it returns or which waits it ends; `ends` lists how each wait ended, by number.
// Items are strings of one byte a character. Invariant: getters wait only while there are no items, putters only while
// there is no room for the first one's next item.

/** How a call ends that is no wait, or a wait that is over. */
export const done = value => ({ value })
export const failed = (code, inserted) => (inserted === undefined ? { code } : { code, inserted })

const OVER = 'ERR_QUEUE_SHUT_DOWN'

export class QueueModel {
  ends = new Map()
  #items = []
  #getters = []
  #putters = []
  #joiners = []
  #unfinished = 0
  #isOver = false
  #maxsize
  #maxBytes

  constructor({ maxsize, maxBytes }) {
    this.#maxsize = maxsize || Infinity
    this.#maxBytes = maxBytes || Infinity
  }

  get #bytes() {
    return this.#items.reduce((sum, item) => sum + item.length, 0)
  }

  statistics() {
    return {
      size: this.#items.length,
      maxsize: this.#maxsize,
      bytes: this.#bytes,
      maxBytes: this.#maxBytes,
      getters: this.#getters.length,
      putters: this.#putters.length,
      joiners: this.#joiners.length,
      unfinished: this.#unfinished,
    }
  }

  get(id, max) {
    const got = this.#take(max)
    if (got !== undefined) this.ends.set(id, done(got.value))
    else if (this.#isOver) this.ends.set(id, failed(OVER))
    else this.#getters.push({ id, max })
  }

  getNowait() {
    return this.#take() ?? failed(this.#isOver ? OVER : 'ERR_QUEUE_EMPTY')
  }

  peekNowait() {
    return this.#items.length > 0 ? done(this.#items[0]) : failed('ERR_QUEUE_EMPTY')
  }

  put(id, items, isBatch) {
    if (this.#isOver) return void this.ends.set(id, failed(OVER, isBatch ? 0 : undefined))
    const putter = { id, items: [...items], put: 0, isBatch }
    this.#putters.push(putter)
    this.#admit()
    // A batch of nothing needs no room, and need not wait its turn for none.
    if (items.length === 0) this.#letIn(putter)
  }

  putNowait(item) {
    if (this.#isOver) return failed(OVER)
    if (this.#putters.length > 0 || !this.#hasRoomFor(item)) return failed('ERR_QUEUE_FULL')
    this.#enter(item)
    return done()
  }

  clear() {
    const items = this.#items.splice(0)
    // Of those that are in, not of those that come in now: a surplus taskDone may have been reported before.
    const finished = Math.min(items.length, this.#unfinished)
    this.#admit()
    this.#finish(finished)
    return done(items)
  }

  taskDone() {
    if (this.#unfinished === 0) return failed('ERR_INVALID_STATE')
    this.#finish(1)
    return done()
  }

  join(id) {
    if (this.#unfinished === 0) this.ends.set(id, done())
    else this.#joiners.push({ id })
  }

  /** The number of a wait that is aborted: nothing where it is over. */
  abort(id) {
    for (const list of [this.#getters, this.#putters, this.#joiners]) {
      const index = list.findIndex(waiter => waiter.id === id)
      if (index < 0) continue
      list.splice(index, 1)
      this.ends.set(id, failed('aborted'))
    }
    this.#admit()
  }

  shutdown(immediate) {
    this.#isOver = true
    for (const { id, put, isBatch } of this.#putters.splice(0)) {
      this.ends.set(id, failed(OVER, isBatch ? put : undefined))
    }
    for (const { id } of this.#getters.splice(0)) this.ends.set(id, failed(OVER))
    if (immediate) this.#finish(this.#items.splice(0).length)
    return done()
  }

  #take(max) {
    if (this.#items.length === 0) return undefined
    const value = max === undefined ? this.#items.shift() : this.#items.splice(0, max)
    this.#admit()
    return done(value)
  }

  #enter(item) {
    this.#unfinished++
    const getter = this.#getters.shift()
    if (getter === undefined) this.#items.push(item)
    else this.ends.set(getter.id, done(getter.max === undefined ? item : [item]))
  }

  #hasRoomFor(item) {
    if (this.#items.length >= this.#maxsize) return false
    return this.#items.length === 0 || this.#bytes + item.length <= this.#maxBytes
  }

  #admit() {
    while (this.#putters.length > 0 && this.#hasRoomFor(this.#putters[0].items[0] ?? '')) {
      const [putter] = this.#putters
      if (putter.items.length > 0) {
        this.#enter(putter.items.shift())
        putter.put++
      }
      if (putter.items.length === 0) this.#letIn(putter)
    }
  }

  #letIn(putter) {
    const index = this.#putters.indexOf(putter)
    if (index >= 0) this.#putters.splice(index, 1)
    this.ends.set(putter.id, done(putter.isBatch ? putter.put : undefined))
  }

  #finish(count) {
    this.#unfinished = Math.max(0, this.#unfinished - count)
    if (this.#unfinished > 0) return
    for (const { id } of this.#joiners.splice(0)) this.ends.set(id, done())
  }
}
