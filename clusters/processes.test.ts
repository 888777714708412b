import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { isAlive, processId } from './processes.ts'

test('a process that runs is alive', () => {
  expect(processId(process.pid).startTime).toMatch(/^\d+$/)
  expect(isAlive(processId(process.pid))).toBe(true)
})

test('a later process with the same number is not taken for it', () => {
  expect(isAlive({ ...processId(process.pid), startTime: '1' })).toBe(false)
})

test('a process that has ended is not alive', async () => {
  const child = spawn('sleep', ['60'])
  const id = processId(child.pid as number)
  expect(isAlive(id)).toBe(true)
  child.kill()
  await once(child, 'exit')
  expect(isAlive(id)).toBe(false)
})

test('a command with spaces and brackets in its name is recognised', async () => {
  const child = spawn('sh', ['-c', 'printf ") S 1 2" >/proc/$$/comm; echo; read line'])
  await once(child.stdout, 'data')
  const id = processId(child.pid as number)
  expect(id.startTime).toMatch(/^\d{3,}$/)
  expect(isAlive(id)).toBe(true)
  child.stdin.end()
  await once(child, 'exit')
})

test('what is remembered of a process that never was is not alive', () => {
  expect(isAlive(processId(2 ** 22 + 1))).toBe(false)
})
