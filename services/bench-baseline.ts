/** The baselines for `services/bench.ts`: a bare server that returns the JSON of a file. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import express from 'express'

const [kind, answerFile = ''] = process.argv.slice(2)
const answer: unknown = JSON.parse(readFileSync(answerFile, 'utf8'))

const bareExpress = () => express().get('/web-api/v1/getmultiple', (_req, res) => void res.json(answer))

const bareHttp = createServer((_req, res) => {
  const body = JSON.stringify(answer)
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
})

const server = kind === 'express' ? createServer(bareExpress()) : bareHttp
server.listen(Number(process.env.PORT), '127.0.0.1')
