// What a thread's streams know of a terminal, and what they do there: see terminal.mjs.

import { inspect, styleText } from 'node:util'

export function known() {
  const { stdout, stderr } = process
  return JSON.stringify([
    ...[
      'isTTY',
      String(stdout.isTTY),
      'isTTY' in stdout,
      stdout.columns,
      stdout.rows,
      stdout.getWindowSize?.(),
      stdout.getColorDepth?.(),
    ],
    ...[stdout.hasColors?.(), stdout.hasColors?.(2 ** 24), String(stderr.isTTY), stderr.columns],
    inspect([1, 'a'], { colors: stdout.hasColors?.() ?? false }),
  ])
}

export function prints() {
  console.log({ a: 1 }, [null, 'b'])
  console.error({ a: 1 })
  console.log(styleText('red', 'red'))
}

export function moves() {
  process.stdout.write('cleared')
  process.stdout.clearLine?.(0)
  process.stdout.cursorTo?.(0)
  process.stdout.moveCursor?.(1, 0)
  process.stdout.clearScreenDown?.()
  process.stdout.write('\n')
}

export function columns() {
  return process.stdout.columns
}
