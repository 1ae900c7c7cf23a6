using System.Globalization;
using System.Text.Json;
using McpBilling.Ledger;
using McpBilling.Operations;
using McpBilling.Storage.Chains;

namespace McpBilling.Storage.Verifying;

/// <summary>One digest that the ledger is held against.</summary>
/// <param name="Name">By which it is reported: its file, or that it is kept in the database.</param>
internal sealed record DigestCheck(string Name, LedgerDigest Digest)
{
    private string Title => $"digest of {Digest.Day} ({Name})";

    /// <summary>Reads what was exported and looks whether it is what it says it is: of this database, of a workspace there is, and signed.</summary>
    /// <param name="ownKey">This database's public key.</param>
    /// <param name="report">Takes what is wrong with it.</param>
    /// <returns>Null where there is nothing to hold the ledger against.</returns>
    /// <exception cref="DataFileException">The public key that was given is none.</exception>
    public static DigestCheck? Read(string name, string json, string? publicKey, string ownKey, string database, IReadOnlyDictionary<long, Mode> workspaces, Action<string> report)
    {
        LedgerDigest? digest;
        try
        {
            digest = JsonSerializer.Deserialize(json, BillingJson.TypeInfo<LedgerDigest>());
        }
        catch (JsonException)
        {
            digest = null;
        }
        if (digest is null || digest.Format != LedgerDigest.Form || LedgerDigest.ReadDay(digest.Day) is null)
        {
            report($"{name} is no digest of this form ({LedgerDigest.Form}), as mcp-billing digest writes it");
            return null;
        }
        var check = new DigestCheck(name, digest);
        if (!DigestKey.Signed(digest, publicKey ?? ownKey))
        {
            report($"the {check.Title} was not signed by {(publicKey is null ? "this database's key" : "the key that was given")}, or was changed since");
        }
        if (digest.Database != database)
        {
            report($"the {check.Title} is of another database ({digest.Database}); this one is {database}");
        }
        if (!workspaces.TryGetValue(digest.Workspace, out var mode) || mode != digest.Mode)
        {
            report(Words($"the {check.Title} is of the {Workspaces.NameOf(digest.Mode)} workspace {digest.Workspace}, which this database does not have"));
            return null;
        }
        return check;
    }

    /// <summary>What the ledger is otherwise than the digest says, in words; null for nothing.</summary>
    /// <param name="root">Over the heads as they were after the digest's last entry, from the entries that are there now.</param>
    public string? Difference(string root, long accounts, long entries) => (root, accounts, entries) == (Digest.Root, Digest.Accounts, Digest.Entries)
        ? null
        : Words($"{Title}: through entry {Digest.ThroughEntry} there were {Digest.Entries} entries of {Digest.Accounts} accounts, root {Digest.Root}; now there are {entries} of {accounts}, root {root}: the ledger was changed since, or is of an older backup");

    private static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
