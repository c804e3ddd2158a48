/** Descriptions made for the bench. */
export const descriptions = {
  /** Nothing but what the container does. */
  nothing: `
gridwrap: 1
name: nothing
title: Does nothing
command: /bin/true
inputs: {}
outputs: {}
`,
  /** Many typed inputs, and a rule over two of them that is looked at last. */
  typed: `
gridwrap: 1
name: typed
title: Takes many typed inputs
command: /bin/true {title} {mode} {steps} {cut} {weights} {counts} [-left {left}] [-right {right}]
inputs:
  title: {type: string}
  mode: {type: choice, values: [fast, exact, thorough], default: fast}
  steps: {type: integer, range: 1..1000000}
  cut: {type: number, range: 0..100}
  weights: {type: number, many: 1..100, join: ','}
  counts: {type: integer, many: 1..100, join: ','}
  left: {type: string, optional: true}
  right: {type: string, optional: true}
rules: [one of: [left, right]]
outputs: {}
`,
  /** A file in, and the same file out. */
  copy: `
gridwrap: 1
name: copy
title: Gives back what it got
command: cp {data} copied
inputs:
  data: {type: file}
outputs:
  copied: copied
`,
  /** Waits for a second file, so that an upload can be measured without a run. */
  patient: `
gridwrap: 1
name: patient
title: Waits for two files
command: /bin/true {first} {second}
inputs:
  first: {type: file}
  second: {type: file}
outputs: {}
`,
}
