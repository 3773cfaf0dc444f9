// The program on the home page: the first of the README, with what it prints. A spec runs it there.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMarkdownRenderer } from 'vitepress'
import { root } from '../pages.mjs'

const readme = join(root, 'README.md')

export default {
  watch: [readme],
  async load() {
    const [program] = /^```js\n[^]*?^```\n\n```text\n[^]*?^```/m.exec(readFileSync(readme, 'utf8'))
    const markdown = await createMarkdownRenderer(root)
    return markdown.render(program, { path: readme })
  },
}
