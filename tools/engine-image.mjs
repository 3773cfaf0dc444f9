// Makes the module that is shipped of the one that the linker has made: its engine is set up already.
//
// The set-up is run here, once, and what it leaves in memory becomes the data of the module; the functions that do it can
// be called no more. Names and other custom sections are left out. The same module gives the same bytes on every machine.

const Section = { custom: 0, memory: 5, exports: 7, dataCount: 12, data: 11 }
/** What is called while the image is made, and never again. */
const setUp = ['_initialize', 'engine_prepare']
/** So many zeros between two runs of bytes cost more as a gap than they do as bytes. */
const gap = 32

/** Bytes that are read one after the other. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  byte() {
    return this.bytes[this.at++]
  }

  count() {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
  }

  take(length) {
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }
}

/** An unsigned number as WebAssembly writes it. */
function count(value) {
  const bytes = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest]
    bytes.push((rest & 0x7f) | 0x80)
  }
}

/** A signed number of 32 bits as WebAssembly writes it. */
function signed(value) {
  const bytes = []
  for (let rest = value | 0; ; rest >>= 7) {
    if ((rest >> 6 === 0 && (rest & 0x40) === 0) || (rest >> 6 === -1 && (rest & 0x40) !== 0)) {
      return [...bytes, rest & 0x7f]
    }
    bytes.push((rest & 0x7f) | 0x80)
  }
}

const text = new TextDecoder()

/** The exports without those that are called once; each is copied as it stands. */
function exportsLeft(content) {
  const reader = new Reader(content)
  const left = []
  for (let i = reader.count(); i > 0; i--) {
    const start = reader.at
    const name = text.decode(reader.take(reader.count()))
    reader.byte()
    reader.count()
    if (!setUp.includes(name)) left.push(content.subarray(start, reader.at))
  }
  return Buffer.concat([Buffer.from(count(left.length)), ...left])
}

/** Where bytes that are not zero stand in memory, as pairs of start and end. */
function runs(memory) {
  const found = []
  for (let at = 0; at < memory.length; at++) {
    if (memory[at] === 0) continue
    const last = found.at(-1)
    if (last !== undefined && at - last[1] < gap) last[1] = at + 1
    else found.push([at, at + 1])
  }
  return found
}

function dataOf(memory) {
  const segments = runs(memory).flatMap(([start, end]) => [
    Buffer.from([0, 0x41, ...signed(start), 0x0b, ...count(end - start)]),
    memory.subarray(start, end),
  ])
  return Buffer.concat([Buffer.from(count(segments.length / 2)), ...segments])
}

/** Runs the set-up in a module, and returns its memory. */
function memoryAfterSetUp(bytes) {
  const refuse = name => () => {
    throw new Error(`The set-up of the engine has called ${name}.`)
  }
  const names = ['call', 'wait', 'output', 'over_memory']
  const host = { now: () => 0, ...Object.fromEntries(names.map(name => [name, refuse(name)])) }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host })
  exports._initialize?.()
  exports.engine_prepare()
  return new Uint8Array(exports.memory.buffer)
}

/** The module with its engine set up. */
export function withImage(bytes) {
  const memory = memoryAfterSetUp(bytes)
  const parts = [bytes.subarray(0, 8)]
  for (const reader = new Reader(bytes, 8); reader.at < bytes.length;) {
    const id = reader.byte()
    let content = reader.take(reader.count())
    if (id === Section.custom || id === Section.dataCount) continue
    if (id === Section.memory) content = Buffer.from([1, 0, ...count(memory.length / 65536)])
    if (id === Section.exports) content = exportsLeft(content)
    if (id === Section.data) content = dataOf(memory)
    parts.push(Buffer.from([id, ...count(content.length)]), content)
  }
  return Buffer.concat(parts)
}
