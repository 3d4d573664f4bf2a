import type { Check } from './check.ts'
import { lineOf } from './source-files.ts'

/** Written in pieces, so that this file does not hold what it looks for. */
const host = (...labels: string[]) => labels.join(String.raw`\.`)
const forbidden = [
  {
    pattern: new RegExp(String.raw`(?<![\w.~-])/${'work'}/(?=\w|\.)`, 'g'),
    message: 'a path of one machine: write it relative to the work tree',
  },
  {
    pattern: new RegExp(
      [
        host('registry', 'npmjs', 'org'),
        host('registry', 'yarnpkg', 'com'),
        host('pypi', 'org'),
        host('files', 'pythonhosted', 'org'),
        host('repo1?', '(maven', 'apache', 'org|maven', 'org)'),
        host('proxy', 'golang', 'org'),
        host('(static|index)', 'crates', 'io'),
        host('(deb|security)', 'debian', 'org'),
      ].join('|'),
      'g',
    ),
    message: 'a package registry by its address: which one is used is a setting of the machine',
  },
]

export const forbiddenText: Check = {
  name: 'forbidden text',
  run: (files) =>
    files.flatMap(({ path: file, text }) =>
      forbidden.flatMap(({ pattern, message }) =>
        [...text.matchAll(pattern)].map(({ index }) => ({
          file,
          line: lineOf(text, index),
          message,
        })),
      ),
    ),
}
