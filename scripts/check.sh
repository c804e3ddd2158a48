#!/bin/sh
# Everything that is checked without running the product: types, format, lint, the one-way imports, dead code.
set -e
cd "$(dirname "$(readlink -f "$0")")/.."
echo "types ..." && tsc -p .
echo "format and lint ..." && biome check --error-on-warnings .
echo "rules that need types ..." && eslint --max-warnings 0 src test bench scripts --no-error-on-unmatched-pattern
echo "one-way imports ..."
trap 'rm -f .depcruise.json' EXIT
depcruise src --config .dependency-cruiser.cjs --output-type json >.depcruise.json || true
node -e '
  const { modules, summary } = JSON.parse(require("fs").readFileSync(".depcruise.json", "utf8"))
  for (const { rule, from, to } of summary.violations) console.error(`${rule.severity} ${rule.name}: ${from} -> ${to}`)
  if (modules.length < 100) { console.error(`only ${modules.length} modules were looked at: the check itself is broken`); process.exit(1) }
  console.log(`  ${modules.length} modules, ${summary.violations.length} violations`)
  process.exit(summary.violations.length === 0 ? 0 : 1)'
echo "dead code ..." && knip
