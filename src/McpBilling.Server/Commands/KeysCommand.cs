using System.Collections.Frozen;
using System.CommandLine;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Storage;
using Command = System.CommandLine.Command;

namespace McpBilling.Server.Commands;

/// <summary><c>keys create|list|revoke</c>. A new key is alone on standard output, so that it can go straight into a variable.</summary>
internal static class KeysCommand
{
    private const int MaxNameLength = 100;
    private const int MaxDays = 36_500;

    public static Command Make(Composition parts, Terminal terminal) => new("keys", "Create, list and revoke API keys.")
    {
        MakeCreate(parts, terminal),
        MakeList(parts, terminal),
        MakeRevoke(parts, terminal),
    };

    private static Command MakeCreate(Composition parts, Terminal terminal)
    {
        var (data, mode) = (SharedOptions.Data(), SharedOptions.Workspace());
        var name = new Option<string>("--name") { Description = "What the key is for.", Required = true };
        var scopes = new Option<string[]>("--scopes")
        {
            Description = $"What it may do: read, or some of {string.Join(", ", Scopes.All.Order(StringComparer.Ordinal))}. Default: everything.",
            HelpName = "NAMES",
            AllowMultipleArgumentsPerToken = true,
        };
        var days = new Option<int?>("--expires-in-days") { Description = "When it ends by itself. Default: never." };
        var command = new Command("create", "Create a key and print it, once.") { name, mode, scopes, days, data };
        command.SetAction(line =>
        {
            string title = line.GetValue(name)!;
            if (title.Trim().Length == 0 || title.Length > MaxNameLength || title.Any(char.IsControl))
            {
                throw new CommandException($"--name must have 1 to {MaxNameLength} printable characters.", ExitCodes.Usage);
            }
            var granted = ParseScopes(SharedOptions.List(line.GetValue(scopes)));
            var now = Instant.From(parts.Time.GetUtcNow());
            Instant? expires = line.GetValue(days) switch
            {
                null => null,
                >= 1 and <= MaxDays and int count => now + TimeSpan.FromDays(count),
                _ => throw new CommandException($"--expires-in-days must be from 1 to {MaxDays}.", ExitCodes.Usage),
            };
            using var keys = new ApiKeys(parts.Prepare(line.GetValue(data), terminal), parts.Time);
            var (key, kept) = keys.Create(title, line.GetValue(mode), granted, expires);
            terminal.Out.WriteLine(key);
            terminal.Error.WriteLine($"{kept.Id} for {title}, {NameOf(kept.Mode)} mode{(expires is null ? "" : $", until {expires}")}. It is shown only this once; keep it in a secret.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command MakeList(Composition parts, Terminal terminal)
    {
        var data = SharedOptions.Data();
        var command = new Command("list", "List the keys, newest first; never the keys themselves.") { data };
        command.SetAction(line =>
        {
            using var keys = new ApiKeys(parts.Prepare(line.GetValue(data), terminal), parts.Time);
            var now = Instant.From(parts.Time.GetUtcNow());
            foreach (var key in keys.List())
            {
                string state = key.RevokedAt is { } revoked ? $"revoked {revoked}"
                    : key.ExpiresAt is { } expires ? (expires <= now ? $"expired {expires}" : $"until {expires}")
                    : "active";
                string scopes = key.ScopeNames.SetEquals(Scopes.All) ? "everything" : string.Join(',', key.ScopeNames.Order(StringComparer.Ordinal));
                terminal.Out.WriteLine($"{key.Id}\t{NameOf(key.Mode)}\t…{key.LastFour}\t{key.Name}\t{scopes}\t{state}\t{(key.LastUsedAt is { } used ? $"used {used}" : "never used")}");
            }
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command MakeRevoke(Composition parts, Terminal terminal)
    {
        var data = SharedOptions.Data();
        var id = new Argument<string>("id") { Description = "The key's id (key_…), from keys list." };
        var command = new Command("revoke", "End a key. Servers notice within a second.") { id, data };
        command.SetAction(line =>
        {
            using var keys = new ApiKeys(parts.Prepare(line.GetValue(data), terminal), parts.Time);
            string named = line.GetValue(id)!;
            if (!keys.Revoke(named))
            {
                throw new CommandException(named.StartsWith("mb_", StringComparison.Ordinal) ? "That looks like a key; name its id (key_…), from keys list." : $"There is no key {named}; keys list shows them.");
            }
            terminal.Error.WriteLine($"{named} is revoked.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static FrozenSet<string> ParseScopes(string[] names)
    {
        if (names.Length == 0)
        {
            return Scopes.All;
        }
        var granted = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (name == "read")
            {
                granted.UnionWith(Scopes.ReadOnly);
            }
            else if (!Scopes.All.Contains(name))
            {
                throw new CommandException($"There is no scope {name}. {NearestName.Hint(name, Scopes.All) ?? $"There are read, {string.Join(", ", Scopes.All.Order(StringComparer.Ordinal))}."}", ExitCodes.Usage);
            }
            else
            {
                granted.Add(name);
            }
        }
        return granted.ToFrozenSet(StringComparer.Ordinal);
    }

    private static string NameOf(Mode mode) => mode == Mode.Live ? "live" : "test";
}
