// The figures as an SVG, by hand: one group of bars per row, on a logarithmic scale, in colours for light and dark pages.
//
// A factor of ten is equally long everywhere, so that bars of different groups show the same ratio by the same length;
// where a group begins, the figure of its shortest bar divided by ROOM, is its own. Bars are medians, and the thin lines
// at their ends reach to the 99th percentile, as far as there is room; both are written beside them.
// Leaves out what could not be measured, and figures that are not above zero.

import { digits } from '../goals.mjs'

const WIDTH = 900
const LEFT = 345
const RIGHT = 750
const DECADE = 100
const BAR = 14
const STEP = 19
const HEAD = 42
const GAP = 18
const TOP = 64
/** How much longer than nothing the shortest bar is drawn, as a factor. */
const ROOM = 3

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .page { fill: #ffffff }
  .title { font-size: 16px; font-weight: 600 }
  .row { font-weight: 600 }
  .small { fill: #59636e }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .late { stroke: #59636e; stroke-width: 2 }
  .ours { fill: #0969da }
  .other { fill: #afb8c1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .page { fill: #0d1117 }
    .small { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .late { stroke: #9198a1 }
    .ours { fill: #4493f8 }
    .other { fill: #656c76 }
  }
`

/** The text of the SVG of such results. */
export function chart({ machine, rows }) {
  let y = TOP
  const groups = []
  for (const row of rows) {
    const { svg, height } = group(row, y)
    groups.push(svg)
    y += height + GAP
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">
<title>threaded-async beside its rivals</title>
<style>${STYLE}</style>
<rect class="page" width="${WIDTH}" height="${y}" rx="6"/>
${text(16, 28, 'threaded-async beside its rivals: medians and 99th percentiles, shorter is better', 'title')}
${text(16, 48, `Logarithmic: each line is ten times the one before it. ${sentenceOf(machine)}`, 'small')}
${groups.join('\n')}
</svg>
`
}

function group({ id, title, unit, figures }, top) {
  const bars = figures.filter(({ median }) => median > 0)
  const least = Math.min(...bars.map(({ median }) => median)) / ROOM
  const x = figure => Math.min(RIGHT, LEFT + Math.log10(figure / least) * DECADE)
  const height = HEAD + bars.length * STEP
  const lines = bars.map((figure, index) => bar(figure, { unit, x, y: top + HEAD + index * STEP }))
  const most = Math.min(Math.max(...bars.map(({ p99 }) => p99)), least * 10 ** ((RIGHT - LEFT) / DECADE))
  const grid = bars.length === 0 ? [] : decades(least, most).map(power => rule(power, { x, top, height }))
  return { svg: [text(16, top + 16, `${id}  ${title} (${unit})`, 'row'), ...grid, ...lines].join('\n'), height }
}

function decades(least, most) {
  const first = Math.ceil(Math.log10(least))
  const last = Math.floor(Math.log10(most))
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
}

function rule(power, { x, top, height }) {
  const at = round(x(10 ** power))
  const label = 10 ** Math.abs(power)
  return `<line class="grid" x1="${at}" x2="${at}" y1="${top + HEAD - 6}" y2="${top + height}"/>
${text(at, top + HEAD - 10, power < 0 ? `${1 / label}` : label.toLocaleString('en'), 'small', 'middle')}`
}

function bar({ name, median, p99 }, { unit, x, y }) {
  const end = round(x(median))
  const late = round(x(Math.max(median, p99)))
  const kind = name.startsWith('threaded-async') ? 'ours' : 'other'
  return `${text(LEFT - 8, y + 11, name, undefined, 'end')}
<rect class="${kind}" x="${LEFT}" y="${y}" width="${round(end - LEFT)}" height="${BAR}" rx="2"/>
<line class="late" x1="${end}" x2="${late}" y1="${y + BAR / 2}" y2="${y + BAR / 2}"/>
${text(late + 6, y + 11, `${digits(median)} ${unit}, p99 ${digits(p99)}`, 'small')}`
}

const sentenceOf = ({ node, cpu, commit }) => `Node ${node}, ${cpu}, commit ${commit}.`

const round = number => Math.round(number * 10) / 10

function text(x, y, words, kind, anchor) {
  const attributes = [kind && `class="${kind}"`, anchor && `text-anchor="${anchor}"`].filter(Boolean)
  return `<text x="${round(x)}" y="${y}"${attributes.map(each => ` ${each}`).join('')}>${escaped(words)}</text>`
}

const escaped = words => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
