/** Operations that every session, or every job, has by itself. */
export const ownOperations: readonly string[] = [
  ...['evaluate', 'interrupt', 'run', 'submit', 'start', 'getResults', 'listInstances', 'getStatus', 'waitFor'],
  ...['getOutput', 'suspend', 'resume', 'cancel', 'extend', 'share', 'unshare', 'destroy', 'checkpoint', 'getState'],
  ...[
    'restore',
    'findServiceData',
    'setServiceData',
    'requestTerminationAfter',
    'requestTerminationBefore',
    'subscribe',
  ],
]
