// A script in the engine's module, run by this Node's WebAssembly, to which packets are handed as they are: what it reads
// them as, and what it writes. Nothing of the host is in between.

import { readFileSync } from 'node:fs'
import { decodeForeign, decodeNamed, encode, release } from '../../dist/internals.js'
import { Tag } from '../crossing/wire-fixture.mjs'

const file = process.env.ENGINE_MODULE ?? new URL('../../src/script/engine/engine.wasm', import.meta.url)
const module = new WebAssembly.Module(readFileSync(file))
const u32 = (...numbers) => new Uint8Array(Uint32Array.from(numbers).buffer)
const sized = bytes => Buffer.concat([u32(bytes.length), bytes])
const foreign = [0, 0, 0, 0, Tag.Foreign]

/** Gives back what it is given, by the function `made` of what is given to it. */
const program = made => `
  const made = ${made}
  export default async function (host) {
    for (;;) {
      try {
        await host.back(await made(await host.next()))
      } catch (error) {
        await host.refused(error.message, error.code, error.path)
      }
    }
  }
`

/** The bytes of a value as they leave this process. */
export function packed(value) {
  const packet = encode(value, 'value', { leaves: true })
  const bytes = packet.bytes.slice(packet.start, packet.end)
  release(packet)
  return bytes
}

export class Script {
  #calls = []
  #exports
  #state

  /** `source`: another script than the one that gives back what it is given. */
  constructor(made = 'value => value', source = program(made)) {
    const host = {
      now: () => 0,
      call: (id, at, length) => this.#calls.push([id, this.#bytes(at, length)]),
      wait() {},
      output() {},
      over_memory() {
        throw new Error('The script has used up its memory.')
      },
    }
    this.#exports = new WebAssembly.Instance(module, { host }).exports
    const name = sized(Buffer.from('script.js'))
    const status = this.#exports.engine_compile(...this.#input(Buffer.concat([name, Buffer.from(source)])), 0)
    const compiled = this.#result()
    if (status !== 0) throw new Error(Buffer.from(compiled).toString())
    const limits = [u32(0, 1, 0, 64 << 20, 256 << 10), new Uint8Array(Float64Array.of(1).buffer)]
    const start = Buffer.concat([...limits, u32(1), name, sized(compiled.subarray(4)), u32(0)])
    this.#state = this.#exports.engine_start(...this.#input(start))
  }

  /** What the script has ended with; its error where it has failed. */
  get end() {
    return decodeForeign(this.#result(), 0)
  }

  #bytes(at, length) {
    return new Uint8Array(this.#exports.memory.buffer, at, length).slice()
  }

  #input(bytes) {
    const at = this.#exports.engine_buffer(bytes.length)
    new Uint8Array(this.#exports.memory.buffer).set(bytes, at)
    return [at, bytes.length]
  }

  #result() {
    return this.#bytes(this.#exports.engine_result(), this.#exports.engine_result_length())
  }

  #deliver(bytes) {
    const [id] = this.#calls.shift()
    this.#state = this.#exports.engine_deliver(id, 0, ...this.#input(bytes))
  }

  /** The bytes of the script's next call, with those that say that they are a script's. */
  #call() {
    if (this.#state !== 0) throw this.end
    return Uint8Array.from([...foreign, ...this.#calls[0][1]])
  }

  /** Hands a packet to the script, and returns the bytes of the call that it then makes. */
  given(bytes) {
    this.#deliver(bytes)
    const call = this.#call()
    this.#deliver(packed(undefined))
    return call
  }

  /** What comes back for a value or a packet. Throws an error with message, code and path where the script was refused it. */
  back(value, bytes = packed(value)) {
    const [name, [first, code, path]] = decodeNamed(this.given(bytes), 0)
    if (name === 'refused') throw Object.assign(new Error(first), { code, path })
    return first
  }
}
