#!/bin/sh
# Makes dist/ from src/: what the npm package runs, because Node does not strip types below node_modules.
set -e
cd "$(dirname "$(readlink -f "$0")")/.."
rm -rf dist
node_modules/.bin/tsc -p tsconfig.build.json
cp src/adapters/executable/wrapper.sh src/adapters/executable/sandboxed.sh dist/adapters/executable/
