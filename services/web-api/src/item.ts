/** An article as web-api returns it: with its author's details. */
import type { Article } from '@cloud-native-canary/shared'
import { z } from 'zod'
import type { AuthorDetails } from './authors.ts'

const details = 'empty when it is not known'

export const itemSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    url: z.string(),
    authorName: z.string(),
    authorBlog: z.string().meta({ description: `URL of the author's blog; ${details}` }),
    authorTwitter: z.string().meta({ description: `Twitter handle; ${details}` }),
  })
  .meta({ id: 'Item' })

/** The article with the details of its author, which are empty when there are none. */
export function toItem({ id, title, url, author }: Article, details?: AuthorDetails): z.output<typeof itemSchema> {
  const { blog = '', twitter = '' } = details ?? {}
  return { id, title, url, authorName: author, authorBlog: blog, authorTwitter: twitter }
}
