/** Everything that can be permitted or denied. An operation or page cannot be registered without one of these. */
export const actions = {
  'container.read': 'see the container, its services and their contracts',
  'service.read': 'see a service, its page and service data',
  'service.submit': 'create an instance',
  'service.call': 'call an operation of a hosted class that is there for all',
  'service.list': "list one's instances",
  'instance.read': 'see an instance: status, results, files, service data',
  'instance.write': 'put a file into an instance that waits for it',
  'instance.control': 'start, suspend, resume or cancel an instance',
  'instance.lifetime': 'change how long an instance is kept',
  'instance.share': 'let others see or control an instance',
  'registry.read': 'see the registry, and find services by their handles',
  'registry.add': 'register a service in the registry',
  'credential.delegate': 'delegate credentials to the container, and ask about one’s own',
  'instance.destroy': 'destroy an instance',
} as const

export type Action = keyof typeof actions

export const actionNames = Object.keys(actions) as [Action, ...Action[]]
