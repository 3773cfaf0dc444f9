// What a machine that serves and a machine of scripts say to each other: a head in JSON, and behind it a value's bytes.
//
// Promises that bytes of another program are told from ours, that those of another version say so, and that what is read
// has the fields that its kind has.

/** The version of all that is said; to be raised with every change. */
export const VERSION = 1
const MAGIC = [0x74, 0x61, 0x73] as const
/** The magic, the version, and the length of the head. */
const FRONT = 8

/** What is not counted, as it may be said again: who is there, and how far each has come. */
export type Word =
  | { readonly kind: 'probe'; readonly epoch: string }
  | { readonly kind: 'served'; readonly epoch: string }
  | { readonly kind: 'hello'; readonly session: string; readonly heartbeat: number; readonly old: string }
  | { readonly kind: 'welcome'; readonly epoch: string; readonly heartbeat: number }
  | { readonly kind: 'up'; readonly epoch: string }
  | { readonly kind: 'down'; readonly epoch: string; readonly hasDied: boolean }
  | { readonly kind: 'gone'; readonly epoch: string }
  | { readonly kind: 'bye'; readonly session: string; readonly epoch: string }
  | ({ readonly kind: 'beat'; readonly session: string; readonly epoch: string; readonly now: number } & Beat)

/** How far the sender has come. */
export interface Beat {
  /** The number of the last that it has sent. */
  readonly sent: number
  /** The number of the last that it has got. */
  readonly got: number
  /** Whether what came behind that is to be sent again. */
  readonly isAgain: boolean
}

/** What is counted, each behind the one before, and none twice. */
export type Deed =
  | { readonly kind: 'join'; readonly client: number }
  | { readonly kind: 'leave'; readonly client: number }
  | { readonly kind: 'call'; readonly client: number; readonly call: number; readonly fun: string }
  | { readonly kind: 'cancel'; readonly call: number }
  | { readonly kind: 'joined'; readonly client: number }
  | { readonly kind: 'answer'; readonly call: number; readonly isError: boolean; readonly now: number }

/** A deed on its way. */
export type Counted = Deed & {
  readonly session: string
  readonly epoch: string
  readonly number: number
  readonly got: number
}

export interface Message {
  readonly head: Word | Counted
  /** The value: what a call is made with, or its answer. */
  readonly packet: Uint8Array
}

const fields: Record<string, Record<string, 'string' | 'number' | 'boolean'>> = {
  probe: { epoch: 'string' },
  served: { epoch: 'string' },
  hello: { session: 'string', heartbeat: 'number', old: 'string' },
  welcome: { epoch: 'string', heartbeat: 'number' },
  up: { epoch: 'string' },
  down: { epoch: 'string', hasDied: 'boolean' },
  gone: { epoch: 'string' },
  bye: { session: 'string', epoch: 'string' },
  beat: { session: 'string', epoch: 'string', now: 'number', sent: 'number', got: 'number', isAgain: 'boolean' },
}
const counted = { session: 'string', epoch: 'string', number: 'number', got: 'number' } as const
Object.assign(fields, {
  join: { ...counted, client: 'number' },
  leave: { ...counted, client: 'number' },
  call: { ...counted, client: 'number', call: 'number', fun: 'string' },
  cancel: { ...counted, call: 'number' },
  joined: { ...counted, client: 'number' },
  answer: { ...counted, call: 'number', isError: 'boolean', now: 'number' },
})

const nothing = new Uint8Array(0)

export function bytesOf(head: Word | Counted, packet: Uint8Array = nothing): Uint8Array {
  const text = Buffer.from(JSON.stringify(head))
  const bytes = Buffer.allocUnsafe(FRONT + text.length + packet.length)
  bytes.set(MAGIC)
  bytes[3] = VERSION
  bytes.writeUInt32BE(text.length, 4)
  bytes.set(text, FRONT)
  bytes.set(packet, FRONT + text.length)
  return bytes
}

/** Returns what was said; the version where it is another one, and undefined where the bytes are not ours. */
export function messageOf(bytes: Uint8Array): Message | number | undefined {
  if (bytes.length < FRONT || MAGIC.some((byte, at) => bytes[at] !== byte)) return undefined
  if (bytes[3] !== VERSION) return bytes[3]
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const end = FRONT + buffer.readUInt32BE(4)
  const head = headOf(buffer.toString('utf8', FRONT, end))
  return head === undefined ? undefined : { head, packet: buffer.subarray(end) }
}

function headOf(text: string): Word | Counted | undefined {
  let head: Record<string, unknown>
  try {
    head = JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
  if (typeof head !== 'object' || head === null) return undefined
  const { kind } = head
  if (typeof kind !== 'string' || !Object.hasOwn(fields, kind)) return undefined
  const hasAll = Object.entries(fields[kind]!).every(([name, type]) => typeof head[name] === type)
  return hasAll ? (head as unknown as Word | Counted) : undefined
}

/** How many bytes all takes at most, beside a name and a value. */
export const MOST_BESIDE = 512

/** Where what is said about a name goes. */
export interface Subjects {
  /** To the machine that serves. */
  readonly calls: string
  /** To all machines of scripts. */
  readonly all: string
  /** To one of them. */
  session(id: string): string
}

export function subjectsOf(name: string): Subjects {
  const root = `threaded-async.serve.${name}`
  return { calls: `${root}.calls`, all: `${root}.all`, session: id => `${root}.session.${id}` }
}
