#!/usr/bin/env bash
# Does each real coding tool connect to the built program? Claude Code, Codex, Gemini CLI and opencode, over stdio and HTTP, without a login. See docs/clients.md.
set -euo pipefail
cd "$(dirname "$0")/.."
shared=${MCP_BILLING_SHARED:-../shared}
[ -d "$shared/checks/mcp" ] || { echo "the shared checks are not at $shared: set MCP_BILLING_SHARED" >&2; exit 1; }
shared=$(cd "$shared" && pwd)
export MCP_CHECKS_TOOLS=${MCP_CHECKS_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/mcp-billing/mcp-checks}
export CI=true

dotnet build src/McpBilling.Server --verbosity quiet --nologo
dll=$PWD/src/McpBilling.Server/bin/Debug/net10.0/mcp-billing.dll
[ -d "$MCP_CHECKS_TOOLS/hosts/node_modules" ] || MCP_OUT=$MCP_CHECKS_TOOLS/out bash "$shared/checks/mcp/bootstrap.sh" --hosts

scratch=$(mktemp -d)
# These hosts cannot send a key by their command line, so the server takes the local user.
dotnet "$dll" serve --allow-anonymous --data "$scratch/http.db" --urls http://127.0.0.1:0 2> "$scratch/log" &
server=$!
trap 'kill "$server" 2> /dev/null; wait "$server" 2> /dev/null; rm -rf "$scratch"' EXIT
for _ in $(seq 60); do
  url=$(sed -n 's/.*listens on \(http:[^ ,]*\).*/\1/p' "$scratch/log")
  [ -n "$url" ] && break
  sleep 1
done
[ -n "$url" ] || { cat "$scratch/log" >&2; exit 1; }
MCP_OUT=$scratch/out bash "$shared/checks/mcp/hosts.sh" --stdio "dotnet $dll stdio --no-http --data $scratch/stdio.db" --url "$url/mcp"
