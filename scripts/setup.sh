#!/bin/sh
# Installs what the checkout needs, once: the packages of package-lock.json, among them the Node that it pins.
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1
stamp=node_modules/.gridwrap-lock
if [ -x node_modules/.bin/node ] && cmp -s package-lock.json "$stamp"; then exit 0; fi
echo "Installing the packages that gridwrap needs (once; about a minute) ..." >&2
npm ci --no-audit --no-fund --loglevel=error >&2 || {
  echo "npm ci failed: check the network and that npm 10 or newer is installed." >&2
  exit 1
}
node_modules/.bin/node -e 'process.exit(process.versions.node.split(".")[0] >= 24 ? 0 : 1)' || {
  echo "The pinned Node could not be installed; node_modules/.bin/node does not run." >&2
  exit 1
}
cp package-lock.json "$stamp"
