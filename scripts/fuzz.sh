#!/bin/sh
# The property tests with many more cases than in `npm test`: 100,000 altogether, or FUZZ_CASES for each property.
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1
FUZZ_CASES=${FUZZ_CASES:-2500} exec vitest run --project unit --testTimeout 600000
