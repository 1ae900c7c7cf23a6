using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using McpBilling.Ledger;

namespace McpBilling.Storage.Chains;

/// <summary>
/// The key that signs digests of the ledger: ECDSA with P-256, derived from the database's secret, so that every process on the data has the same one and
/// nothing has to be kept for it. Whoever holds the database holds it too: it proves where a digest came from, not that nobody took the database.
/// </summary>
internal sealed class DigestKey : IDisposable
{
    // The order of P-256's group (SEC 2, 2.4.2): a private key is a number from 1 to below it.
    private static readonly BigInteger Order = BigInteger.Parse("0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);

    private readonly ECDsa _key;

    public DigestKey(DatabaseSecrets secrets)
    {
        // From twice as many bits as the order has: no number is more likely than another.
        byte[] wide = [.. secrets.For("ledger digest key 1"), .. secrets.For("ledger digest key 2")];
        var number = new BigInteger(wide, isUnsigned: true, isBigEndian: true) % (Order - 1) + 1;
        byte[] scalar = new byte[32];
        byte[] digits = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        digits.CopyTo(scalar, scalar.Length - digits.Length);
        _key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar });
        PublicKey = _key.ExportSubjectPublicKeyInfoPem() + "\n";
        Id = IdOf(_key);
        CryptographicOperations.ZeroMemory(scalar);
        CryptographicOperations.ZeroMemory(wide);
    }

    /// <summary>SubjectPublicKeyInfo as PEM.</summary>
    public string PublicKey { get; }

    /// <summary>The first 16 hexadecimal digits of the SHA-256 of the public key's DER form.</summary>
    public string Id { get; }

    /// <summary>DER (RFC 3279) in base64, as openssl reads it.</summary>
    public string Sign(string statement) =>
        Convert.ToBase64String(_key.SignData(Encoding.UTF8.GetBytes(statement), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    /// <summary>Whether this key's owner signed exactly this digest.</summary>
    /// <param name="publicKey">PEM.</param>
    /// <exception cref="DataFileException">It is no public key of P-256.</exception>
    public static bool Signed(LedgerDigest digest, string publicKey)
    {
        using var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(publicKey);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new DataFileException("The public key is not a PEM of an ECDSA key (mcp-billing digest --public-key writes it).", e);
        }
        byte[] signature = new byte[256];
        return Convert.TryFromBase64String(digest.Signature, signature, out int length)
            && key.VerifyData(Encoding.UTF8.GetBytes(digest.Statement()), signature.AsSpan(0, length), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    public void Dispose() => _key.Dispose();

    private static string IdOf(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16];
}
