// Writes docs/compatibility.md: every project of the ecosystem, as it behaves.
//
// Promises to tell only what was just run, with the versions that were run.

import { release } from 'node:os'
import { format } from 'prettier'
import { introduction, groups } from './projects/projects.mjs'

/** Returns the page. */
export async function compatibility(projects) {
  const parts = groups.map(({ title, text, members }) => `## ${title}\n\n${text}\n\n${table(members)}\n`)
  const where = `${process.platform} ${process.arch}, Node.js ${process.versions.node}`
  const text = [introduction(projects.length, where, release()), ...parts].join('\n')
  return format(text, { parser: 'markdown', printWidth: 120 })
}

function table(members) {
  const rows = members.map(
    member => `| ${member.name} | ${versionOf(member)} | ${nodeOf(member)} | ${resultOf(member)} |`,
  )
  return ['| set-up | version | Node.js | what differs |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

const versionOf = ({ packages = {}, version = Object.values(packages)[0] }) => version ?? ''

const nodeOf = ({ node = process.versions.node }) => node

function resultOf({ differs = {}, refused, note }) {
  if (refused) return `refused: ${refused[1]}`
  const sentences = [...new Set(Object.values(differs).map(([, sentence]) => sentence)), note].filter(Boolean)
  return sentences.join(' ') || 'nothing'
}
