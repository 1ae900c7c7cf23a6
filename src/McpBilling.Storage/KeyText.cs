using System.Buffers;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using McpBilling.Operations;

namespace McpBilling.Storage;

/// <summary>
/// The text of an API key: prefix, 43 random letters and digits, and 6 that check the rest, so that a mistyped or shortened key is told from an
/// unknown one without asking the database.
/// </summary>
internal static class KeyText
{
    public const string TestPrefix = "mb_test_";
    public const string LivePrefix = "mb_live_";
    public const int Length = 8 + BodyLength + CheckLength;

    // 62^43 > 2^256: drawn letter by letter, without the bias that a conversion of 32 bytes would have to avoid.
    private const int BodyLength = 43;
    private const int CheckLength = 6;
    private const string Letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static readonly SearchValues<char> AnyLetter = SearchValues.Create(Letters);

    public static string Make(Mode mode)
    {
        string text = (mode == Mode.Live ? LivePrefix : TestPrefix) + RandomNumberGenerator.GetString(Letters, BodyLength);
        Span<char> check = stackalloc char[CheckLength];
        WriteCheck(text, check);
        return string.Concat(text, check);
    }

    /// <summary>Whether the text can be a key at all.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        if (text.Length != Length || !(text.StartsWith(TestPrefix) || text.StartsWith(LivePrefix)) || text[8..].ContainsAnyExcept(AnyLetter))
        {
            return false;
        }
        Span<char> check = stackalloc char[CheckLength];
        WriteCheck(text[..^CheckLength], check);
        return text.EndsWith(check);
    }

    /// <summary>HMAC-SHA256 of a well-formed key. 256 random bits need no slow hash.</summary>
    public static void Mac(ReadOnlySpan<char> wellFormed, byte[] secret, Span<byte> mac)
    {
        Span<byte> bytes = stackalloc byte[Length];
        Encoding.ASCII.GetBytes(wellFormed, bytes);
        HMACSHA256.HashData(secret, bytes, mac);
        CryptographicOperations.ZeroMemory(bytes);
    }

    private static void WriteCheck(ReadOnlySpan<char> text, Span<char> check)
    {
        Span<byte> bytes = stackalloc byte[Length];
        int count = Encoding.ASCII.GetBytes(text, bytes);
        uint sum = Crc32.HashToUInt32(bytes[..count]);
        for (int i = CheckLength - 1; i >= 0; i--)
        {
            check[i] = Letters[(int)(sum % 62)];
            sum /= 62;
        }
    }
}
