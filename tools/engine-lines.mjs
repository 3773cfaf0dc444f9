// Finds which lines of its memory the engine touches in nearly every turn, for the host to fetch them ahead.
//
// Promises a list that is the same wherever it is made: of three small scripts, each in the middle of its work, those lines
// that a turn of all three touches. Needs npm, which fetches the tool that has a module tell of its loads and stores.

import { wasmOpt } from './engine-small.mjs'

/** Of what the processor fetches. */
const LINE = 64
const PAGE = 4096
/** After so many turns a script has what it needs. */
const WARM = 50
/** A call's answer: the number 7. */
const seven = Uint8Array.of(0, 0, 0, 0, 64 + 7)

const scripts = [
  'export default async host => { for (;;) { await host.nextTick(); for (let i = 0; i < 20; i++) await host.ask(i) } }',
  `export default async host => {
    const seen = new Map()
    for (let i = 0; ; i++) {
      const number = await host.look({ x: i, name: 'near' })
      seen.set(\`\${number}, \${i % 10}\`, [number, i].map(half => half / 2))
    }
  }`,
  `class Robot {
    #steps = 0
    async go(host) {
      this.#steps += await host.go('north', [this.#steps])
      return this.#steps
    }
  }
  const robot = new Robot()
  for (;;) await robot.go(host)`,
]

/** The module with a call of the host before each load and store. */
const instrumented = (bytes, cache) => new WebAssembly.Module(wasmOpt(bytes, cache, ['--instrument-memory']))

const u32 = number => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(number)
  return bytes
}
const withLength = bytes => Buffer.concat([u32(bytes.length), bytes])

/** An engine that notes its lines while `lines` is a set, and what it has asked. */
class Traced {
  lines = undefined
  asked = []
  #exports

  constructor(module) {
    const note = (_, size, offset, address) => {
      const first = Math.floor((Number(offset) + address) / LINE)
      this.lines?.add(first).add(Math.floor((Number(offset) + address + size - 1) / LINE))
      return address
    }
    const asks = id => this.asked.push(id)
    const host = { now: () => 0, call: asks, wait: asks, output() {}, over_memory() {} }
    const same = (_, value) => value
    const values = ['i32', 'i64', 'f32', 'f64'].flatMap(type => [`load_val_${type}`, `store_val_${type}`])
    const env = Object.fromEntries([...values, 'memory_grow_pre', 'memory_grow_post'].map(name => [name, same]))
    this.#exports = new WebAssembly.Instance(module, { host, env: { ...env, load_ptr: note, store_ptr: note } }).exports
  }

  #put(bytes) {
    const at = this.#exports.engine_buffer(bytes.length)
    new Uint8Array(this.#exports.memory.buffer).set(bytes, at)
    return [at, bytes.length]
  }

  compile(source) {
    const input = Buffer.concat([withLength(Buffer.from('script.js')), Buffer.from(source)])
    if (this.#exports.engine_compile(...this.#put(input), 0) !== 0) throw new Error('The engine refuses a script.')
    const at = this.#exports.engine_result()
    const result = Buffer.from(this.#exports.memory.buffer, at, this.#exports.engine_result_length())
    let end = 4 // Behind the names of what it imports.
    for (let left = result.readUInt32LE(0); left > 0; left--) end += 4 + result.readUInt32LE(end)
    return Buffer.from(result.subarray(end))
  }

  /** As `start_input` of program.rs writes it. */
  start(code) {
    const client = Buffer.alloc(8)
    client.writeDoubleLE(1)
    const limits = [u32(0), u32(42), u32(0), u32(8 << 20), u32(256 << 10), client]
    const modules = [u32(1), withLength(Buffer.from('script.js')), withLength(code)]
    this.#exports.engine_start(...this.#put(Buffer.concat([...limits, ...modules, u32(0)])))
  }

  turn() {
    this.#exports.engine_deliver(this.asked.shift(), 0, ...this.#put(seven))
    this.#exports.engine_heap()
  }
}

function linesOf(module, source) {
  const code = new Traced(module).compile(source)
  const engine = new Traced(module)
  engine.start(code)
  for (let turn = 0; turn < WARM; turn++) engine.turn()
  engine.lines = new Set()
  engine.turn()
  return engine.lines
}

/** The lines of these bytes of a module: pairs of a page's number and its lines, a bit for each. */
export function hotLines(bytes, cache) {
  const module = instrumented(bytes, cache)
  const [first, ...others] = scripts.map(source => linesOf(module, source))
  const pages = new Map()
  for (const line of [...first].filter(line => others.every(lines => lines.has(line))).sort((a, b) => a - b)) {
    const at = line * LINE
    const page = Math.floor(at / PAGE)
    pages.set(page, (pages.get(page) ?? 0n) | (1n << BigInt((at % PAGE) / LINE)))
  }
  return pages
}
