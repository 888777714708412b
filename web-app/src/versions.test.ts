import { describe, expect, test } from 'vitest'
import { compareVersions, lookOf, versionLabel } from './versions.ts'

describe('the look of a version', () => {
  test('the usual versions have fixed colours, in any order of appearance', () => {
    expect(lookOf('3.0.0').colour).toBe('v2')
    expect(lookOf('2.1.0').colour).toBe('v3')
    expect(lookOf('2.0.0').colour).toBe('v1')
    expect(lookOf('1.0.0').colour).toBe('v0')
  })

  test('is always the same, and 30 versions have 30 different looks', () => {
    const versions = Array.from({ length: 30 }, (_, index) => `4.${index}.0`)
    const looks = versions.map((version) => lookOf(version))
    expect(new Set(looks.map(({ colour, pattern }) => `${colour} ${pattern}`)).size).toBe(30)
    expect(versions.map((version) => lookOf(version))).toEqual(looks)
  })

  test('any text can be a version, and no version looks like an error', () => {
    expect(lookOf('nightly').colour).toMatch(/^v\d$/)
    expect(lookOf('').colour).toBe('none')
    expect(versionLabel('')).toBe('No version')
  })
})

test('versions are sorted by number, with no version last', () => {
  expect(['', '1.10.0', '2.0.0', '1.9.0'].sort(compareVersions)).toEqual(['1.9.0', '1.10.0', '2.0.0', ''])
})
