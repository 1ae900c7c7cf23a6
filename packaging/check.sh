#!/usr/bin/env bash
# Has what pack.sh built judged by the programs of those who take it: check.sh [artifacts]. Needs the shared folder (MCP_BILLING_SHARED, else ../shared) with its tools installed.
set -euo pipefail
cd "$(dirname "$0")/.."
artifacts=$(cd "${1:-artifacts}" && pwd)
shared=$(cd "${MCP_BILLING_SHARED:-../shared}" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
package=$(ls "$artifacts"/nuget/McpBilling.[0-9]*.nupkg)
# Nothing of the user's own: packages, data, settings. The manifest is the one inside the bundle.
export MCP_OUT=$scratch/out NUGET_PACKAGES=$scratch/packages MCP_BILLING_DATA=$scratch/billing.db MCP_BILLING_URLS=http://127.0.0.1:0
export MCP_CHECKS_TOOLS=${MCP_CHECKS_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/mcp-billing/mcp-checks}
bundle=$(ls "$artifacts"/mcpb/*.mcpb | head -1)
unzip -q "$bundle" manifest.json -d "$scratch"
# The plugin's checks set HOME for all that come after them, so they come last.
bash "$shared/checks/mcp/packaging.sh" --nupkg "$package" --mcpb "$scratch/manifest.json" --gemini "$artifacts/gemini" --plugin "$artifacts/marketplace" mcp-billing
