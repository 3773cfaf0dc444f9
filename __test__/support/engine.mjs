// Drives the module of src/script/engine by this Node's WebAssembly, as the host does by wasmtime: without fuel.
//
// Promises that a script's calls, waits and output are kept in the order in which they were made, with their arguments
// read, and that a trap leaves the place where it was.

import { readFileSync } from 'node:fs'
import { decodeForeign, encode, release } from '../../dist/internals.js'

const file = new URL('../../src/script/engine/engine.wasm', import.meta.url)
export const module = new WebAssembly.Module(readFileSync(process.env.ENGINE_MODULE ?? file))
export const states = ['waiting', 'done', 'failed']

const text = new TextDecoder()
const u32 = (...numbers) => new Uint8Array(new Uint32Array(numbers).buffer)
const f64 = number => new Uint8Array(new Float64Array([number]).buffer)
const sized = bytes => Buffer.concat([u32(bytes.length), bytes])

/** A value as the host passes it on. */
export function packet(value) {
  const { bytes, start, end, ...rest } = encode(value, 'value')
  const copy = bytes.slice(start, end)
  release({ bytes, start, end, ...rest })
  return copy
}

const read = bytes => decodeForeign(bytes, 0)

/** The name and the arguments of a call: the name stands behind a packet's first four bytes, its length in its first. */
function readCall(bytes) {
  const end = 5 + (bytes[4] & 0x3f)
  return [text.decode(bytes.subarray(5, end)), ...read(Buffer.concat([bytes.subarray(0, 4), bytes.subarray(end)]))]
}

/** What `over_memory` of the host throws. */
export class OverMemory extends Error {}

export class Engine {
  now = 0
  calls = []
  waits = []
  output = []
  /** As of the last turn: 'waiting', 'done' or 'failed', and with what. */
  state = undefined
  value = undefined

  constructor() {
    const host = {
      now: () => this.now,
      call: (id, at, length) => this.calls.push([id, ...readCall(this.#bytes(at, length))]),
      wait: (id, time) => this.waits.push([id, time]),
      output: (level, at, length) => this.output.push([level, text.decode(this.#bytes(at, length))]),
      over_memory: () => {
        throw new OverMemory()
      },
    }
    this.exports = new WebAssembly.Instance(module, { host }).exports
  }

  #bytes(at, length) {
    return new Uint8Array(this.exports.memory.buffer, at, length).slice()
  }

  #input(bytes) {
    const at = this.exports.engine_buffer(bytes.length)
    new Uint8Array(this.exports.memory.buffer).set(bytes, at)
    return [at, bytes.length]
  }

  #result() {
    return this.#bytes(this.exports.engine_result(), this.exports.engine_result_length())
  }

  /** Returns `{ imports, code }`, or `{ error }`. */
  compile(name, source) {
    const input = this.#input(Buffer.concat([sized(Buffer.from(name)), Buffer.from(source)]))
    const status = this.exports.engine_compile(...input, 0)
    const bytes = Buffer.from(this.#result())
    if (status !== 0) return { error: JSON.parse(bytes.toString()) }
    const imports = []
    let at = 4
    for (let i = bytes.readUInt32LE(0); i > 0; i--) {
      const end = at + 4 + bytes.readUInt32LE(at)
      imports.push(bytes.toString('utf8', at + 4, end))
      at = end
    }
    return { imports, code: bytes.subarray(at) }
  }

  /** Starts a program, as `[name, code]` for each module, and returns the state. */
  start(program, { allowEval = false, seed = 0n, memory = 8 << 20, stack = 256 << 10, id = 1, globals } = {}) {
    const modules = program.flatMap(([name, code]) => [sized(Buffer.from(name)), sized(code)])
    const limits = u32(Number(allowEval), Number(seed & 0xffffffffn), Number(seed >> 32n), memory, stack)
    const end = globals === undefined ? u32(0) : sized(packet(globals))
    return this.#state(
      this.exports.engine_start(...this.#input(Buffer.concat([limits, f64(id), u32(program.length), ...modules, end]))),
    )
  }

  deliver(id, value, isError = false) {
    return this.#state(this.exports.engine_deliver(id, Number(isError), ...this.#input(packet(value))))
  }

  #state(number) {
    this.state = states[number]
    this.value = this.state === 'waiting' ? undefined : read(this.#result())
    return this.state
  }

  get heap() {
    return this.exports.engine_heap()
  }

  where() {
    this.exports.engine_where()
    return text.decode(this.#result())
  }
}

/** Compiles a script and its modules; throws where that fails. */
export function compile(source, modules = {}) {
  return [['script.js', source], ...Object.entries(modules)].map(([name, code]) => {
    const { code: bytecode, error } = new Engine().compile(name, code)
    if (error !== undefined) throw new Error(`${name}:${error.line}:${error.column} ${error.message}`)
    return [name, bytecode]
  })
}

/** Compiles a script and starts it in an engine of its own, which it returns with its `state`. */
export function run(source, { modules, now = 0, ...options } = {}) {
  const engine = new Engine()
  engine.now = now
  engine.start(compile(source, modules), options)
  return engine
}
