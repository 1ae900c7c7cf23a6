#!/usr/bin/env bash
# Builds everything that is handed out into artifacts/: the tool packages, an MCPB bundle per platform, the Claude Code marketplace and the Gemini extension.
#   packaging/pack.sh [--platforms "linux-x64 win-x64"] [--version 1.2.3] [--out artifacts] [--no-bundles]
# The version is that of Directory.Build.props unless it is given. Needs the .NET 10 SDK and node; with mcpb on the PATH (or in $MCP_CHECKS_TOOLS) bundles are
# packed and validated by it. The packed plugin and extension start the server from the feed/ beside them, so they work before anything is published.
set -euo pipefail
cd "$(dirname "$0")/.."

platforms="linux-x64 linux-arm64 osx-arm64 osx-x64 win-x64"
out=artifacts
bundles=yes
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
while [ $# -gt 0 ]; do
  case $1 in
    --platforms) platforms=$2; shift 2 ;;
    --version) version=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --no-bundles) bundles=; shift ;;
    *) echo "unknown option $1"; exit 2 ;;
  esac
done
rm -rf "$out"/nuget "$out"/mcpb "$out"/marketplace "$out"/gemini
mkdir -p "$out"
out=$(cd "$out" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
# Built beside the tree, so that what lies in its obj folders neither matters nor changes.
build=(-c Release --artifacts-path "$stage/build" --nologo -v quiet -p:RunAnalyzers=false "-p:Version=$version")
stamp() { node packaging/stamp.mjs "$version" "$@"; }
mcpb() {
  if type -P mcpb > /dev/null; then command mcpb "$@"; else node "${MCP_CHECKS_TOOLS:-/nowhere}/main/node_modules/@anthropic-ai/mcpb/dist/cli/cli.js" "$@"; fi
}

echo "== tool packages $version: $platforms any"
# server.json travels inside the package; stamped there and not in the tree.
cp server.json "$stage/server.json"
stamp "$stage/server.json"
dotnet pack src/McpBilling.Server "${build[@]}" -o "$out/nuget" "-p:ServerJson=$stage/server.json" "-p:PackRuntimes=${platforms// /+}+any"

if [ -n "$bundles" ]; then
  for platform in $platforms; do
    echo "== bundle for $platform"
    bundle=$stage/$platform
    mkdir -p "$bundle"
    # With the runtime inside: who installs a bundle has no .NET.
    dotnet publish src/McpBilling.Server "${build[@]}" -r "$platform" --self-contained true -o "$bundle/server" -p:DebugType=none -p:GenerateDocumentationFile=false
    cp packaging/mcpb/manifest.json README.md "$bundle/"
    stamp "$bundle/manifest.json" --platform "$platform"
    mkdir -p "$out/mcpb"
    mcpb pack "$bundle" "$out/mcpb/mcp-billing-$version-$platform.mcpb" > "$stage/mcpb.log" || { cat "$stage/mcpb.log"; exit 1; }
  done
fi

echo "== marketplace and extension"
mkdir -p "$out/marketplace/packaging" "$out/gemini"
cp -r .claude-plugin "$out/marketplace/"
cp -r packaging/plugin "$out/marketplace/packaging/"
cp packaging/gemini/* "$out/gemini/"
for place in "$out/marketplace/packaging/plugin" "$out/gemini"; do mkdir -p "$place/feed"; cp "$out"/nuget/*.nupkg "$place/feed/"; done
stamp "$out/marketplace/.claude-plugin/marketplace.json" "$out/marketplace/packaging/plugin/.claude-plugin/plugin.json"
stamp "$out/marketplace/packaging/plugin/.mcp.json" --feed '${CLAUDE_PLUGIN_ROOT}/feed'
stamp "$out/gemini/gemini-extension.json" --feed '${extensionPath}/feed'
echo "packed $version into $out"
