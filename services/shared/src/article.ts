/** The article as clients send it: web-api checks it at the edge, and articles checks it before it stores it. */
import { z } from 'zod'

// The patterns list the blanks instead of using \s, and the OpenAPI document has every check: clients in other languages,
// whose \s and string length differ, must get the same result from the document alone. Each pattern runs in linear time.
const blank = ' \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff'
const forbidden = '\\u0000-\\u001f\\u007f-\\u009f'
const visibleText = new RegExp(`^[${blank}]*[^${blank}${forbidden}][^${forbidden}]*$`, 'u')

const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const port = '(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}))?'
const httpUrl = new RegExp(
  `^https?://${label}(?:\\.${label}){0,30}${port}(?:[/?#][A-Za-z0-9._~:/?#\\[\\]@!$&'()*+,;=%-]*)?$`,
)

/** A line of visible text with at most `most` characters (code points, as in JSON Schema). */
function text(most: number) {
  return (
    z
      .string('must be a string')
      .regex(visibleText, 'must be a line of text: not blank, no control characters')
      // Half a surrogate pair is neither a character nor valid UTF-8; few regex dialects can express this in the pattern.
      .refine((value) => !/\p{Surrogate}/u.test(value), 'must be well-formed Unicode')
      .refine((value) => [...value].length <= most, `must be at most ${most} characters long`)
      .trim()
      .meta({ minLength: 1, maxLength: most })
  )
}

/** Body of both `create` operations. It rejects unknown fields, so that clients notice a misspelt name. */
export const newArticleSchema = z
  .strictObject({
    title: text(200).meta({
      description: 'Title of the article',
      example: 'Managing Microservices Traffic with Istio',
    }),
    url: z
      .string('must be a string')
      .max(2048, 'must be at most 2048 characters long')
      .regex(httpUrl, 'must be an http or https URL')
      .meta({
        description: 'URL of the article; characters outside ASCII are percent-encoded',
        example: 'http://heidloff.net/article/managing-microservices-traffic-with-istio',
      }),
    author: text(100).meta({ description: 'Full name of the author', example: 'Niklas Heidloff' }),
  })
  .meta({ id: 'NewArticle' })

export type NewArticle = z.output<typeof newArticleSchema>

/** An article as the articles service stores it. */
export const articleSchema = z
  .object({
    id: z.string().meta({ description: 'Identifier, assigned by the articles service', example: '10' }),
    title: z.string(),
    url: z.string(),
    author: z.string(),
  })
  .meta({ id: 'Article' })

export type Article = z.output<typeof articleSchema>
