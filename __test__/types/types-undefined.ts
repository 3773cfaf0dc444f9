// Type tests under `exactOptionalPropertyTypes`: every option may be given as undefined, which leaves it out. Nothing here
// is ever run.
//
// Promises so of every option there is: `Undefined` has all those of a type, each as undefined.

import {
  Event,
  Future,
  Queue,
  RunnerDiedError,
  ScriptBudgetError,
  sleep,
  waitForOrCancel,
  type AdvanceOptions,
  type AwaitOptions,
  type BackgroundTaskOptions,
  type ClientOptions,
  type ContextOptions,
  type MapOptions,
  type PriorityOptions,
  type ProcessOptions,
  type PutOptions,
  type QueueOptions,
  type RunnerOptions,
  type RunnerPoolOptions,
  type RunOptions,
  type ScriptLimits,
  type ScriptOptions,
  type ServeOptions,
  type ServerOptions,
  type SynchronizedOptions,
  type TaskOptions,
  type WaitOptions,
} from 'threaded-async'
import type {
  NakOptions,
  NatsLinkOptions,
  NatsPutOptions,
  NatsQueueOptions,
  NatsTaskOptions,
  NatsWorkOptions,
} from 'threaded-async/nats'
import type { TopOptions } from 'threaded-async/top'

/** The options of a type that may be left out, but not be undefined. */
type Refusing<T> = {
  [K in keyof T & string]-?: {} extends Pick<T, K> ? (Record<K, undefined> extends Pick<T, K> ? never : K) : never
}[keyof T & string]

/** Compiles for no name at all; the error names the option. */
type None<K extends never> = K

/** The options of a function, or of a constructor, that have no name of their own. */
type Last<P extends readonly unknown[]> = Required<P> extends readonly [...unknown[], infer O] ? NonNullable<O> : never

export type Named = [
  None<Refusing<AdvanceOptions>>,
  None<Refusing<AwaitOptions>>,
  None<Refusing<BackgroundTaskOptions>>,
  None<Refusing<ClientOptions>>,
  None<Refusing<ContextOptions>>,
  None<Refusing<MapOptions>>,
  None<Refusing<PriorityOptions>>,
  None<Refusing<ProcessOptions>>,
  None<Refusing<PutOptions>>,
  None<Refusing<QueueOptions>>,
  None<Refusing<RunnerOptions>>,
  None<Refusing<RunnerPoolOptions>>,
  None<Refusing<RunOptions>>,
  None<Refusing<ScriptLimits>>,
  None<Refusing<ScriptOptions>>,
  None<Refusing<ServeOptions>>,
  None<Refusing<ServerOptions<{}>>>,
  None<Refusing<SynchronizedOptions>>,
  None<Refusing<TaskOptions>>,
  None<Refusing<WaitOptions>>,
  None<Refusing<NakOptions>>,
  None<Refusing<NatsLinkOptions>>,
  None<Refusing<NatsPutOptions>>,
  None<Refusing<NatsQueueOptions>>,
  None<Refusing<NatsTaskOptions>>,
  None<Refusing<NatsWorkOptions>>,
  None<Refusing<TopOptions>>,
]

export type Unnamed = [
  None<Refusing<Last<ConstructorParameters<typeof Event>>>>,
  None<Refusing<Last<ConstructorParameters<typeof Future>>>>,
  None<Refusing<Last<ConstructorParameters<typeof RunnerDiedError>>>>,
  None<Refusing<Last<ConstructorParameters<typeof ScriptBudgetError>>>>,
  None<Refusing<Last<Parameters<Future<number>['setResult']>>>>,
  None<Refusing<Last<Parameters<Queue<number>['shutdown']>>>>,
  None<Refusing<Last<Parameters<typeof sleep>>>>,
  None<Refusing<Last<Parameters<typeof waitForOrCancel>>>>,
]

/** That the types above see what they are to see. */
// @ts-expect-error: this one refuses it.
export type Seen = None<Refusing<{ timeout?: number }>>
// @ts-expect-error: so do these options of a function.
export type SeenLast = None<Refusing<Last<[ms: number, options?: { timeout?: number }]>>>

declare const ms: number | undefined
new Queue<number>(undefined, { maxsize: ms, name: undefined }).getWait({ timeout: ms })
