#!/bin/sh
printf "%s\n" "$GREETING" "$@"
