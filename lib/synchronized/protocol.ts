// What the two halves of a synchronized module say to each other.
//
// Promises that both sides name things alike. All of it crosses as data: marks are empty objects, told apart by their
// identity within one message, that stand where an object of the loop belongs.

/** What is asked for: the object with this number (0 is the module), or what the names lead to from there. */
export interface Target {
  readonly id: number
  readonly path: readonly string[]
}

/** What is done there. */
export type Verb =
  'get' | 'set' | 'delete' | 'has' | 'keys' | 'call' | 'construct' | 'isInstance' | 'iterate' | 'dispose' | 'shape'

/** What is known of all objects of a class. */
export interface Shape {
  readonly name: string
  /** Names that are read without asking the loop: they are functions. */
  readonly methods: readonly string[]
  readonly isCallable: boolean
  readonly isIterable: boolean
  readonly isDisposable: boolean
}

/** An object that stays on the loop: its number, the number of its shape, and the shape where it is told the first time. */
export type Description = readonly [id: number, shapeId: number, shape?: Shape]

/** `[]`: what was read is a function. Else a value, which may have marks, each with what it stands for. */
export type Reply =
  readonly [] | readonly [value: unknown, marks?: readonly object[], standing?: readonly Description[]]

/** The marks in the arguments, each with the object of the loop that it stands for. */
export type References = readonly [marks: readonly object[], targets: readonly Target[]]

/** Objects that are not needed any more, each with how often it had arrived. */
export type Released = readonly (readonly [id: number, times: number])[]
