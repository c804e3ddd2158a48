/** Wall-clock time in milliseconds since the epoch (UTC). For stamps and termination times only: it may jump. */
export const wallClock = (): number => Date.now() + wallOffset()

/** Monotonic time in milliseconds from an arbitrary start. For durations: it never jumps. */
export const monotonic = (): number => performance.now()

/** The tests' way to move the wall clock of a running container without touching the machine's. */
const wallOffset = (): number => offset
const offset = Number(process.env['GRIDWRAP_TEST_CLOCK_OFFSET_MS'] ?? 0) || 0
