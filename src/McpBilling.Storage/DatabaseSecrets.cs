using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using McpBilling.Storage.Chains;

namespace McpBilling.Storage;

/// <summary>Random secrets of one database, made once. A backup carries them, so its keys and ids go on working.</summary>
/// <param name="IdSecret">32 bytes: keys the hashes and public ids that callers must not be able to foresee.</param>
/// <param name="KeySecret">32 bytes: keys the HMAC under which API keys are stored.</param>
public sealed record DatabaseSecrets(byte[] IdSecret, byte[] KeySecret)
{
    private const string IdName = "id_secret";
    private const string KeyName = "key_secret";

    /// <summary>Says whether two processes have the same data, and nothing else about it.</summary>
    public string Fingerprint => Convert.ToHexStringLower(HMACSHA256.HashData(IdSecret, "data file"u8)[..8]);

    /// <summary>32 bytes for one purpose, the same in every process on this data, which tell nothing about those for another.</summary>
    public byte[] For(string purpose) => HMACSHA256.HashData(KeySecret, Encoding.UTF8.GetBytes("purpose: " + purpose));

    /// <summary>The public key (PEM) that digests of this database's ledger are checked by.</summary>
    public string DigestPublicKey()
    {
        using var key = new DigestKey(this);
        return key.PublicKey;
    }

    /// <summary>The secrets of a prepared database.</summary>
    public static DatabaseSecrets Read(DbConnection connection) => new(Read(connection, IdName), Read(connection, KeyName));

    internal static void Ensure(DbConnection connection)
    {
        foreach (string name in (ReadOnlySpan<string>)[IdName, KeyName])
        {
            connection.Execute("INSERT INTO meta (name, value) VALUES (@name, @value) ON CONFLICT DO NOTHING", ("@name", name), ("@value", RandomNumberGenerator.GetHexString(64, lowercase: true)));
        }
    }

    private static byte[] Read(DbConnection connection, string name) =>
        Convert.FromHexString(connection.Scalar<string>("SELECT value FROM meta WHERE name = @name", ("@name", name)) ?? throw new DataFileException($"The database lacks its {name}; restore a backup."));
}
