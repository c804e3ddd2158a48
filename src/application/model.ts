import type { CheckpointSignal } from './checkpoint-signals.ts'
import type { Routine } from './library/routine.ts'

/**
 * The application model: what a description says, checked and with its templates parsed. Everything behind
 * `readDescription` works on this; nothing else reads YAML. Sizes are bytes, durations seconds.
 */
export interface Application {
  readonly name: string
  readonly title: string
  readonly version: string | undefined
  readonly description: string | undefined
  readonly homepage: string | undefined
  readonly cite: string | undefined
  readonly keywords: readonly string[]
  /** The argv template. Split into words once, when the description is read; never seen by a shell. */
  readonly command: readonly TemplateWord[]
  /** Lines for a shell before the program is started in it; fixed text. */
  readonly setup?: string
  /** What prints the program's version; fixed words. */
  readonly versionCommand: readonly string[] | undefined
  /** What the program reads on standard input; without it, nothing. */
  readonly stdin: FileTemplate | undefined
  /** The file input whose bytes the program reads on standard input, instead of `stdin`. */
  readonly stdinFrom?: string
  /** Fixed variables. A program gets these and the few the site gives, not the container's. */
  readonly environment: Readonly<Record<string, string>>
  readonly files: readonly ShippedFile[]
  readonly inputs: readonly Input[]
  readonly outputs: readonly Output[]
  readonly rules: readonly GroupRule[]
  readonly exit: readonly ExitMeaning[]
  readonly watch: readonly Watch[]
  readonly limits: Limits
  /** Seconds an ended instance is kept; undefined leaves it to the site. */
  readonly keep: number | undefined
  readonly credential: 'none' | 'limited' | 'full'
  readonly network: boolean
  /** It is to run in a sandbox. */
  readonly sandbox: boolean
  /** It is started by what starts parallel programs at the site, as so many processes as it has cores. */
  readonly mpi: boolean
  /** How the program saves what it has reached, and goes on from it. */
  readonly checkpoint?: Checkpoint
  /** The shared library that is called instead of a program; its file beside the description, or one that the host has. */
  readonly library?: string
  /** How the program is spoken to while it runs; undefined: it is not. */
  readonly session?: Session
  /** What can be called of a session, beside the evaluation of code, or of a library. */
  readonly operations?: readonly SessionOperation[]
  readonly tests: readonly ApplicationTest[]
}

/** A program that stays: it reads code, and says when it is done with it. Times are seconds. */
export interface Session {
  /** What is written to it for each piece of code: `{cell}` is the file with it, `{marker}` the line that it is to print at the end. */
  readonly send: string
  /** Of what the code printed, the line that says that it failed, and in one group why. */
  readonly error: string | undefined
  /** Code that saves what the session has reached into the `state`, and code that loads it. */
  readonly save: string | undefined
  readonly load: string | undefined
  readonly state: readonly StateFiles[]
  /** Without a call for so long, it is saved and ended; the next call begins it again. */
  readonly idle: number | undefined
  /** After which code is interrupted. */
  readonly timeout: number
}

/** A typed call of a session. */
export interface SessionOperation {
  readonly name: string
  readonly timeout: number
  /** What the call takes and gives, as an application of its own: its one written file is the code. */
  readonly application: Application
  /** Of a library: what is called instead of code. */
  readonly routine?: Routine
}

/** A checkpoint of a program: the files that a later run of it begins with. */
export interface Checkpoint {
  /** What lies in the work directory and is needed to go on. The first is what `{checkpoint}` names: of several files, the newest. */
  readonly state: readonly StateFiles[]
  readonly how: CheckpointWay
  /** Whether the program ends when it is asked; then it is started again from what it saved. */
  readonly stops: boolean
  /** The argv template of a run that goes on; undefined: the command itself, which knows by `{checkpoint}`. */
  readonly restart: readonly TemplateWord[] | undefined
  /** How often a run that the machine broke off is taken up again without being asked. */
  readonly automatic: number
}

export type StateFiles =
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'files'; readonly pattern: string }
  | { readonly kind: 'directory'; readonly name: string }

/** How a running program is asked for a checkpoint: not at all, it saves now and then; by a signal; by a file that it looks for. */
export type CheckpointWay =
  | { readonly by: 'itself' }
  | { readonly by: 'signal'; readonly signal: CheckpointSignal }
  | { readonly by: 'file'; readonly name: string }
  /** Of a session: by code of its own. */
  | { readonly by: 'session' }

export type InputType = 'string' | 'text' | 'integer' | 'number' | 'boolean' | 'choice' | 'file'

/** Bounds, both inclusive; undefined is unbounded. */
export interface Range<T> {
  readonly min: T | undefined
  readonly max: T | undefined
}

export interface Input {
  readonly name: string
  readonly type: InputType
  readonly help: string | undefined
  readonly label: string | undefined
  readonly unit: string | undefined
  /** A default makes the input optional; the server applies it. */
  readonly default: Value | readonly Value[] | undefined
  readonly optional: boolean
  /** How many values a list takes; undefined is a single value. */
  readonly many: Range<number> | undefined
  /** What joins the elements of a list inside one word. */
  readonly join: string | undefined
  /** Of integer (both bounds bigint) and number. */
  readonly range: Range<number> | Range<bigint> | undefined
  /** Of a choice: what callers say, and the word the program gets. */
  readonly values: readonly { readonly say: string; readonly word: string }[] | undefined
  /** A linear-time expression (RE2 syntax), matched against the whole value. */
  readonly pattern: string | undefined
  /** Characters of a string or text. */
  readonly length: Range<number> | undefined
  /** Of a file: a fixed name, or `*.ext` to keep the caller's; undefined lets us name it. */
  readonly fileName: string | undefined
  /** Of a list of files: they lie in a directory of their own, and templates get its name. */
  readonly isDirectory?: boolean
  /** The file is an archive to go on from ({@link Checkpoint}); templates get the name of the state in it. */
  readonly isCheckpoint?: boolean
  /** A media type or format word; for people and pages. */
  readonly format: string | undefined
  /** Of a file: bytes. */
  readonly size: Range<number> | undefined
  readonly when: Condition | undefined
  readonly advanced: boolean
}

