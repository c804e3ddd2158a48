/** Signals by which a program may be asked to save its state: those that mean nothing but what the program makes of them. */
export const checkpointSignals = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGALRM'] as const

export type CheckpointSignal = (typeof checkpointSignals)[number]
