// What sandboxed scripts print, as a program is told of it.

/**
 * What a sandboxed script has printed by one call of its `console`.
 *
 * @example
 * const onOutput = ({ script, text }: ScriptOutput) => console.log(`[${script}] ${text}`)
 * new Server({ handlers: {}, onOutput })
 */
export interface ScriptOutput {
  /** The script's name. */
  readonly script: string
  /** What it has printed, without the end of the line. */
  readonly text: string
  /** `'stderr'` where it was `console.warn` or `console.error`. */
  readonly stream: 'stdout' | 'stderr'
}
