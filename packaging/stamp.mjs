// stamp.mjs VERSION FILE… [--platform RID] [--feed FOLDER]   puts the version into the files that tell it; a manifest's platform, a starter's package source.
import { readFileSync, writeFileSync } from "node:fs";

const PACKAGE = "McpBilling";
const OPERATING_SYSTEMS = { linux: "linux", osx: "darwin", win: "win32" };

const [version, ...rest] = process.argv.slice(2);
const files = [];
const options = {};
for (let i = 0; i < rest.length; i++) {
  if (rest[i].startsWith("--")) options[rest[i].slice(2)] = rest[++i];
  else files.push(rest[i]);
}
for (const file of files) {
  const json = JSON.parse(readFileSync(file, "utf8"));
  if ("version" in json) json.version = version;
  for (const part of [...(json.packages ?? []), ...(json.plugins ?? [])]) part.version = version;
  for (const server of Object.values(json.mcpServers ?? {})) {
    const at = server.args.findIndex((a) => a.startsWith(PACKAGE + "@"));
    if (at < 0) throw new Error(`${file}: no ${PACKAGE}@VERSION`);
    server.args.splice(at, 1, `${PACKAGE}@${version}`, ...(options.feed ? ["--source", options.feed] : []));
  }
  if (options.platform) {
    const system = OPERATING_SYSTEMS[options.platform.split("-")[0]];
    json.compatibility.platforms = [system];
    if (system === "win32") {
      json.server.entry_point += ".exe";
      json.server.mcp_config.command += ".exe";
    }
  }
  writeFileSync(file, JSON.stringify(json, null, 2) + "\n");
}
