// The one-way imports of docs/architecture.md. A new folder, or a new arrow, gets its row there first.
const allowed = {
  core: [],
  xml: ['core'],
  gsi: ['core'],
  myproxy: ['core', 'gsi'],
  application: ['core', 'xml'],
  ogsi: ['core', 'xml'],
  wsdl: ['core', 'xml', 'ogsi', 'application'],
  soap: ['core', 'xml', 'gsi'],
  files: ['core'],
  store: ['core'],
  events: ['core', 'ogsi', 'store'],
  delegation: ['core', 'gsi', 'store', 'files'],
  authz: ['core', 'gsi', 'store'],
  adapters: ['core', 'files', 'application'],
  keeper: ['core', 'gsi', 'store', 'events', 'files', 'adapters', 'application', 'delegation'],
  gridftp: ['core', 'gsi'],
  transfer: ['core', 'gsi', 'files', 'store', 'gridftp/client'],
  factory: ['core', 'ogsi', 'application', 'store', 'events', 'files', 'transfer', 'delegation'],
  dispatcher: ['core', 'xml', 'gsi', 'authz', 'ogsi', 'soap', 'wsdl', 'store', 'factory', 'events', 'application'],
  client: ['core', 'gsi', 'xml', 'soap', 'wsdl', 'ogsi', 'application'],
  web: ['core', 'ogsi', 'application', 'wsdl', 'factory', 'events'],
}
const folders = Object.keys(allowed)
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ['/main\\.ts$', '\\.d\\.ts$', '^src/index\\.ts$'] },
      to: {},
    },
    { name: 'not-to-tests', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench|scripts)/' } },
    {
      name: 'one-opener-of-databases',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/store/' },
      to: { path: 'node_modules/(better-sqlite3|kysely)' },
    },
    ...folders.map(folder => ({
      name: `one-way-${folder}`,
      comment: `src/${folder} may import only: ${allowed[folder].join(' ') || 'nothing of ours'}`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: [folder, ...allowed[folder]].map(name => `^src/${name}/`) },
    })),
    {
      name: 'container-below-cli',
      severity: 'error',
      from: { path: '^src/container/' },
      to: { path: '^src/(cli|client|index)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
