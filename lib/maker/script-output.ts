// What sandboxed scripts print, on the thread that has made their server.
//
// Promises that each line is handed on in the order in which its script has printed it; before a wait of this thread ends that
// the script has served afterwards; and what was printed before the end of the process, not later than that.

import { charCodeAt, sliced, splitAt } from '../methods.js'
import { native } from '../native/native.js'
import { threadWide } from '../native/thread-wide.js'
import { onPrinted } from '../wait/doors.js'
import type { ScriptOutput } from '../wait/script-output.js'
import { callUser } from './failures.js'

type Listener = (output: ScriptOutput) => void

/** The runners of this thread whose servers have scripts, and who is told of what those print. */
const listeners = threadWide('script outputs', () => new Map<number, Listener>())

/** Has a function told of what the scripts of a runner's server print; left out, it goes to the streams of this thread. */
export function listenToScripts(runner: number, listener: Listener = print): void {
  if (listeners.has(runner)) return
  listeners.set(runner, listener)
  onPrinted(writeScripts, true)
  if (listeners.size === 1) process.prependListener('exit', writeScripts)
}

/** Hands on what the scripts of a runner's server have printed. */
export function writeScript(runner: number): void {
  write(listeners.get(runner) ?? print, runner)
}

/** The runner has ended. */
export function forgetScripts(runner: number): void {
  if (!listeners.has(runner)) return
  writeScript(runner)
  listeners.delete(runner)
  if (listeners.size > 0) return
  onPrinted(writeScripts, false)
  process.off('exit', writeScripts)
}

function writeScripts(): void {
  listeners.forEach(write)
}

function write(listener: Listener, runner: number): void {
  const lines = native.scriptPrinted(runner)
  if (lines === undefined) return
  const { 0: dropped } = lines
  for (let i = 1; i < lines.length; i += 3) {
    tell(listener, lines[i] as string, lines[i + 2] as string, lines[i + 1] === true)
  }
  if (dropped > 0) tell(listener, native.runnerName(runner), `${dropped} lines of scripts were dropped.`, true)
}

function tell(listener: Listener, script: string, text: string, isError: boolean): void {
  callUser(() => listener({ script, text, stream: isError ? 'stderr' : 'stdout' }), 'onOutput')
}

/** Every line has the name of its script before it, and none can take back what stands before: no script writes as another. */
function print({ script, text, stream }: ScriptOutput): void {
  const lines = splitAt(text, '\n')
  let shown = ''
  for (let i = 0; i < lines.length; i++) shown += `${script}: ${printable(lines[i]!)}\n`
  process[stream].write(shown)
}

/** The text with escapes in place of what a terminal would obey: control characters but the tab. */
function printable(line: string): string {
  let shown = ''
  let from = 0
  for (let i = 0; i < line.length; i++) {
    const code = charCodeAt(line, i)
    if (code > 0x9f || (code >= 0x20 && code < 0x7f) || code === 9) continue
    shown += `${sliced(line, from, i)}\\x${sliced((0x100 + code).toString(16), 1)}`
    from = i + 1
  }
  return shown + sliced(line, from)
}
