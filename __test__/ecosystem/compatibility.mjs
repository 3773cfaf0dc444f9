// Writes docs/compatibility.md: every project of the ecosystem, as it behaves.
//
// Promises to tell what the projects are expected to do. It is called when all of them have just done it.

import { format } from 'prettier'
import { groups, introduction } from './projects/projects.mjs'

/** Returns the page. */
export async function compatibility(where = `${process.platform} ${process.arch}`, node = process.versions.node) {
  const parts = groups.map(({ title, text, members }) => `## ${title}\n\n${text}\n\n${table(members, node)}\n`)
  const text = [introduction(where, node), ...parts].join('\n')
  return format(text, { parser: 'markdown', printWidth: 120 })
}

function table(members, node) {
  const rows = members.map(one => [one.name, versionOf(one), one.on ?? one.node ?? node, resultOf(one)])
  return [['set-up', 'version', 'Node.js', 'what differs'], ['---', '---', '---', '---'], ...rows]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/** The version of the tool, which is the first of the packages. */
const versionOf = ({ packages = {}, version = Object.values(packages)[0] }) => version ?? ''

function resultOf({ differs = {}, refused, note }) {
  if (refused) return `refused: ${refused[1]}`
  const sentences = new Set(Object.values(differs).map(([, sentence]) => sentence))
  return [...sentences, note].filter(Boolean).join(' ') || 'nothing'
}
