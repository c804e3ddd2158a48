import { c } from './c.ts'
import { commandLine } from './command-line.ts'
import { curl } from './curl.ts'
import { java } from './java.ts'
import { javascript } from './javascript.ts'
import { perl } from './perl.ts'
import { php } from './php.ts'
import { python, pythonLater } from './python.ts'
import type { Snippet } from './snippet.ts'
import type { SnippetSubject } from './subject.ts'

/** A call in every language that is tried, the command line first. */
export const allSnippets = (subject: SnippetSubject): readonly Snippet[] =>
  [commandLine, python, pythonLater, java, c, php, perl, javascript, curl].map(make => make(subject))
