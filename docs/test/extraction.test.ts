import { expect, test } from 'vitest'
import { snippetsOf } from './snippets.ts'

const page = `# A page

\`\`\`ts run
console.log('hello')
\`\`\`

\`\`\`text output
hello
\`\`\`

\`\`\`bash
pnpm test
\`\`\`

- in a list:

  \`\`\`ts check
  export const deep = {
    yes: true,
  }
  \`\`\`

\`\`\`\`md
\`\`\`ts run
this is text about blocks
\`\`\`
\`\`\`\`

\`\`\`ts
export {}
\`\`\`

Words between a program and a block keep the block from being its output.

\`\`\`text output
no
\`\`\`
`

test('blocks are found with their place, mode, code and output', () => {
  expect(snippetsOf('a.md', page)).toEqual([
    { page: 'a.md', line: 4, mode: 'run', code: "console.log('hello')\n", output: 'hello\n' },
    { page: 'a.md', line: 18, mode: 'check', code: 'export const deep = {\n  yes: true,\n}\n', output: undefined },
    { page: 'a.md', line: 30, mode: undefined, code: 'export {}\n', output: undefined },
  ])
})
