import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@hey-api/openapi-ts'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../tests/support/folder.ts'
import { startWebApi } from './testing.ts'

const update = 'npx vitest run --project services openapi --update'

test(`the types of the web app are those of the OpenAPI document; write them with: ${update}`, async () => {
  const { url } = await startWebApi()
  const path = temporaryFolder()
  await createClient({
    input: `${url}/openapi`,
    output: { path, header: `// Types of web-api's OpenAPI document. Write them with: ${update}` },
    plugins: ['@hey-api/typescript'],
    logs: { level: 'silent' },
  })
  const types = await readFile(join(path, 'types.gen.ts'), 'utf8')
  await expect(types).toMatchFileSnapshot('../../../web-app/src/web-api.gen.ts')
})
