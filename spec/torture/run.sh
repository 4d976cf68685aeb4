#!/usr/bin/env bash
# The torture program, on the modules of its own build folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec "${SHOPWIRE_BUILD:?}/spec/torture" "$here/flows.lua" "$@"
