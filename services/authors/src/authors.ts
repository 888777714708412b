/** The authors of the blog articles. */
import { z } from 'zod'

export const authorSchema = z
  .object({
    name: z.string().meta({ example: 'Niklas Heidloff' }),
    blog: z.string().meta({ example: 'http://heidloff.net' }),
    twitter: z.string().meta({ example: '@nheidloff' }),
  })
  .meta({ id: 'Author' })

export type Author = z.output<typeof authorSchema>

const authors: Author[] = [
  { name: 'Niklas Heidloff', blog: 'http://heidloff.net', twitter: '@nheidloff' },
  { name: 'Harald Uebele', blog: 'https://haralduebele.github.io', twitter: '@harald_u' },
  { name: 'Thomas Südbröcker', blog: 'https://suedbroecker.net', twitter: '@tsuedbroecker' },
  { name: 'Miriam Oglesby', blog: 'https://developer.ibm.com/blogs/', twitter: '@Jessieevaline' },
]

const byName = new Map(authors.map((author) => [normalised(author.name), author]))

/** The author of that name; ignores case and surrounding blanks. */
export function findAuthor(name: string): Author | undefined {
  return byName.get(normalised(name))
}

// NFC: "ü" may arrive as one character or as "u" and a combining mark.
function normalised(name: string): string {
  return name.trim().normalize('NFC').toLowerCase()
}
