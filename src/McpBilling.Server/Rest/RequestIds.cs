using System.Security.Cryptography;

namespace McpBilling.Server.Rest;

/// <summary>The name under which one request is found in answers and logs: the caller's own <c>X-Request-Id</c> where it is fit to be logged, else one of ours.</summary>
internal static class RequestIds
{
    public const string Header = "X-Request-Id";
    private const int MaxLength = 128;
    private const string Digits = "0123456789abcdefghijklmnopqrstuv";

    // Unique per process and request; nobody gains by guessing one.
    private static readonly ulong Process = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
    private static ulong counter;

    public static string For(HttpContext context)
    {
        var sent = context.Request.Headers[Header];
        return sent.Count == 1 && IsFit(sent[0]!) ? sent[0]! : Make();
    }

    private static bool IsFit(string id)
    {
        if (id.Length is 0 or > MaxLength)
        {
            return false;
        }
        foreach (char c in id)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.' or ':'))
            {
                return false;
            }
        }
        return true;
    }

    private static string Make() => string.Create(4 + 13 + 7, Interlocked.Increment(ref counter), static (text, number) =>
    {
        "req_".CopyTo(text);
        Write(text[4..17], Process);
        Write(text[17..], number);
    });

    private static void Write(Span<char> text, ulong number)
    {
        for (int i = text.Length - 1; i >= 0; i--, number >>= 5)
        {
            text[i] = Digits[(int)(number & 31)];
        }
    }
}