/** `x`: has a value (of a boolean: is true) · `!x`: the opposite · `mode=fast`: has this value. */
export interface Condition {
  readonly input: string
  readonly negated: boolean
  readonly equals: string | undefined
}

/** One word of the command. An unconditional bare list is one word an element. */
export type TemplateWord =
  | { readonly kind: 'word'; readonly parts: readonly TemplatePart[] }
  | {
      readonly kind: 'group'
      readonly when: Condition | undefined
      readonly repeat: boolean
      readonly words: readonly TemplateWord[]
    }

export type TemplatePart =
  | { readonly kind: 'literal'; readonly text: string }
  /** A value, or the file name of an input or output. `format` is of files only: `10.4f`, `5d`, `<72s`. */
  | { readonly kind: 'value'; readonly name: string; readonly format: string | undefined }

/** A file that is written for each run, line by line (rules of docs/application-description.md). */
export interface FileTemplate {
  readonly lines: readonly FileLine[]
  readonly quote: 'none' | 'fortran' | 'json' | 'xml'
}

export interface FileLine {
  readonly when: Condition | undefined
  readonly parts: readonly TemplatePart[]
}

export type ShippedFile =
  | { readonly kind: 'copy'; readonly name: string }
  | { readonly kind: 'written'; readonly name: string; readonly template: FileTemplate }

export interface Output {
  readonly name: string
  readonly help: string | undefined
  readonly optional: boolean
  readonly format: string | undefined
  readonly unit: string | undefined
  readonly show: 'text' | 'image' | 'table' | 'plot' | undefined
  readonly source: OutputSource
}

export type OutputSource =
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'stream'; readonly stream: 'stdout' | 'stderr' }
  | { readonly kind: 'files'; readonly pattern: string }
  /** `create`: it is there before the program runs. */
  | { readonly kind: 'directory'; readonly name: string; readonly create?: boolean }
  /** A value read out of another output by an expression with one group. */
  | {
      readonly kind: 'value'
      readonly type: 'string' | 'integer' | 'number'
      readonly from: string
      readonly match: string
      readonly which: 'first' | 'last'
      readonly many: boolean
    }

export interface GroupRule {
  readonly kind: 'one of' | 'at most one of' | 'all or none of'
  readonly inputs: readonly string[]
}

/** `0: done`, `64..78: bad usage`, `SIGFPE: floating point error`. */
export interface ExitMeaning {
  readonly code: Range<number> | undefined
  readonly signal: string | undefined
  readonly means: string
  /** Whose mistake it is; the program's, unless said. */
  readonly cause?: 'input' | 'program' | 'site'
}

export interface Watch {
  readonly verb: 'progress' | 'success' | 'error' | 'warning'
  /** `stdout`, `stderr`, or the name of a file output. */
  readonly in: string
  readonly match: string
  /** Of progress: the input, or the number, that `done` counts towards. */
  readonly of: string | undefined
  readonly cause: 'input' | 'program' | 'site' | undefined
}

export interface Limits {
  readonly time: number | undefined
  readonly memory: number | undefined
  readonly disk: number | undefined
  /** Bytes of standard output and of standard error, each. */
  readonly output: number | undefined
  readonly processes: number | undefined
  readonly cores: number | undefined
}

export interface ApplicationTest {
  /** Input name to a plain value; a file is named beside the description, or given as `{text: …}`. */
  readonly run: Readonly<Record<string, unknown>>
  readonly expect: Readonly<Record<string, Expectation>>
  /** The run must fail, for this cause. */
  readonly fails: 'input' | 'program' | 'site' | undefined
  /** The program is killed once it has saved a state, and the run that goes on from there is what is judged. */
  readonly interrupt?: boolean
  /** Of a session: what is called; tests of one description are calls of one session, in order. */
  readonly operation?: string
}

export interface Expectation {
  readonly equals?: Value
  readonly near?: number
  readonly within?: number
  readonly contains?: string
  readonly size?: Range<number>
}

/** A typed value of a caller. `integer` is bigint so that 64 bits stay exact. */
export type Value = string | number | bigint | boolean | FileValue

/** A file that a caller handed over. Its bytes lie in the instance's spool or are still to be uploaded. */
export interface FileValue {
  readonly file: FileSource
  /** The caller's own name for it, not yet trusted. */
  readonly name: string | undefined
}

export type FileSource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Already on disk, in a file that belongs to the container: absolute path, size in bytes. */
  | { readonly kind: 'spooled'; readonly path: string; readonly size: number }
  /** The caller will PUT it under this name. */
  | { readonly kind: 'upload' }
  /** The container fetches it. */
  | { readonly kind: 'url'; readonly url: string }

/** The inputs of one run: a single value or a list, by input name. Absent is absent; defaults are filled in by `checkInputs`. */
export type Values = Readonly<Record<string, Value | readonly Value[]>>
