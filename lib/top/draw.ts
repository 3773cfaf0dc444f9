// A snapshot as lines of text: two tables, as wide as the terminal.
//
// Promises that no line is longer than the terminal is wide and that there are no more of them than it has rows, with
// names of any kind: what would move the cursor is shown as `?`.

import type { LoopRow, QueueRow, Snapshot } from './snapshot.js'

/** Where the lines go. */
export interface Canvas {
  columns: number
  rows: number
  hasColors: boolean
}

interface Cell {
  text: string
  isNumber?: boolean
  color?: string
}

const bold = '1'
const red = '31'
const yellow = '33'
const green = '32'

/** The lines of a picture. */
export function draw({ pid, loops, queues, threads }: Snapshot, canvas: Canvas): string[] {
  const running = loops.reduce((sum, loop) => sum + loop.running, 0)
  const queued = loops.reduce((sum, loop) => sum + loop.queued, 0)
  const counts = `${counted(loops.length, 'loop')}, ${counted(running, 'task')} running, ${queued} queued`
  const head = `threaded-async, process ${pid}: ${counts}`
  const blocked = threads.map(({ name, blockedBy }) => `${name} is blocked: it waits for ${blockedBy}`)
  const lines = [
    paint(cut(clean(head), canvas), bold, canvas),
    ...blocked.map(line => cut(clean(line), canvas)),
    '',
    ...table(loopTitles, loops.map(loopCells), canvas),
    ...(queues.length === 0 ? [] : ['', ...table(queueTitles, busiest(queues).map(queueCells), canvas)]),
  ]
  const most = Math.max(1, canvas.rows - 1)
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), cut(`… ${lines.length - most + 1} more`, canvas)]
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

const loopTitles = ['LOOP', 'STATE', 'TASKS', 'QUEUED', 'WAITS', 'BACKLOG', 'LAG ms', 'BYTES', 'BUSY WITH']
const queueTitles = ['QUEUE', 'LOOP', 'SIZE', 'MAX', 'GETTERS', 'PUTTERS']

const stateColors: Record<string, string> = { stuck: red, blocked: yellow, running: green }

function loopCells({ name, state, running, queued, waiters, backlog, lag, bytes, busyWith }: LoopRow): Cell[] {
  const numbers = [running, queued, waiters, backlog, Math.round(lag), bytes]
  const color = stateColors[state]
  return [{ text: name }, { text: state, ...(color && { color }) }, ...numbers.map(numberCell), { text: busyWith }]
}

function queueCells({ name, loop, size, maxsize, getters, putters }: QueueRow): Cell[] {
  const most = maxsize === 0 ? { text: '-', isNumber: true } : numberCell(maxsize)
  const isFull = maxsize > 0 && size >= maxsize
  const depth = { ...numberCell(size), ...(isFull && { color: yellow }) }
  return [{ text: name || '(no name)' }, { text: loop || '-' }, depth, most, numberCell(getters), numberCell(putters)]
}

function numberCell(value: number): Cell {
  return { text: String(value), isNumber: true }
}

/** Those with most in them, or most waits for them, first; of equals, in the order in which they were made. */
function busiest(queues: QueueRow[]): QueueRow[] {
  const weight = ({ size, getters, putters }: QueueRow) => size + getters + putters
  return queues.toSorted((one, other) => weight(other) - weight(one))
}

/** As wide as its cells are; the last column takes what is left. */
function table(titles: string[], rows: Cell[][], canvas: Canvas): string[] {
  const widths = titles.map((title, i) =>
    Math.min(WIDEST, Math.max(title.length, ...rows.map(row => widthOf(row[i]!)))),
  )
  const titleCells = titles.map((text, i) => ({ text, isNumber: rows[0]?.[i]?.isNumber === true }))
  const title = lineOf(titleCells, widths, { ...canvas, hasColors: false })
  return [paint(title, bold, canvas), ...rows.map(row => lineOf(row, widths, canvas))]
}

/** No column but the last is wider. */
const WIDEST = 32

function widthOf({ text }: Cell): number {
  return clean(text).length
}

function lineOf(cells: Cell[], widths: number[], canvas: Canvas): string {
  let line = ''
  let used = 0
  for (const [i, { text, isNumber, color }] of cells.entries()) {
    const isLast = i === cells.length - 1
    const width = isLast && isNumber !== true ? canvas.columns - used : widths[i]!
    if (used >= canvas.columns || width <= 0) break
    const cropped = crop(clean(text), width)
    const padded = isNumber ? cropped.padStart(width) : isLast ? cropped : cropped.padEnd(width)
    const fitting = padded.slice(0, canvas.columns - used)
    line += color === undefined ? fitting : paint(fitting, color, canvas)
    used += fitting.length
    if (!isLast && used + 2 < canvas.columns) line += '  '
    used += 2
  }
  return line.trimEnd()
}

function cut(text: string, { columns }: Canvas): string {
  return crop(text, columns)
}

function crop(text: string, width: number): string {
  return text.length <= width ? text : width <= 1 ? text.slice(0, width) : `${text.slice(0, width - 1)}…`
}

function clean(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a1-\u02ff\u0370-\u1fff\u2010-\u2027]/gu, '?')
}

function paint(text: string, color: string, { hasColors }: Canvas): string {
  return hasColors && text !== '' ? `\x1b[${color}m${text}\x1b[0m` : text
}

/**
 * Draws over the picture before, which had so many lines. Where the terminal has another size now, nobody knows where
 * that is: then it is drawn on an empty screen.
 */
export function over(lines: string[], before: number, isResized: boolean): string {
  const up = isResized ? `\x1b[H\x1b[2J` : before === 0 ? '' : `\x1b[${before}A`
  const gone = before > lines.length ? `\x1b[J` : ''
  return `${up}${lines.map(line => `\x1b[2K${line}\n`).join('')}${gone}`
}
